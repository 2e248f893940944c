// Package event holds what a discrete-event loop is made of: the simulated
// clock's type, the winner tree that finds the component that is due first,
// and a heap for components with many pending events of their own.
package event

import "math"

// Time is a point of simulated time in nanoseconds since the start of the run.
type Time int64

// Never is the due time of a component that waits for nothing.
const Never Time = math.MaxInt64

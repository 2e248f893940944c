//go:build !linux

package machine

import (
	"math"
	"time"
)

// Alarm rings once at a time that can be changed. One goroutine at a time may call its methods.
type Alarm struct{ timer *time.Timer }

// NewAlarm makes an alarm that is not set. When it rings it calls ring, on a goroutine of its own.
func NewAlarm(ring func()) (*Alarm, error) {
	a := &Alarm{time.AfterFunc(math.MaxInt64, ring)}
	a.Stop()
	return a, nil
}

// Set has it ring after d, and not at the time that was set before.
func (a *Alarm) Set(d time.Duration) { a.timer.Reset(d) }

// Stop has it ring no more until it is set again; it may be ringing just now.
func (a *Alarm) Stop() { a.timer.Stop() }

// Close stops it for good.
func (a *Alarm) Close() { a.Stop() }

package calibrate

import (
	"time"

	"gonum.org/v1/gonum/interp"
)

// The most that a server may have.
const (
	MaxInstances  = 1024
	MaxBatch      = 32768 // as a scenario and Triton have it
	MaxQueueDelay = time.Minute
)

// Server is Triton's configuration of the model, as the online table says: instances behind a dynamic batcher.
type Server struct {
	Instances     int   // Fit knows one
	Closed        bool  // batches are closed as they are made, as in Triton up to 21.12; else they grow
	MaxBatch      int   // images
	Preferred     []int // preferred_batch_size
	MaxQueueDelay time.Duration
}

// Model is the server as a scenario describes it. A request passes the front end, which carries one at a time, and
// the path, which delays it; then it queues for the instance. The instance copies a batch in, infers, copies out
// and answers its requests one by one before it takes the next batch. All times are seconds.
type Model struct {
	Server    Server
	FrontendS float64 // of one request
	PathS     float64 // of one request
	RespondS  float64 // of one request
	Points    []Point // ascending from batch 1 to Server.MaxBatch; linear between them
	Spread    Spread
}

// Point is what a batch takes on the instance, without answering.
type Point struct {
	Batch                   int
	InputS, InferS, OutputS float64
}

func (p Point) computeS() float64 { return p.InputS + p.InferS + p.OutputS }

// scaled is a Point with all times by a factor.
func (p Point) scaled(factor float64) Point {
	return Point{p.Batch, p.InputS * factor, p.InferS * factor, p.OutputS * factor}
}

// beyond continues the line from a through b to a batch size.
func beyond(a, b Point, batch int) Point {
	at := func(y0, y1 float64) float64 { return y1 + (y1-y0)*float64(batch-b.Batch)/float64(b.Batch-a.Batch) }
	return Point{batch, at(a.InputS, b.InputS), at(a.InferS, b.InferS), at(a.OutputS, b.OutputS)}
}

// line is piecewise linear through n points.
func line(n int, point func(i int) (batch int, seconds float64)) *interp.PiecewiseLinear {
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		b, s := point(i)
		x[i], y[i] = float64(b), s
	}
	var l interp.PiecewiseLinear
	if err := l.Fit(x, y); err != nil {
		panic(err) // rows ascend and are two or more, as check made sure
	}
	return &l
}

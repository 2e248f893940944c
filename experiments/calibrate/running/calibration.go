package running

import (
	"fmt"
	"time"

	"vsim/experiments/oip/wire"
)

// Calibration is what was measured of a server.
type Calibration struct {
	Server    string // name and version
	Model     string
	Began     time.Time
	Requests  int
	Steps     []Step     // models that execute, in the order of an ensemble's steps
	Transport Transport  // between the client and the model
	Rests     []Rest     // by the pause
	Busy      []Busy     // by the number of instances
	Overloads []Overload `json:",omitempty"` // of a bounded queue, by the number of instances
	Slowdown  float64    // of an inference beside another, what sharing the processors costs left out; 1 where it is not known
	Warnings  []string   `json:",omitempty"`
	local     bool
	cores     int
	configs   map[string]*wire.ModelConfig
	maxBatch  int
}

// Step is what an execution of a model takes.
type Step struct {
	Model  string
	WakeNs float64 // from the moment at which an idle instance may have a batch until it begins with it
	GapNs  float64 // between two batches of an instance that is never idle, of the largest batch
	Sizes  []Size

	RequestNs float64 // that a batch takes longer for each request in it beyond the first than a single request of as many images; 0 where it is not known
}

// Size is what executions of one batch size take alone, means in nanoseconds. InferNs is that of an instance that was not idle before.
type Size struct {
	Batch     int
	N         int // executions
	InputNs   float64
	InferNs   float64
	OutputNs  float64
	CV        float64     // of the whole
	SamplesNs [][]float64 `json:"-"` // by burst: times of single inferences, as the round trips tell them
}

// Transport is the round trip less the server's own time of a request: FixedNs + images x PerImageNs.
type Transport struct {
	FixedNs    float64
	PerImageNs float64
	CPUNs      float64 // processor time of client and server for a request of one image, besides its execution; 0 where it is not known
}

// Rest is how much longer an inference takes whose instance has been idle.
type Rest struct {
	IdleNs, ExtraNs float64
	BaseNs          float64
	N               int
}

// Busy is what was seen with all instances busy with the largest static batches.
type Busy struct {
	Instances  int
	Clients    int
	Images     int
	InferNs    float64
	CycleNs    float64 // of one instance
	GapNs      float64 // part of the cycle that is no part of the execution
	ImagesPerS float64
	configs    map[string]*wire.ModelConfig
}

func (r *Calibration) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

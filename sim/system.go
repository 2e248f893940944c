package sim

import (
	"time"

	"vsim/sim/random"
)

// System is one simulated serving system: what it is made of, what arrives, and the seed that fixes
// every random draw. Experiments build it from a scenario; the simulator only reads it.
type System struct {
	Seed      uint64
	Classes   []Class
	Resources []Resource
	Pools     []Pool
	Route     []Node // the nodes that every request visits, in this order
	Source    Source
}

// Class is one kind of request (an image size, say); Weight is its relative share of the arrivals.
type Class struct {
	Name   string
	Weight float64
}

// ResourceType names what a resource is. It decides nothing but the report; how a resource is shared
// follows from Capacity and Excess alone.
type ResourceType string

// The resource types of the design page.
const (
	CPU   ResourceType = "cpu"
	Link  ResourceType = "link"
	GPU   ResourceType = "gpu"
	Delay ResourceType = "delay"
)

// Resource is shared by all jobs on it at once (processor sharing). A job of kind i runs at the rate
//
//	min(1, Capacity / W) / (1 + sum over j of Excess[i][j](m_j))
//
// where W is the total width of the jobs on the resource and m_j the expected number of other jobs of
// kind j that really run at the same moment: all of them while W <= Capacity, and the fraction
// (Capacity-1)/(W-1) of them when the resource is oversubscribed and time slices. A sum below 0, which
// only noise of measurement gives, counts as 0. See law.go.
type Resource struct {
	Name     string
	Type     ResourceType
	Capacity float64   // cores of a CPU, 1 for a link; 0 means unlimited (delay, or limits by Excess alone)
	Kinds    []Kind    // the kinds of jobs that it tells apart; at least one
	Excess   [][]Curve // Excess[i][j]: extra time of a kind-i job beside kind-j jobs; nil means none; 16 kinds at most
}

// Kind is one kind of work on a resource. Width is the number of cores that one job of it keeps busy
// (the intra-op threads of an inference); 0 means 1.
type Kind struct {
	Name  string
	Width float64
}

// Curve is the measured extra service time, as a fraction, of a job beside k others: piecewise linear
// through (0, 0) and its points, flat beyond the last. Points are sorted by Neighbours, which are
// positive and rise strictly.
type Curve []CurvePoint

// CurvePoint says that Neighbours others at the same time make a job take 1+Excess times as long.
type CurvePoint struct {
	Neighbours float64
	Excess     float64
}

// Pool is a set of identical workers behind one queue. A worker takes a batch from the queue and
// holds it through all steps: a preprocessing worker decodes and resizes one image, an inference
// instance copies, infers and postprocesses a batch.
type Pool struct {
	Name    string
	Workers int // concurrent batches; 0 means unlimited
	Batch   Batch
	Steps   []Step
}

// Batch is the rule by which a queue is cut into batches, after Triton's dynamic batcher: a batch
// leaves as soon as a worker is free and either Max requests wait or the oldest has waited Delay
// (with Delay 0, as soon as one waits). The delay is paid even while a worker idles.
type Batch struct {
	Max   int // 0 means 1
	Delay time.Duration
}

// Step is one piece of work that a worker does with its batch on a resource.
type Step struct {
	Name     string
	Resource []int // one entry: for all workers; else one a worker
	Kind     int   // row of the resource's Kinds
	Service  Service
}

// Service gives the undisturbed time of one step. At is indexed by class, then by batch size - 1; a
// single row serves all classes. With PerItem, a batch takes the sum of one draw at batch size 1 for
// each of its requests; else one draw at the batch's size, from the class of its first request.
type Service struct {
	PerItem bool
	At      [][]*random.Sampler
}

// Balance says how a node with several pools picks one for a request.
type Balance int

// Balancing policies. Ties go to the lower index.
const (
	RoundRobin Balance = iota
	LeastOutstanding
	PowerOfTwo
	RandomPool
)

// Node is one stop on a request's way: the pools that can serve it and how one is picked.
type Node struct {
	Pools   []int
	Balance Balance
}

// Source makes requests. With Clients > 0 it is a closed loop: each client sends its next request
// Think after its last one completed (nil means at once). Else arrivals are a renewal process with
// independent gaps drawn from Gap (exponential gaps make it Poisson).
type Source struct {
	Clients int
	Think   *random.Sampler
	Gap     *random.Sampler
}

// Package topology says what the parts of a simulated system are in the words of its scenario: for each pool
// which stage, for each step which step, for each resource which type and which copy. The compiler hands it
// out beside the system; reports, what-if runs and energy ask it, so that nothing is found again by a name.
package topology

// Topology maps a scenario's stages and resources to the indexes of an engine.System.
type Topology struct {
	Stages    []Stage    // in the scenario's order; those that are not simulated are left out
	Resources []Resource // of the scenario, then those that a stage has to itself
}

// Stage is a stage of the scenario: a queue and its workers.
type Stage struct {
	Name       string
	Broker     string // in whose hands its queue is: messages wait there, or to be sent there; "" where it is the stage's own
	WorkersKey string // the key that says how many workers there are: "inference.instances"
	DelayKey   string // the key of the longest wait for a fuller batch: "batcher.max_queue_delay"
	BatchKey   string // the key of the largest batch: "batcher.max_batch"
	Pools      []int  // of the system, one for each copy of the stage, or several: one for each consumer of a broker
	Consumers  int    // pools of a copy, which share the workers of WorkersKey
	Steps      []Step
}

// Step is a step of a stage.
type Step struct {
	Name     string
	Broker   string // on whose way of messages it is; "" where it is the stage's own work
	Resource int    // of the topology
	Parts    []int  // its steps in each of the stage's pools: a transfer has two, its latency and its bytes
	Times    Origin // where its times come from
}

// Resource is what jobs share, in one place or a copy of it in each server or for each GPU.
type Resource struct {
	Name   string
	Type   Type
	Key    string // where it stands in the scenario: "gpu", "resource.disk"; of a stage's own, the stage's step
	Copies []Copy
}

// Copy is one copy of a resource.
type Copy struct {
	Index  int // in System.Resources
	Server int
	GPU    int // of its server, or of a bridge's first link; 0 where the resource does not stand at a GPU
}

// Type is what a resource is.
type Type string

// The types of resources that a scenario can have. Own is what a stage without a resource works on: nobody else
// does.
const (
	CPU    Type = "cpu"
	GPU    Type = "gpu"
	Link   Type = "link"
	Engine Type = "engine"
	Delay  Type = "delay"
	Own    Type = "own"
)

// Origin says where a service time comes from.
type Origin string

// Origins, from the best known to the least.
const (
	Measured     Origin = "measured"
	Published    Origin = "published"
	Inline       Origin = "inline" // written in the scenario, or worked out from its bandwidths
	Interpolated Origin = "interpolated"
	Extrapolated Origin = "extrapolated"
)

// Origins in the order of their doubt.
var Origins = []Origin{Measured, Published, Inline, Interpolated, Extrapolated}

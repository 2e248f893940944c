package engine

import (
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/queueing"
	"vsim/sim/engine/random"
	"vsim/sim/engine/workload"
)

// System is one simulated serving system: what it is made of, what arrives, and the seed that fixes
// every random draw. Experiments build it from a scenario; the simulator only reads it.
type System struct {
	Seed      uint64
	Classes   []Class
	Resources []Resource
	Memories  []Memory
	Pools     []Pool
	Route     []Node // where requests go, from node 0 on; see Node.Next and Node.Fork
	Servers   Servers
	Outages   []Outage
	Source    Source

	// TrafficSeed fixes the arrivals and their classes in place of Seed, the same in all replications: those that
	// a live run had whose load drew them from this seed. 0 means Seed.
	TrafficSeed uint64
}

// Class is one kind of request (an image size, a model); Weight is its relative share of the arrivals.
type Class struct {
	Name     string
	Weight   float64
	Priority int // 1 is the highest, which queues of several levels serve first; 0 means the last level

	Items *random.Counter // images of a request, drawn for each, 1 at least; nil means one. Batches count them and split no request
}

// Servers are identical machines between which requests are spread as they arrive; a request stays on
// its server. Count 0 means 1, and pools say which server they stand on.
type Servers struct {
	Count   int
	Balance Balance
}

// Resource is shared by all jobs on it at once (processor sharing). A job of kind i runs at the rate
//
//	min(1, Capacity / W) / (1 + sum over j of Excess[i][j](m_j))
//
// where W is the total width of the jobs on the resource and m_j the expected number of other jobs of
// kind j that really run at the same moment: all of them while W <= Capacity, and the fraction
// (Capacity-1)/(W-1) of them when the resource is oversubscribed and time slices. A sum below 0, which
// only noise of measurement gives, counts as 0. Kinds of one Group are neighbours together: with m_g of them
// in all, their part of the sum is that of the mean neighbour, sum over j in g of (m_j/m_g) Excess[i][j](m_g).
// Where kinds have a Limit, Capacity is shared max-min
// fairly instead: all jobs alike, but those of a kind no more than its limit together. See sharing.go.
// With PerCore, Capacity is a number of cores with a run queue each, on which the workers stay: see cores.go.
// Others are units of capacity that are busy with what is not simulated. They take what is idle first: of cores that all work, jobs get what
// they leave.
type Resource struct {
	Name      string
	Capacity  float64     // cores of a CPU, 1 for a link; 0 means unlimited (delay, or limits by Excess alone)
	Others    float64     // of Capacity, which is more
	Kinds     []Kind      // the kinds of jobs that it tells apart; at least one
	Excess    [][]Curve   // Excess[i][j]: extra time of a kind-i job beside kind-j jobs; nil means none; 16 kinds at most
	Turns     [][]float64 // Turns[i][j]: extra time of a kind-i job, as a fraction, while it takes turns on a core with kind-j jobs; nil means none
	PerCore   bool        // workers are threads that stay on cores; then Capacity is whole, widths are 1, and there are neither Limits nor Slots
	Slots     int         // jobs that are worked on at once, the others wait in order of arrival (engines); 0 means no limit
	Speed     float64     // that many times as fast as its steps' times say; 0 means 1
	IdleWatts float64     // power of the whole resource with nothing to do
}

// Kind is one kind of work on a resource.
type Kind struct {
	Name   string
	Width  float64 // cores that one job keeps busy (the intra-op threads of an inference); 0 means 1
	Limit  float64 // most of Capacity that jobs of this kind get together: a GPU's own link below a shared bridge; 0 means no limit
	Watts  float64 // power above idle for each unit of capacity that a job of this kind keeps busy
	Thread bool    // its jobs are done by one thread of its own, in order of arrival, with PerCore: commands of Redis
	Group  int     // kinds of the same one count together as neighbours: a stage's jobs in batches of several sizes; 0 means none
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
//
// Of a node's pools a request can go to those that serve its class, on its server and, where the node
// is sticky, at its place.
type Pool struct {
	Name    string
	Workers int // concurrent batches; 0 means unlimited
	Batch   Batch
	Steps   []Step
	Server  int   // the server that it stands on
	Place   int   // the device that it stands on, numbered from 1 over all servers; 0 means none
	Classes []int // the classes that it serves, ascending; nil means all
	Take    *Hold // memory that a request takes as a worker takes it from the queue
	Give    []int // memories that a request gives back as it leaves the pool
	// RestTogether says that steps take longer after a pause of all workers, as requests on one connection do; else after their own worker's.
	RestTogether bool
	Feeds        int // 1 + the pool that takes what this one has fetched: no worker of this one takes while anything waits there; 0 means none
}

// Batch is the rule by which a queue is cut into batches, after Triton's dynamic batcher: a batch
// leaves as soon as a worker is free and either Max items wait or the oldest has waited Delay
// (with Delay 0, as soon as one waits). The delay is paid even while a worker idles. A request with more
// items than Max goes alone.
//
// That is queueing.Plain. With Preferred, Prefetch or Queues the pool has a batcher.Batcher, whose package
// tells the finer rules.
type Batch struct {
	Max       int // items of a batch; 0 means 1
	Delay     time.Duration
	Preferred []int           // sizes, in items, at which a batch goes before its delay is over, ascending; nil means Max
	Prefetch  bool            // batches are made up ahead of free workers and grow until one takes them
	Closed    bool            // those batches do not grow
	Queues    []Queue         // by priority, the highest first; nil means one queue that takes all
	Early     float64         // probability that the batcher, which a worker wakes that is done, looks before that worker is free
	Send      *queueing.Send  // of messages to a broker, in place of all the above; nil means none
	Fetch     *queueing.Fetch // of messages from a broker, likewise
}

// Queue is the policy of the queue of one priority level: its limit, and what becomes of who waits too long.
type Queue = batcher.Queue

// Memory is a store that fills up: device memory with preprocessed inputs.
type Memory struct {
	Name      string
	SizeBytes float64
	Full      FullPolicy
}

// FullPolicy is what happens when a request does not fit into a memory.
type FullPolicy int

// Policies of full memories. Evict makes room by spilling the inputs that lie there longest and are not
// being worked on; a spilled request goes through the Spilled steps of its next pools to be loaded again.
const (
	Wait FullPolicy = iota
	Reject
	Evict
)

// Hold is what each item of a request takes of a memory, by class; a single entry serves all classes.
type Hold struct {
	Memory    int
	SizeBytes []float64
	Batch     bool // a batch takes it once, through its first request: a slot that a worker holds through all steps
}

// Step is one piece of work that a worker does with its batch on a resource.
type Step struct {
	Name     string
	Resource []int // one entry: for all workers; else one a worker
	Kind     int   // row of the resource's Kinds
	Kinds    []int // instead, by batch size - 1, where batches of different sizes slow each other down differently; nil means Kind
	Service  Service
	Parallel int     // items worked on at once, PerItem, each by whichever engine is free first; 0 means 1
	Threads  int     // instead, so many threads work on the items at once, PerItem, each a job of its own on the resource, which has no Slots and is not PerCore; 0 means 1
	Jitter   float64 // relative standard deviation of a factor by which each batch's work is multiplied, at most 0.5; 0 means none
	Rest     []Rest  // by class, one for all or none: what it takes longer after its worker has been idle; of pools with a number of workers
	// RestBeside is Rest where others kept a core of its resource busy meanwhile; of a pause in which they did so for a part of the time, each
	// counts by its part. nil means Rest. It needs Rest.
	RestBeside []Rest
	// RestHalfNs says how what a pause costs fades while the worker goes on without one: after t ns of work a job takes Extra/(1+t/RestHalfNs) longer,
	// with the Extra of the pause from which most is left. 0 has the first job after a pause alone take longer.
	RestHalfNs float64
	// RestVaries draws the factor by which what a pause costs differs from its mean, in 1/VariesUnit; nil means that it never does. It needs Rest.
	RestVaries *random.Sampler
	// Wake is, by class as Rest, or none, what it costs that threads are woken beside cores that work. It needs Rest.
	Wake []Wake
	// Change is, by batch size - 1 and the last for larger ones, what a batch takes longer in ns whose worker's last one had another size, where that is
	// more than what pauses cost it. It fades like that. nil means nothing. It needs Rest.
	Change  []float64
	Spells  *Spells         // stretches of time in which its jobs are alike; nil means that jobs know nothing of each other
	Fan     *random.Counter // work on so many copies of each item instead, drawn for a batch at the first of the steps that have the same; a call takes as many of them as there are times, further ones come after it. nil means none
	Spilled bool            // only the spilled requests of the batch count, PerItem, and are back in memory after it; skipped when there are none
}

// AtOnce is how many items of a batch are worked on at the same time.
func (s *Step) AtOnce() int { return max(s.Parallel, s.Threads, 1) }

// Service gives the undisturbed time of one step. At is indexed by class, then by batch size - 1; a
// single row serves all classes. Sizes are numbers of items: rows go up to the largest batch, and the largest
// request. With PerItem, a batch takes one draw at batch size 1 for
// each of its items, one after the other; else one draw at the batch's size, from the class of its first request.
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

// Node is one stop on a request's way: the pools that can serve it and how one is picked; or, with
// Fork, a place where it splits.
type Node struct {
	Pools   []int
	Balance Balance
	Sticky  bool // only pools at the place where the request was served last
	Fork    []Branch
	Next    int // the node after this one: 0 means the following, End (or none following) that the way ends here
}

// End as a Node's Next ends a way: a request is done, a branch's child joins its parent.
const End = -1

// Branch is one way out of a node that splits. Copies children of one item each (drawn anew for every
// item of a request; nil means one child with all its items) walk from node First to the end of their way. When the last of all branches'
// children has ended, the parent goes on from the fork's Next.
type Branch struct {
	First  int
	Copies *random.Counter
}

// Outage takes pools down and up again: a GPU's, or a server's. Pools that are down get no requests;
// while all that could serve a request are down, it waits for the first to be up again. Down times come
// from Schedule or, at random, from Up and Down.
type Outage struct {
	Name     string
	Pools    []int
	Waiting  []int           // pools of which only the queue is down: what their workers have in hand they finish; a broker's
	Schedule []Span          // one after the other, ascending
	Up, Down *random.Sampler // time to the next failure, and to its repair
	Lose     bool            // requests inside are lost; else they go back to the node that sent them here
	Refuse   bool            // who comes while all that could serve it is down is lost, if any of that is refused; else it waits
}

// Span is a stretch of simulated time.
type Span struct{ From, To time.Duration }

// Source makes requests. With Clients > 0 it is a closed loop: each client sends its next request
// Think after its last one completed (nil means at once), and Backoff after one that was rejected or
// lost. Else arrivals are a renewal process with independent gaps drawn from Gap (exponential gaps make
// it Poisson), or come from Arrivals.
type Source struct {
	Clients  int
	Think    *random.Sampler
	Backoff  time.Duration // 0 means 1 ms
	Gap      *random.Sampler
	Arrivals workload.Arrivals
}

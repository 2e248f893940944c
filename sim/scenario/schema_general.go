package scenario

// Class is one kind of request in the general form.
type Class struct {
	Name     string  `toml:"name" needed:"yes" doc:"for services, stages and traces to refer to" example:"medium"`
	Weight   float64 `toml:"weight" min:"1e-6" max:"1e9" default:"1" doc:"relative share of the requests"`
	Priority int     `toml:"priority,omitzero" min:"1" max:"64" default:"the last" doc:"1 is the highest; queues of several priority_levels serve it first" example:"1"`
	Items    *Count  `toml:"items,omitempty" default:"as workload.items" doc:"images of a request of this class" example:"{dist = \"uniform\", min = 1, max = 8}"`
}

// Resource is something that jobs share: cores, a GPU, a link, engines, a memory.
type Resource struct {
	Name     string  `toml:"name" needed:"yes" doc:"for stages to refer to; cpu, gpu, \"link h2d\", \"link d2h\", jpeg, \"gpu memory\", \"host memory\" and \"memory bus\" are those of the hardware tables" example:"cpu"`
	Type     string  `toml:"type" enum:"cpu|gpu|link|engine|memory|delay" default:"cpu" doc:"for people and for finding profiles; sharing follows from the other keys, but a memory is filled and not shared"`
	Per      string  `toml:"per" enum:"server|gpu|all" default:"server" doc:"one in each server, one for each GPU, or one for all servers"`
	Capacity float64 `toml:"capacity" min:"0" max:"1e6" default:"1" doc:"jobs at full speed at the same time, more share it equally (processor sharing); 0: no limit"`
	Slots    int     `toml:"slots,omitzero" min:"1" max:"4096" default:"no limit" doc:"jobs that are worked on at once, the others wait in order of arrival" example:"5"`
	Speed    float64 `toml:"speed" above:"0" max:"1e6" default:"1" doc:"that many times as fast as the services say"`

	Bandwidth       Bandwidth `toml:"bandwidth,omitzero" above:"0" doc:"turns services in bytes into times" example:"25GB/s"`
	Latency         Duration  `toml:"latency,omitzero" min:"0" default:"0ns" doc:"fixed time of each service in bytes, during which it takes no bandwidth" example:"6us"`
	GPUsPerBridge   int       `toml:"gpus_per_bridge,omitzero" min:"1" max:"16" default:"1, a bridge of its own" doc:"GPUs whose links share one bridge, with per = \"gpu\"" example:"4"`
	BridgeBandwidth Bandwidth `toml:"bridge_bandwidth,omitzero" above:"0" default:"as bandwidth" doc:"of the bridge, shared max-min fairly" example:"50GB/s"`

	Size Bytes  `toml:"size,omitzero" above:"0" needed:"of a memory" doc:"of a memory; needed there" example:"24GB"`
	Full string `toml:"full,omitempty" enum:"wait|reject|evict" default:"wait, of a memory" doc:"of a memory: what happens to a request that does not fit"`

	Profile     string       `toml:"profile,omitempty" doc:"where profile_stage services on it are looked up" example:"rtx4090-published"`
	Slowdown    []Slowdown   `toml:"slowdown,omitempty" single:"true" default:"what the profile has" doc:"how much longer jobs take beside others" example:"[{neighbours = [1, 7], factors = [1.05, 1.4]}]"`
	IdlePower   Power        `toml:"idle_power,omitzero" min:"0" doc:"power with nothing to do" example:"25W"`
	ActivePower Power        `toml:"active_power,omitzero" min:"0" doc:"power above idle for each unit of capacity that is busy" example:"375W"`
	StagePower  []StagePower `toml:"stage_power,omitempty" single:"true" doc:"the same for some stages alone" example:"[{stage = \"infer\", power = \"400W\"}]"`

	key string // of the hardware table that it was made from; "" when it was written
}

// Stage is one stop of a request: a queue and its workers. A worker takes a batch from the queue and
// holds it through all steps.
type Stage struct {
	Name    string   `toml:"name" needed:"yes" doc:"for people, and for after" example:"inference"`
	After   []string `toml:"after,omitzero" single:"true" default:"the stage before it" doc:"stages (or groups) that a request must have left: several join their branches; [] is where requests enter. Several stages after the same one are branches that are taken at once" example:"[\"detect\"]"`
	Copies  *Count   `toml:"copies,omitempty" doc:"each image of a request becomes so many requests of one image on its way into this stage: faces of a frame; drawn anew for each. 1 takes a request of several images apart. (A request that brings several images, which batches count and which is answered once, has items, as workload.items, and needs no copies)" example:"25"`
	Join    bool     `toml:"join,omitzero" default:"false" doc:"wait for all copies and branches of a request; implied by several stages in after"`
	Via     string   `toml:"via,omitempty" doc:"broker over which requests come to it, as messages" example:"kafka"`
	Message Bytes    `toml:"message,omitzero" above:"0" needed:"with via" doc:"bytes of such a message; needed with via" example:"10kB"`
	Fused   bool     `toml:"fused,omitzero" default:"false" doc:"the worker of the stage before it does this work itself, on all copies of an image at once, with no queue between; needs copies. With max_batch, in calls of so many at most"`
	Group   string   `toml:"group,omitempty" doc:"stages of one group are one stop: a request goes to one that serves its class" example:"inference"`
	Classes []string `toml:"classes,omitempty" single:"true" default:"all" doc:"classes that it serves" example:"[\"resnet50\"]"`
	Per     string   `toml:"per" enum:"server|gpu" default:"server" doc:"one in each server, or one for each GPU"`
	Sticky  bool     `toml:"sticky,omitzero" default:"false" doc:"a request stays on the GPU that served it last, where its data lie"`

	Workers       int      `toml:"workers" min:"0" max:"1000000" default:"1" doc:"batches at the same time; 0: no limit"`
	MaxBatch      int      `toml:"max_batch" min:"1" max:"32768" default:"1" doc:"most images in a batch, where a request has one unless items says otherwise; 1: a request at a time"`
	MaxQueueDelay Duration `toml:"max_queue_delay,omitzero" min:"0" default:"0ns" doc:"longest wait of the oldest request for a fuller batch"`
	QueueRules

	Take []Hold   `toml:"take,omitempty" single:"true" doc:"memory that a request takes as a worker takes it from the queue" example:"{memory = \"gpu memory\", bytes = \"602112B\"}"`
	Give []string `toml:"give,omitempty" single:"true" doc:"memories that a request gives back as it leaves" example:"[\"gpu memory\"]"`

	Steps    []Step    `toml:"steps,omitempty" doc:"work that a worker does with its batch, in this order" example:"[{name = \"decode\", resource = \"cpu\", service = \"2ms\"}, {name = \"resize\", resource = \"cpu\", service = \"0.3ms\"}]"`
	Resource string    `toml:"resource,omitempty" default:"one of its own, without a limit" doc:"short for a single step: what it runs on" example:"cpu"`
	Service  []Service `toml:"service,omitempty" single:"true" needed:"or steps" doc:"short for a single step: its time" example:"{dist = \"exponential\", mean = \"2ms\"}"`

	key        string // what to change when the stage's batches do not fit; "" when it was written
	workersKey string // what to change for more workers; "" when it was written
	delayKey   string // what to change for less wait for fuller batches; "" when it was written
	from       int    // of a lowered scenario: 1 + the stage that it is of
	leg        *Leg   // of a lowered scenario: its part of the way over a broker
}

// Step is one piece of work on one resource.
type Step struct {
	Name     string    `toml:"name" needed:"yes" doc:"for people; slow-downs and power go by it" example:"decode"`
	Resource string    `toml:"resource,omitempty" default:"one of its own, without a limit" doc:"resource that it runs on" example:"cpu"`
	Service  []Service `toml:"service,omitempty" single:"true" needed:"yes" doc:"its time on an idle resource; a list gives it by class" example:"{profile_stage = \"decode\", image = \"medium\"}"`
	Each     bool      `toml:"each,omitzero" default:"false" doc:"one draw for each image of the batch, added up; else one draw for the batch"`
	Kind     string    `toml:"kind,omitempty" default:"the profile_stage of its service" doc:"stage of the profile whose slow-downs its jobs have" example:"infer"`
	Parallel int       `toml:"parallel,omitzero" min:"1" max:"4096" default:"1 at a time" doc:"images of the batch worked on at once, with each = true" example:"5"`
	Threads  int       `toml:"threads,omitzero" min:"1" max:"4096" default:"1 thread" doc:"instead of parallel: so many threads work on the batch's images, with each = true, each of them a job of its own on the resource that keeps its cores busy" example:"4"`
	Cores    int       `toml:"cores,omitzero" min:"1" max:"4096" default:"1 core" doc:"units of the resource's capacity that one job keeps busy: threads of an inference" example:"2"`
	Optional bool      `toml:"optional,omitzero" default:"false" doc:"left out where the profile has no such stage; a stage that loses all its steps is left out"`
	Unless   string    `toml:"unless,omitempty" doc:"an earlier step of the stage beside which this one is left out: the profile's in place of a modelled one" example:"copy"`
	Reload   bool      `toml:"reload,omitzero" default:"false" doc:"only for the requests of the batch that were evicted from a memory, which it loads again"`

	key   string // what to change when its time cannot be had; "" when it was written
	over  string // of a lowered scenario: the broker on whose way of messages it is
	work  *Work  // of a lowered scenario: what it does for that broker
	fused *Stage // of a lowered scenario: whose work it is, done by the stage before
}

// Service is the time of a step for one class or for all: a distribution, a stage of the profile, or
// bytes over the resource's bandwidth.
type Service struct {
	Class string `toml:"class,omitempty" default:"all classes" doc:"class that it holds for, in a list" example:"large"`
	Distribution
	ProfileStage string `toml:"profile_stage,omitempty" doc:"look it up in the profile of the resource, under this stage" example:"decode"`
	Image        string `toml:"image,omitempty" doc:"of the profile's point" example:"medium"`
	Model        string `toml:"model,omitempty" doc:"of the profile's point" example:"vit-base"`
	Threads      int    `toml:"threads,omitzero" min:"1" doc:"of the profile's point" example:"2"`
	Bytes        Bytes  `toml:"bytes,omitzero" above:"0" doc:"bytes of one image: resource latency + bytes/bandwidth; beside profile_stage, where the profile has no such point" example:"602112B"`
}

// Hold is what a request takes of a memory.
type Hold struct {
	Class  string `toml:"class,omitempty" default:"all classes" doc:"class that it holds for, in a list" example:"large"`
	Memory string `toml:"memory" needed:"yes" doc:"resource of type memory" example:"gpu memory"`
	Bytes  Bytes  `toml:"bytes" above:"0" needed:"yes" doc:"bytes of one image" example:"602112B"`
	Batch  bool   `toml:"batch,omitzero" default:"false" doc:"a batch takes it once, whatever its size, of a memory with full = \"wait\": a slot that a worker holds through all its steps and waits for in the queue" example:"true"`
}

// QueueRules are the finer rules of a queue: those of Triton's dynamic batcher, and the sizes to which batches are
// padded (allowed_batch_sizes of TensorFlow Serving's BatchingParameters).
type QueueRules struct {
	Preferred      []int         `toml:"preferred_batch_sizes,omitempty" single:"true" min:"1" max:"32768" default:"max_batch alone" doc:"sizes, in images, at which a batch goes before its delay is over, ascending" example:"[4, 8]"`
	Allowed        []int         `toml:"allowed_batch_sizes,omitempty" single:"true" min:"1" max:"32768" default:"every size" doc:"sizes at which the model is run, ascending, the last of them max_batch: it takes for a batch the time of the next of these sizes at or above its own, to which the server pads it. So do all steps that are done once a batch, but for transfers and what depends on the image" example:"[1, 8, 32]"`
	Prefetch       bool          `toml:"prefetch,omitzero" default:"false" doc:"batches are made up ahead of free workers and grow until one takes them, as Triton does; has no effect beside priorities and queue policies"`
	Formation      string        `toml:"formation,omitempty" enum:"growing|closed" default:"growing, with prefetch" doc:"of batches made up ahead (prefetch): they grow until a worker takes them, or are closed as they are made, as in Triton up to 21.12"`
	EarlyWakeups   float64       `toml:"early_wakeups,omitzero" min:"0" max:"1" default:"0" doc:"share of the batches at whose end Triton's batcher, which the worker wakes, looks before that worker is free: a batch made up ahead then grows by all that is queued, and with priorities or queue policies the batcher misses the worker and sleeps on until a request comes in, at most half a second; needs one of prefetch, preferred_batch_sizes, priority_levels and a queue policy" example:"0.4"`
	PriorityLevels int           `toml:"priority_levels,omitzero" min:"1" max:"64" default:"1 level" doc:"queues by priority, 1 served first" example:"2"`
	DefaultPolicy  *QueuePolicy  `toml:"default_queue_policy,omitempty" doc:"policy of every level that has none of its own" example:"{max_queue_size = 100}"`
	Policies       []QueuePolicy `toml:"queue_policies,omitempty" single:"true" doc:"policies of single levels" example:"[{priority = 1, timeout = \"20ms\", timeout_action = \"delay\"}]"`
}

// QueuePolicy is the policy of one priority level.
type QueuePolicy struct {
	Priority      int      `toml:"priority,omitzero" min:"1" max:"64" default:"every level" doc:"level that it holds for" example:"1"`
	MaxQueueSize  int      `toml:"max_queue_size,omitzero" min:"1" default:"no limit" doc:"requests that may wait; one more is rejected" example:"100"`
	Timeout       Duration `toml:"timeout,omitzero" above:"0" default:"no limit" doc:"longest wait" example:"20ms"`
	TimeoutAction string   `toml:"timeout_action,omitempty" enum:"reject|delay" default:"reject" doc:"who has waited longer is rejected, or served after all others"`
}

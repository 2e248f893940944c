package scenario

// Scenario is hardware, pipeline and workload: all that a prediction needs but the profile's figures.
// A hardware file is a scenario that has only the hardware tables.
//
// The struct tags are the schema: toml is the key; min, above, max and enum are rules; default is the
// value of a key that is not written (in words where it depends on others); doc explains it. The
// reader, the errors, the expanded print and the list of all keys are made from them.
type Scenario struct {
	Name     string `toml:"name,omitempty" doc:"name of the scenario or of the machine, for people"`
	Hardware string `toml:"hardware,omitempty" doc:"machine to run on: an embedded name (8gpu, 1gpu-rtx4090, 2cpu) or a path relative to this file; keys written here override its keys"`
	Profile  string `toml:"profile,omitempty" doc:"measured service times: an embedded name or a path relative to this file; comes before cpu.profile, gpu.profile and link.profile for every resource that it has figures of"`

	CPU    CPU    `toml:"cpu,omitempty"`
	GPU    GPU    `toml:"gpu,omitempty"`
	Link   Link   `toml:"link,omitempty"`
	Memory Memory `toml:"memory,omitempty"`

	Pipeline   *Pipeline   `toml:"pipeline,omitempty"`
	Preprocess *Preprocess `toml:"preprocess,omitempty"`
	Batcher    *Batcher    `toml:"batcher,omitempty"`
	Inference  *Inference  `toml:"inference,omitempty"`

	Resources []Resource `toml:"resource,omitempty"`
	Stages    []Stage    `toml:"stage,omitempty"`

	Workload Workload `toml:"workload"`
	Scaling  Scaling  `toml:"scaling"`
	Run      Run      `toml:"run"`

	origin
}

// CPU is the host processor.
type CPU struct {
	Model   string `toml:"model,omitempty" doc:"name, for people"`
	Cores   int    `toml:"cores,omitzero" min:"1" max:"4096" doc:"cores that run jobs at the same time"`
	Profile string `toml:"profile,omitempty" doc:"service times of the CPU's stages"`
}

// GPU is the accelerators of one server, all alike.
type GPU struct {
	Model   string `toml:"model,omitempty" doc:"name, for people"`
	Count   int    `toml:"count,omitzero" min:"0" max:"1024" default:"0" doc:"GPUs in the server"`
	Memory  Bytes  `toml:"memory,omitzero" above:"0" doc:"memory of one GPU; not simulated yet"`
	Profile string `toml:"profile,omitempty" doc:"service times of the GPU's stages"`
}

// Link is how GPUs are attached to the host.
type Link struct {
	Bandwidth   Bandwidth `toml:"bandwidth,omitzero" above:"0" doc:"of one link in one direction, pinned memory; needed with GPUs"`
	Latency     Duration  `toml:"latency,omitzero" min:"0" default:"0ns" doc:"fixed time of one transfer"`
	GPUsPerLink int       `toml:"gpus_per_link,omitzero" min:"1" default:"1" doc:"GPUs behind one link, which share its bandwidth"`
	Profile     string    `toml:"profile,omitempty" doc:"measured transfer times; without one, latency + bytes/bandwidth"`
}

// Memory is the host's.
type Memory struct {
	Capacity Bytes `toml:"capacity,omitzero" above:"0" doc:"of the host; not simulated yet"`
}

// Pipeline says what is served.
type Pipeline struct {
	Preset        string  `toml:"preset" enum:"classify" default:"classify" doc:"decode, resize, infer, postprocess: one image, one class"`
	Model         string  `toml:"model" default:"vit-base" doc:"model as the profile names it"`
	Preprocessing string  `toml:"preprocessing" enum:"cpu|gpu" default:"gpu, or cpu without GPUs" doc:"where JPEGs are decoded and resized"`
	Inference     string  `toml:"inference" enum:"cpu|gpu" default:"gpu, or cpu without GPUs" doc:"where the model runs"`
	Image         string  `toml:"image,omitempty" doc:"short for images with this one size"`
	Images        []Image `toml:"images,omitempty" default:"[{size = \"medium\", weight = 1}]" doc:"mix of image sizes"`
}

// Image is one size of image and its share of the requests.
type Image struct {
	Size   string  `toml:"size" doc:"small (60x70, 4kB), medium (500x375, 121kB), large (3564x2880, 9528kB), or what the profile has"`
	Weight float64 `toml:"weight" above:"0" default:"1" doc:"relative share of the requests"`
	Bytes  Bytes   `toml:"bytes,omitzero" above:"0" default:"that of small, medium or large" doc:"compressed size, which crosses the link with GPU preprocessing"`
}

// Preprocess is the pool of CPU workers that decode and resize.
type Preprocess struct {
	Workers int `toml:"workers" min:"1" default:"cpu.cores" doc:"images decoded at the same time; CPU preprocessing only"`
}

// Batcher is the rule by which waiting requests become a batch (Triton's dynamic batcher).
type Batcher struct {
	MaxBatch      int      `toml:"max_batch" min:"1" max:"4096" default:"32, or 8 with CPU inference" doc:"most requests in a batch"`
	MaxQueueDelay Duration `toml:"max_queue_delay" min:"0" default:"1ms" doc:"longest wait of the oldest request for a fuller batch; 0ns: none"`
}

// Inference is the model instances.
type Inference struct {
	Instances      int `toml:"instances" min:"1" default:"2 a GPU, or 1 with CPU inference" doc:"batches at the same time, on each GPU or on the CPU"`
	IntraOpThreads int `toml:"intra_op_threads,omitzero" min:"1" default:"1 with CPU inference" doc:"threads of one inference; CPU inference only"`
}

// Resource is one resource of a synthetic system.
type Resource struct {
	Name     string  `toml:"name" doc:"for stages to refer to"`
	Type     string  `toml:"type" enum:"cpu|gpu|link|delay" default:"cpu" doc:"for people; sharing follows from capacity"`
	Capacity float64 `toml:"capacity" min:"0" max:"1e6" default:"1" doc:"jobs at full speed at the same time, more share it equally (processor sharing); 0: no limit"`
}

// Stage is one queue of a synthetic system and its workers. Requests visit the stages in order.
type Stage struct {
	Name          string        `toml:"name" doc:"for people"`
	Resource      string        `toml:"resource,omitempty" default:"one of its own, without a limit" doc:"resource that the workers share"`
	Workers       int           `toml:"workers" min:"0" max:"1000000" default:"1" doc:"batches at the same time; 0: no limit"`
	MaxBatch      int           `toml:"max_batch" min:"1" max:"4096" default:"1" doc:"most requests in a batch"`
	MaxQueueDelay Duration      `toml:"max_queue_delay,omitzero" min:"0" default:"0ns" doc:"longest wait of the oldest request for a fuller batch"`
	Service       *Distribution `toml:"service" doc:"time of one batch on an idle resource"`
}

// Workload says how requests arrive.
type Workload struct {
	Arrivals    string        `toml:"arrivals" enum:"closed|poisson|renewal" default:"closed; poisson with rate, renewal with gap" doc:"closed: each client waits for its answer; poisson: at a rate, whatever the server does; renewal: independent gaps"`
	Concurrency int           `toml:"concurrency,omitzero" min:"1" max:"1000000" default:"64 a GPU, or 4 a core without GPUs" doc:"clients of a closed loop"`
	ThinkTime   *Distribution `toml:"think_time,omitempty" default:"none" doc:"pause of a client between an answer and its next request"`
	Rate        Rate          `toml:"rate,omitzero" above:"0" doc:"mean rate of Poisson arrivals"`
	Gap         *Distribution `toml:"gap,omitempty" doc:"time between arrivals of a renewal process"`
}

// Scaling says how far figures may be stretched.
type Scaling struct {
	AllowExtrapolation bool `toml:"allow_extrapolation" default:"false" doc:"use batch sizes beyond the profiled ones, with a warning; else they are an error"`
}

// Run says how long and with which random numbers the simulation runs.
type Run struct {
	Seed           uint64  `toml:"seed" default:"1" doc:"same seed, same result"`
	Replications   int     `toml:"replications" min:"2" max:"1000" default:"8" doc:"independent runs, from which the intervals come"`
	ThroughputGoal float64 `toml:"throughput_goal" above:"0" max:"1" default:"0.01" doc:"stop when the 95 % interval of throughput is within this part of it"`
	P99Goal        float64 `toml:"p99_goal" above:"0" max:"1" default:"0.05" doc:"the same for the 99th percentile of latency"`
	MaxEvents      int64   `toml:"max_events" min:"1000" default:"400000000" doc:"stop, with a warning, after this many events in all"`
}

// origin is where a scenario came from; it is not part of the file.
type origin struct {
	file         string // as named by the user
	dir          string // what relative paths in it are relative to; "" for embedded files
	hardwareName string
	given        map[string]any
}

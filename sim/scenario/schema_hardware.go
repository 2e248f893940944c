package scenario

// CPU is the host processor of one server.
type CPU struct {
	Model      string       `toml:"model,omitempty" doc:"name, for people" example:"Intel Core i9-13900K"`
	Cores      int          `toml:"cores,omitzero" min:"1" max:"4096" needed:"by a preset" doc:"cores that run jobs at the same time" example:"24"`
	Profile    string       `toml:"profile,omitempty" doc:"service times of the CPU's stages" example:"x86-core-published"`
	Slowdown   []Slowdown   `toml:"slowdown,omitempty" single:"true" default:"what the profile has" doc:"how much longer jobs take beside others (caches, memory bandwidth, SMT); a single curve for every stage beside every stage counts all jobs together" example:"[{neighbours = [1, 7], factors = [1.05, 1.4]}]"`
	IdlePower  Power        `toml:"idle_power,omitzero" min:"0" doc:"power of the whole processor with nothing to do" example:"30W"`
	CorePower  Power        `toml:"core_power,omitzero" min:"0" doc:"power above idle of one busy core" example:"8W"`
	StagePower []StagePower `toml:"stage_power,omitempty" single:"true" doc:"the same for some stages alone" example:"[{stage = \"decode\", power = \"9W\"}]"`
}

// GPU is the accelerators of one server, all alike.
type GPU struct {
	Model        string       `toml:"model,omitempty" doc:"name, for people" example:"NVIDIA GeForce RTX 4090"`
	Count        int          `toml:"count,omitzero" min:"0" max:"1024" default:"0" doc:"GPUs in the server" example:"8"`
	Profile      string       `toml:"profile,omitempty" doc:"service times of the GPU's stages" example:"rtx4090-published"`
	Memory       Bytes        `toml:"memory,omitzero" above:"0" doc:"memory of one GPU; preprocessed inputs that queue in it fill it (preprocess.separate)" example:"24GB"`
	MemoryFull   string       `toml:"memory_full,omitempty" enum:"wait|reject|evict" default:"wait, with preprocess.separate" doc:"what happens to an input that does not fit: it waits, it is rejected, or the oldest input is moved to the host and loaded again when its turn comes"`
	CopyEngines  int          `toml:"copy_engines,omitzero" min:"1" max:"64" default:"no limit" doc:"transfers at the same time in each direction; others wait in order of arrival" example:"1"`
	JPEGDecoders int          `toml:"jpeg_decoders,omitzero" min:"1" max:"64" default:"no engines" doc:"hardware JPEG engines, which decode beside everything else; without them decoding runs on the GPU's cores" example:"5"`
	Slowdown     []Slowdown   `toml:"slowdown,omitempty" single:"true" default:"what the profile has" doc:"how much longer jobs take beside others; without any, they share the GPU equally" example:"[{stage = \"infer\", beside = \"decode\", neighbours = [1], factors = [1.3]}]"`
	IdlePower    Power        `toml:"idle_power,omitzero" min:"0" doc:"power of one GPU with nothing to do" example:"25W"`
	ActivePower  Power        `toml:"active_power,omitzero" min:"0" doc:"power above idle of a busy GPU" example:"375W"`
	StagePower   []StagePower `toml:"stage_power,omitempty" single:"true" doc:"the same for some stages alone" example:"[{stage = \"infer\", power = \"400W\"}]"`
}

// Link is how each GPU is attached to the host.
type Link struct {
	Bandwidth        Bandwidth `toml:"bandwidth,omitzero" above:"0" needed:"with GPUs" doc:"of one GPU's link in one direction, pinned memory; needed with GPUs" example:"25GB/s"`
	Latency          Duration  `toml:"latency,omitzero" min:"0" default:"0ns" doc:"fixed time of one transfer, during which it takes no bandwidth" example:"6us"`
	GPUsPerBridge    int       `toml:"gpus_per_bridge,omitzero" min:"1" max:"16" default:"1, a bridge of its own" doc:"GPUs behind one host bridge" example:"4"`
	BridgeBandwidth  Bandwidth `toml:"bridge_bandwidth,omitzero" above:"0" default:"that of one link" doc:"of a bridge in one direction, which its GPUs share max-min fairly" example:"50GB/s"`
	Memory           string    `toml:"memory,omitempty" enum:"pinned|pageable" default:"pinned" doc:"host memory of transfers; from pageable memory a core copies to a pinned buffer first"`
	StagingBandwidth Bandwidth `toml:"staging_bandwidth,omitzero" above:"0" default:"5.7GB/s" doc:"of that copy; the default fits both published points of a Quadro RTX 6000, 3.7 of 11.0 GB/s at 1 MB and 3.2 of 6.9 GB/s at 128 kB"`
	Profile          string    `toml:"profile,omitempty" doc:"measured transfer times; without one, latency + bytes/bandwidth" example:"link.toml"`
}

// Memory is the host's.
type Memory struct {
	Capacity  Bytes     `toml:"capacity,omitzero" above:"0" needed:"with full" doc:"of the host; preprocessed inputs that queue in it fill it (CPU preprocessing)" example:"64GB"`
	Bandwidth Bandwidth `toml:"bandwidth,omitzero" above:"0" needed:"with server.copies" doc:"of the host's memory, reading and writing together, which the data of all requests share (server.copies)" example:"89.6GB/s"`
	Full      string    `toml:"full,omitempty" enum:"wait|reject" default:"no limit" doc:"what happens to an input that does not fit; without this key the capacity is not looked at" example:"wait"`
}

// Slowdown is the extra time of jobs of a stage beside jobs of another on the same resource.
type Slowdown struct {
	Stage       string    `toml:"stage,omitempty" default:"every stage" doc:"whose jobs take longer, by the name of their step" example:"infer"`
	Beside      string    `toml:"beside,omitempty" default:"every stage" doc:"beside whose jobs" example:"decode"`
	Batch       int       `toml:"batch,omitzero" min:"1" max:"4096" default:"every batch" doc:"images in the job's batch; give several slowdowns of the same stages: between their batches the factors go with the logarithm of the batch, outside them the nearest counts" example:"8"`
	BesideBatch int       `toml:"beside_batch,omitzero" min:"1" max:"4096" default:"every batch" doc:"images in each neighbour's batch, likewise" example:"64"`
	Neighbours  []float64 `toml:"neighbours" needed:"yes" doc:"numbers of such jobs at the same moment, ascending from above 0; linear between them, flat beyond" example:"[1, 3, 7]"`
	Factors     []float64 `toml:"factors" needed:"yes" doc:"for each number, how many times as long a job takes as alone; where instances keep a GPU busy and 1 does 100/s and 2 do 160/s: 2 x 100/160 = 1.25 beside 1" example:"[1.05, 1.2, 1.6]"`
}

// sameJobs says that both are of the same stages in the same batches.
func (s *Slowdown) sameJobs(o *Slowdown) bool {
	return s.Stage == o.Stage && s.Beside == o.Beside && s.Batch == o.Batch && s.BesideBatch == o.BesideBatch
}

// Batched says that a slow-down holds for one size of batches.
func (s *Slowdown) Batched() bool { return s.Batch > 0 || s.BesideBatch > 0 }

// StagePower is the power of one stage's jobs.
type StagePower struct {
	Stage string `toml:"stage" needed:"yes" doc:"name of the step" example:"infer"`
	Power Power  `toml:"power" min:"0" needed:"yes" doc:"power above idle of one busy core, or of a busy GPU" example:"400W"`
}

// Price is what one server of the machine costs.
type Price struct {
	PerHour  float64 `toml:"per_hour" above:"0" max:"1e6" needed:"yes" doc:"of one server, with all its GPUs, for an hour" example:"3.67"`
	Currency string  `toml:"currency" default:"USD" doc:"three letters of ISO 4217; prices are compared, so give all machines one currency"`
	Source   string  `toml:"source,omitempty" doc:"where the price is from: a page, a list, an invoice" example:"the vendor's price list, on demand"`
	Date     string  `toml:"date,omitempty" doc:"day on which the source said so, YYYY-MM-DD" example:"2026-11-27"`
}

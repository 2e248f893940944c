// Package profile holds measured service-time distributions with their provenance: what one machine
// does, stage by stage, as the profiler found it or as somebody published it.
package profile

// Schema is the version of the file format that this package writes and reads.
const Schema = 1

// Origin says where the figures of a profile come from.
type Origin string

// A profile is either measured by vsim on a machine or assembled from published figures.
const (
	Measured  Origin = "measured"
	Published Origin = "published"
)

// Profile is one machine's service times. All spans are float64 nanoseconds.
type Profile struct {
	Schema     int          `toml:"schema" needed:"yes"`
	Name       string       `toml:"name"`
	Origin     Origin       `toml:"origin" needed:"yes" oneof:"origin"`
	Entries    Entries      `toml:"entries"`
	Provenance Provenance   `toml:"provenance"`
	Drift      *Drift       `toml:"drift,omitempty"` // nil where nobody watched
	Services   []Service    `toml:"service"`
	Contention []Contention `toml:"contention"`
	AfterIdles []AfterIdle  `toml:"after_idle,omitempty"`
	Energy     []Energy     `toml:"energy,omitempty"`
	Footprints []Footprint  `toml:"footprint,omitempty"`
	Residuals  []Residual   `toml:"residual,omitempty"`
}

// Entries counts the tables that follow, so that a file that was cut off is noticed.
type Entries struct {
	Service    int `toml:"service" min:"0"`
	Contention int `toml:"contention" min:"0"`
	AfterIdle  int `toml:"after_idle,omitempty" min:"0"`
	Energy     int `toml:"energy,omitempty" min:"0"`
	Footprint  int `toml:"footprint,omitempty" min:"0"`
}

// Provenance says on what, with what and when a profile was made.
type Provenance struct {
	Date      string  `toml:"date"` // RFC 3339
	Vsim      string  `toml:"vsim,omitempty"`
	Command   string  `toml:"command,omitempty"`
	CPU       string  `toml:"cpu,omitempty"`
	Cores     int     `toml:"cores,omitempty" min:"0" max:"1e6"`
	MemoryGiB float64 `toml:"memory_gib,omitempty" min:"0" max:"1e9"`
	GPU       string  `toml:"gpu,omitempty"`
	OS        string  `toml:"os,omitempty"`
	Clock     string  `toml:"clock,omitempty"`
	Load1     float64 `toml:"load1,omitempty" min:"0" max:"1e9"` // 1-minute load average before measuring
	Complete  bool    `toml:"complete"`                          // false when measuring was interrupted
	Conditions
	Libraries map[string]string `toml:"libraries,omitempty"`
	Files     map[string]string `toml:"files,omitempty"` // paths of a person's own models and folders of pictures, by their names here
	Notes     []string          `toml:"notes,omitempty"`
}

// Key names a service point. Fields that do not matter to a stage are zero: decoding has no model,
// inference no image.
type Key struct {
	Stage    string `toml:"stage" needed:"yes" stage:"yes"`         // decode, huffman, resize, copy, infer, post, handoff, transfer, ...
	Resource string `toml:"resource" needed:"yes" oneof:"resource"` // cpu, gpu, link or broker
	Image    string `toml:"image,omitempty" name:"yes"`
	Model    string `toml:"model,omitempty" name:"yes"`
	Batch    int    `toml:"batch,omitempty" min:"0" max:"1e6"`   // images a call works on; 0 where one call is one image
	Threads  int    `toml:"threads,omitempty" min:"0" max:"1e6"` // intra-op threads of an inference; 0 elsewhere
	// SizeBytes is what a transfer moves, where it was measured by size, and Memory the kind of host
	// memory: "" is pinned, else Pageable.
	SizeBytes int    `toml:"size_bytes,omitempty" min:"0" max:"1e15"`
	Memory    string `toml:"memory,omitempty" oneof:"memory"`
	// Broker is the broker whose messages of SizeBytes each are moved, Batch of them in one request; see BrokerKinds.
	Broker string `toml:"broker,omitempty" oneof:"broker"`
}

// Stages of GPU decoding that are the CPU's, of one image, or with Key.Batch of so many, by one thread: nvJPEG's host phase, which
// parses it and, where the GPU does not, decodes its Huffman codes; and parsing alone, which is what JPEG engines leave to
// the host.
const (
	HuffmanStage = "huffman"
	ParseStage   = "parse"
)

// DispatchStage is what a call of the decoding library takes on the CPU besides, by batch.
const DispatchStage = "dispatch"

// ForwardStage is what a server takes on the CPU to hand an image on from the model that preprocesses to the one that infers, of an ensemble.
const ForwardStage = "forward"

// LaunchStage is what an inference on a GPU waits for its kernels to be launched by the CPU, by batch, where that is told apart from the GPU's
// own time: while one instance waits, another may use the GPU.
const LaunchStage = "launch"

// Endings of a stage's name, for the two other times of a stage on a GPU, whose own name stands for the
// GPU's time alone: by the wall clock, with launching and waiting, as a server's worker sees it; and the
// CPU's time in the call, of all threads, without the waiting.
const (
	WallSuffix = "-wall"
	HostSuffix = "-host"
)

// PhasedSuffix ends the names of the stages of JPEG decoding in two phases, "huffman" on the CPU and "decode" on the GPU,
// where "decode" itself is that of a GPU's JPEG engines: they stand beside it, and no prediction reads them unasked.
const PhasedSuffix = "-phased"

// Pageable is a Key's Memory that the driver copies aside before the GPU gets it.
const Pageable = "pageable"

// Service is the distribution of one stage's time for one job, running alone.
type Service struct {
	Key
	N          int        `toml:"n" min:"0" max:"1e12"`                              // samples; 0 for published figures
	MeanNs     float64    `toml:"mean_ns" needed:"yes" above:"0" max:"0x1p54"`       // arithmetic mean
	SDNs       float64    `toml:"sd_ns" min:"0" max:"0x1p54"`                        // sample standard deviation
	MeanCI95Ns [2]float64 `toml:"mean_ci95_ns,omitempty" min:"-0x1p54" max:"0x1p54"` // Student interval of the mean over batch means
	// BurstMeansNs are the means of the bursts that the samples are from, in the order of time, and BurstN the samples of
	// each. Neighbouring bursts may have been pooled. Both are empty where they were not kept.
	BurstMeansNs []float64 `toml:"burst_means_ns,omitempty" above:"0" max:"0x1p54"`
	BurstN       []int     `toml:"burst_n,omitempty" min:"1" max:"1e12"`
	// Quantiles are the pairs (Probabilities[i], QuantilesNs[i]); both ascend. Probabilities starts at
	// 0 (the minimum) and ends at 1 (the maximum); published points may leave both empty: a constant.
	Probabilities []float64 `toml:"probabilities,omitempty" min:"0" max:"1"`
	QuantilesNs   []float64 `toml:"quantiles_ns,omitempty" min:"0" max:"0x1p54"`
	OnlyBatch     bool      `toml:"only_batch,omitempty"` // the model runs batches of this size alone: its file fixes them
	Warnings      []string  `toml:"warnings,omitempty"`   // drift, autocorrelation, few samples
	Source        string    `toml:"source,omitempty"`     // required for published figures
}

// Energy says what a resource draws while jobs of one stage run on it all the time, one after the other.
// Stage "idle" is the resource with nothing to do.
type Energy struct {
	Key
	Watts float64 `toml:"watts" needed:"yes" min:"0" max:"1e9"`    // mean power of the whole resource meanwhile
	JobJ  float64 `toml:"job_j,omitempty" min:"-1e12" max:"1e12"`  // energy of one job above idle, joules; 0 for idle
	N     int     `toml:"n,omitempty" min:"0" max:"1e12"`          // jobs
	SpanS float64 `toml:"span_s" needed:"yes" above:"0" max:"1e9"` // measured for, seconds
}

// Kinds of footprint of a model: an instance that has run batches of a size, and its input, of one picture.
const (
	InstanceOf = "instance"
	TensorOf   = "tensor"
)

// Kinds of footprint of an image set, on average: a decoded picture, three bytes a pixel, and its compressed file.
const (
	PictureOf = "picture"
	FileOf    = "file"
)

// Footprint is memory that something takes on a resource for as long as it is there: an instance of a
// model that has run batches of that size, a picture, a tensor that waits, the file of a picture.
type Footprint struct {
	Resource  string `toml:"resource" needed:"yes" oneof:"resource"`
	Of        string `toml:"of" needed:"yes" oneof:"of"` // InstanceOf, TensorOf, PictureOf or FileOf
	Image     string `toml:"image,omitempty" name:"yes"`
	Model     string `toml:"model,omitempty" name:"yes"`
	Batch     int    `toml:"batch,omitempty" min:"0" max:"1e6"`
	SizeBytes int    `toml:"size_bytes" needed:"yes" min:"1" max:"1e15"`
}

// Contention says how much longer a job of Stage takes while Neighbours jobs of Beside run on the
// other cores of the same resource all the time, or SameCore: Slowdown 1.24 is 24 % longer than alone. Small batches
// leave much of a GPU free and large ones do not, so that it holds at the batches of both; 0 is one image
// at a time, or a batch that nobody noted.
type Contention struct {
	Resource     string     `toml:"resource" needed:"yes" oneof:"resource"`
	Stage        string     `toml:"stage" needed:"yes" stage:"yes"`
	Batch        int        `toml:"batch,omitempty" min:"0" max:"1e6"` // of the job
	Beside       string     `toml:"beside" needed:"yes" stage:"yes"`
	BesideBatch  int        `toml:"beside_batch,omitempty" min:"0" max:"1e6"` // of each neighbour
	Model        string     `toml:"model,omitempty" name:"yes"`               // of the inferences among them
	Neighbours   int        `toml:"neighbours" needed:"yes" min:"1" max:"1e6"`
	SameCore     bool       `toml:"same_core,omitempty"` // the neighbour is on the job's own core, in turn with it: then it is the job's CPU time that is so many times as long
	Slowdown     float64    `toml:"slowdown" needed:"yes" above:"0" max:"1e6"`
	SlowdownCI95 [2]float64 `toml:"slowdown_ci95,omitempty"`
	N            int        `toml:"n" min:"0" max:"1e12"`
	Warnings     []string   `toml:"warnings,omitempty"` // one burst, doubtful, disturbed
	Source       string     `toml:"source,omitempty"`
}

// Same says that two slow-downs are of the same jobs beside the same neighbours.
func (c *Contention) Same(other *Contention) bool { return c.key() == other.key() }

// Sharper says that a slow-down is known more precisely than another one: one that is not Doubtful before one that is,
// one with an interval before one without, and then the one with the narrower interval, relative to itself.
func (c *Contention) Sharper(other *Contention) bool {
	switch known := c.width() > 0; {
	case c.Doubtful() != other.Doubtful():
		return other.Doubtful()
	case known != (other.width() > 0):
		return known
	}
	return c.width()*other.Slowdown < other.width()*c.Slowdown
}

// width is that of the interval, 0 where it is not known.
func (c *Contention) width() float64 { return c.SlowdownCI95[1] - c.SlowdownCI95[0] }

// Doubtful says that the interval of a slow-down is wider than the slow-down itself, or reaches below 0: it
// says nothing of how long a job takes.
func (c *Contention) Doubtful() bool {
	return c.SlowdownCI95[0] < 0 || c.width() > c.Slowdown
}

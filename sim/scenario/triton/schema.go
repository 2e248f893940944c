package triton

// The messages of Triton's ModelConfig (triton-inference-server/common, protobuf/model_config.proto,
// commit 83adf7c), as the fields by which simulated time or the reading of a file depends on them. The
// struct tags are the schema: pb is the field's name; enum lists the names of an enumeration in the
// order of their numbers; left says of a field that changes timing why it is not simulated, and has a
// warning when it is set.

// modelConfig is a file's message.
type modelConfig struct {
	place
	Name                 string            `pb:"name"`
	Platform             string            `pb:"platform"`
	Backend              string            `pb:"backend"`
	Runtime              string            `pb:"runtime"`
	VersionPolicy        *versionPolicy    `pb:"version_policy"`
	MaxBatchSize         int32             `pb:"max_batch_size"`
	Input                []tensor          `pb:"input"`
	Output               []tensor          `pb:"output"`
	BatchInput           []batchTensor     `pb:"batch_input"`
	BatchOutput          []batchOutput     `pb:"batch_output"`
	Optimization         *optimization     `pb:"optimization"`
	DynamicBatching      *dynamicBatching  `pb:"dynamic_batching"`
	SequenceBatching     *sequenceBatching `pb:"sequence_batching" left:"sequences are not simulated; every request is a batch of its own on any instance"`
	EnsembleScheduling   *ensemble         `pb:"ensemble_scheduling"`
	InstanceGroup        []instanceGroup   `pb:"instance_group"`
	DefaultModelFilename string            `pb:"default_model_filename"`
	CCModelFilenames     map[string]string `pb:"cc_model_filenames"`
	MetricTags           map[string]string `pb:"metric_tags"`
	Parameters           map[string]text   `pb:"parameters"`
	ModelWarmup          []warmup          `pb:"model_warmup"`
	ModelOperations      *operations       `pb:"model_operations"`
	TransactionPolicy    *transactions     `pb:"model_transaction_policy"`
	RepositoryAgents     *agents           `pb:"model_repository_agents"`
	ResponseCache        *responseCache    `pb:"response_cache"`
	ModelMetrics         *metrics          `pb:"model_metrics"`
}

// dynamicBatching is ModelDynamicBatching.
type dynamicBatching struct {
	place
	PreferredBatchSize   []int32                `pb:"preferred_batch_size"`
	MaxQueueDelayUs      uint64                 `pb:"max_queue_delay_microseconds"`
	PreserveOrdering     bool                   `pb:"preserve_ordering"`
	PriorityLevels       uint64                 `pb:"priority_levels"`
	DefaultPriorityLevel uint64                 `pb:"default_priority_level"`
	DefaultQueuePolicy   *queuePolicy           `pb:"default_queue_policy"`
	PriorityQueuePolicy  map[uint64]queuePolicy `pb:"priority_queue_policy"`
}

// queuePolicy is ModelQueuePolicy.
type queuePolicy struct {
	place
	TimeoutAction        string `pb:"timeout_action" enum:"REJECT|DELAY"`
	DefaultTimeoutUs     uint64 `pb:"default_timeout_microseconds"`
	AllowTimeoutOverride bool   `pb:"allow_timeout_override" left:"no request shortens its timeout; all have the default one"`
	MaxQueueSize         uint32 `pb:"max_queue_size"`
}

// instanceGroup is ModelInstanceGroup.
type instanceGroup struct {
	place
	Name             string            `pb:"name"`
	Kind             string            `pb:"kind" enum:"KIND_AUTO|KIND_GPU|KIND_CPU|KIND_MODEL"`
	Count            int32             `pb:"count"`
	RateLimiter      *rateLimiter      `pb:"rate_limiter"`
	GPUs             []int32           `pb:"gpus"`
	SecondaryDevices []secondaryDevice `pb:"secondary_devices" left:"work on secondary devices is not simulated"`
	Profile          []string          `pb:"profile"`
	Passive          bool              `pb:"passive"`
	HostPolicy       string            `pb:"host_policy" left:"cores and memory are not told apart by NUMA node"`
}

// ensemble is ModelEnsembling.
type ensemble struct {
	place
	Step        []ensembleStep `pb:"step"`
	MaxInflight uint32         `pb:"max_inflight_requests" left:"the number of requests inside a step is not limited"`
}

type ensembleStep struct {
	place
	ModelName      string            `pb:"model_name"`
	ModelVersion   int64             `pb:"model_version"`
	InputMap       map[string]string `pb:"input_map"`
	OutputMap      map[string]string `pb:"output_map"`
	ModelNamespace string            `pb:"model_namespace"`
}

const dataTypes = "TYPE_INVALID|TYPE_BOOL|TYPE_UINT8|TYPE_UINT16|TYPE_UINT32|TYPE_UINT64|TYPE_INT8|TYPE_INT16|TYPE_INT32|TYPE_INT64|TYPE_FP16|TYPE_FP32|TYPE_FP64|TYPE_STRING|TYPE_BF16"

// dataType is the name of a DataType, an enumeration that several messages use.
type dataType string

// tensor is ModelInput or ModelOutput; a field of only one of them is read in both.
type tensor struct {
	place
	Name             string   `pb:"name"`
	DataType         dataType `pb:"data_type"`
	Format           string   `pb:"format" enum:"FORMAT_NONE|FORMAT_NHWC|FORMAT_NCHW"`
	Dims             []int64  `pb:"dims"`
	Reshape          *reshape `pb:"reshape"`
	LabelFilename    string   `pb:"label_filename"`
	IsShapeTensor    bool     `pb:"is_shape_tensor"`
	AllowRaggedBatch bool     `pb:"allow_ragged_batch"`
	Optional         bool     `pb:"optional"`
	NonLinearFormat  bool     `pb:"is_non_linear_format_io"`
}

// transactions is ModelTransactionPolicy.
type transactions struct {
	Decoupled bool `pb:"decoupled" left:"every request has one response"`
}

type responseCache struct {
	Enable bool `pb:"enable" left:"every request is inferred, none is answered from the cache"`
}

// optimization is ModelOptimizationPolicy.
type optimization struct {
	Graph         *graphLevel   `pb:"graph" left:"it changes the time of inference, which is that of the profile or of --times"`
	Priority      string        `pb:"priority" enum:"PRIORITY_DEFAULT|PRIORITY_MAX|PRIORITY_MIN" left:"models share a GPU equally"`
	CUDA          *cuda         `pb:"cuda" left:"it changes the time of inference, which is that of the profile or of --times"`
	Accelerators  *accelerators `pb:"execution_accelerators" left:"it changes the time of inference, which is that of the profile or of --times"`
	InputPinned   *pinned       `pb:"input_pinned_memory"`
	OutputPinned  *pinned       `pb:"output_pinned_memory"`
	GatherKernel  uint32        `pb:"gather_kernel_buffer_threshold" left:"a batch's inputs cross the link in one transfer"`
	EagerBatching bool          `pb:"eager_batching" left:"inputs are copied when an instance begins with the batch"`
}

// rateLimiter is ModelRateLimiter.
type rateLimiter struct {
	place
	Resources []limited `pb:"resources"`
	Priority  uint32    `pb:"priority" left:"instances that wait for a resource get it in the order in which they came"`
}

// limited is a resource of the rate limiter that an instance needs so many of while it executes.
type limited struct {
	place
	Name   string `pb:"name"`
	Global bool   `pb:"global"`
	Count  uint32 `pb:"count"`
}

type secondaryDevice struct {
	Kind     string `pb:"kind" enum:"KIND_NVDLA"`
	DeviceID int64  `pb:"device_id"`
}

type sequenceBatching struct {
	Direct *struct {
		MaxQueueDelayUs        uint64  `pb:"max_queue_delay_microseconds"`
		MinimumSlotUtilization float64 `pb:"minimum_slot_utilization"`
	} `pb:"direct"`
	Oldest *struct {
		MaxCandidateSequences int32   `pb:"max_candidate_sequences"`
		PreferredBatchSize    []int32 `pb:"preferred_batch_size"`
		MaxQueueDelayUs       uint64  `pb:"max_queue_delay_microseconds"`
		PreserveOrdering      bool    `pb:"preserve_ordering"`
	} `pb:"oldest"`
	MaxSequenceIdleUs uint64          `pb:"max_sequence_idle_microseconds"`
	ControlInput      []controlInput  `pb:"control_input"`
	State             []sequenceState `pb:"state"`
	IterativeSequence bool            `pb:"iterative_sequence"`
}

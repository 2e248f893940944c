package triton

// The messages of ModelConfig by which no simulated time depends on what they hold. They are here so
// that a misspelt name in them is found, too.

type versionPolicy struct {
	Latest *struct {
		NumVersions uint32 `pb:"num_versions"`
	} `pb:"latest"`
	All      *struct{} `pb:"all"`
	Specific *struct {
		Versions []int64 `pb:"versions"`
	} `pb:"specific"`
}

type reshape struct {
	Shape []int64 `pb:"shape"`
}

type batchTensor struct {
	Kind        string   `pb:"kind" enum:"BATCH_ELEMENT_COUNT|BATCH_ACCUMULATED_ELEMENT_COUNT|BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO|BATCH_MAX_ELEMENT_COUNT_AS_SHAPE|BATCH_ITEM_SHAPE|BATCH_ITEM_SHAPE_FLATTEN"`
	TargetName  []string `pb:"target_name"`
	DataType    dataType `pb:"data_type"`
	SourceInput []string `pb:"source_input"`
}

type batchOutput struct {
	TargetName  []string `pb:"target_name"`
	Kind        string   `pb:"kind" enum:"BATCH_SCATTER_WITH_INPUT_SHAPE"`
	SourceInput []string `pb:"source_input"`
}

type graphLevel struct {
	Level int32 `pb:"level"`
}

type shape struct {
	Dim []int64 `pb:"dim"`
}

type cuda struct {
	Graphs           bool        `pb:"graphs"`
	BusyWaitEvents   bool        `pb:"busy_wait_events"`
	GraphSpec        []graphSpec `pb:"graph_spec"`
	OutputCopyStream bool        `pb:"output_copy_stream"`
}

type graphSpec struct {
	BatchSize  int32            `pb:"batch_size"`
	Input      map[string]shape `pb:"input"`
	LowerBound *struct {
		BatchSize int32            `pb:"batch_size"`
		Input     map[string]shape `pb:"input"`
	} `pb:"graph_lower_bound"`
}

type accelerator struct {
	Name       string            `pb:"name"`
	Parameters map[string]string `pb:"parameters"`
}

type accelerators struct {
	GPU []accelerator `pb:"gpu_execution_accelerator"`
	CPU []accelerator `pb:"cpu_execution_accelerator"`
}

type pinned struct {
	Enable bool `pb:"enable"`
}

type controlInput struct {
	Name    string `pb:"name"`
	Control []struct {
		Kind           string    `pb:"kind" enum:"CONTROL_SEQUENCE_START|CONTROL_SEQUENCE_READY|CONTROL_SEQUENCE_END|CONTROL_SEQUENCE_CORRID"`
		Int32FalseTrue []int32   `pb:"int32_false_true"`
		FP32FalseTrue  []float64 `pb:"fp32_false_true"`
		BoolFalseTrue  []bool    `pb:"bool_false_true"`
		DataType       dataType  `pb:"data_type"`
	} `pb:"control"`
}

type sequenceState struct {
	InputName    string   `pb:"input_name"`
	OutputName   string   `pb:"output_name"`
	DataType     dataType `pb:"data_type"`
	Dims         []int64  `pb:"dims"`
	InitialState []struct {
		DataType dataType `pb:"data_type"`
		Dims     []int64  `pb:"dims"`
		ZeroData bool     `pb:"zero_data"`
		DataFile string   `pb:"data_file"`
		Name     string   `pb:"name"`
	} `pb:"initial_state"`
	SameBuffer     bool `pb:"use_same_buffer_for_input_output"`
	GrowableMemory bool `pb:"use_growable_memory"`
}

// text is ModelParameter.
type text struct {
	place
	Value string `pb:"string_value"`
}

type warmup struct {
	Name      string                 `pb:"name"`
	BatchSize uint32                 `pb:"batch_size"`
	Inputs    map[string]warmupInput `pb:"inputs"`
	Count     uint32                 `pb:"count"`
}

type warmupInput struct {
	DataType      dataType `pb:"data_type"`
	Dims          []int64  `pb:"dims"`
	ZeroData      bool     `pb:"zero_data"`
	RandomData    bool     `pb:"random_data"`
	InputDataFile string   `pb:"input_data_file"`
}

type operations struct {
	OpLibraryFilename []string `pb:"op_library_filename"`
}

type agents struct {
	Agents []accelerator `pb:"agents"` // which have a name and parameters as well
}

type metrics struct {
	MetricControl []struct {
		MetricIdentifier *struct {
			Family string `pb:"family"`
		} `pb:"metric_identifier"`
		HistogramOptions *struct {
			Buckets []float64 `pb:"buckets"`
		} `pb:"histogram_options"`
	} `pb:"metric_control"`
}

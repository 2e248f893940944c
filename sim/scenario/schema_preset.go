package scenario

// Pipeline says what is served.
type Pipeline struct {
	Preset        string  `toml:"preset" enum:"classify|detect-then-identify" default:"classify" doc:"classify: decode, resize, infer: one image, one answer; detect-then-identify: decode, resize, detect, then identify each of the faces found"`
	Model         string  `toml:"model" default:"the profile's, where it has one alone; else vit-base, or resnet50-fp16 where it has that and no vit-base; faster-rcnn to detect" doc:"model as the profile names it" example:"vit-base"`
	Preprocessing string  `toml:"preprocessing" enum:"cpu|gpu|split|none" default:"gpu, or cpu without GPUs or where their profile decodes nothing" doc:"where JPEGs are decoded and resized; split: decoded on the CPU, resized on the GPU; none: clients send float tensors"`
	Inference     string  `toml:"inference" enum:"cpu|gpu" default:"gpu, or cpu without GPUs" doc:"where the model runs"`
	Image         string  `toml:"image,omitempty" doc:"short for images with this one size" example:"medium"`
	Images        []Image `toml:"images,omitempty" single:"true" default:"the profile's, where it has one size alone; else medium" doc:"mix of image sizes, and of models" example:"[{size = \"medium\", weight = 9}, {size = \"large\"}]"`
	Tensor        Bytes   `toml:"tensor" above:"0" default:"602112B" doc:"preprocessed input of one image: by default float32 of 3x224x224"`
	Answer        Bytes   `toml:"answer" above:"0" default:"4000B" doc:"what one image's inference returns over the link: by default 1000 float32 scores"`
}

// Image is one size of image for one model, and its share of the requests.
type Image struct {
	Size     string  `toml:"size" needed:"yes" doc:"small (60x70, 4kB), medium (500x375, 121kB), large (3564x2880, 9528kB), or what the profile has" example:"medium"`
	Model    string  `toml:"model,omitempty" default:"that of the pipeline" doc:"model that it is for; every model has instances and a queue of its own" example:"resnet50"`
	Weight   float64 `toml:"weight" min:"1e-6" max:"1e9" default:"1" doc:"relative share of the requests"`
	Priority int     `toml:"priority,omitzero" min:"1" max:"64" default:"the last" doc:"1 is the highest; needs batcher.priority_levels" example:"1"`
	Items    *Count  `toml:"items,omitempty" default:"as workload.items" doc:"images of this size in a request" example:"4"`
	Bytes    Bytes   `toml:"bytes,omitzero" above:"0" default:"that of small, medium or large, or the profile's" doc:"compressed size, which crosses the link with GPU preprocessing" example:"121kB"`
	Decoded  Bytes   `toml:"decoded,omitzero" above:"0" default:"that of small, medium or large, or the profile's" doc:"decoded size, 3 bytes a pixel, which crosses the link with split preprocessing" example:"562500B"`
}

// Server is the serving software's own work on a request.
type Server struct {
	Overhead []Service `toml:"overhead,omitempty" single:"true" default:"the profile's handoff, where it has one" doc:"CPU time of each request for receiving, parsing, queueing and answering" example:"{dist = \"lognormal\", mean = \"40us\", cv = 0.5}"`
	Copies   int       `toml:"copies,omitzero" min:"0" max:"100" default:"0, not looked at" doc:"times that what a client sends is copied in the host's memory on its way from the network to where it is decoded or to the link: each time memory.bandwidth carries it twice, and once more as it is read in the end" example:"5"`
	Frontend int       `toml:"frontend,omitzero" min:"0" max:"1000000" default:"0" doc:"workers that do it; 0: no limit but the cores"`
}

// Preprocess is decoding and resizing.
type Preprocess struct {
	Workers  int  `toml:"workers,omitzero" min:"1" default:"as cpu.cores" doc:"images decoded at the same time on the CPU" example:"16"`
	Threads  int  `toml:"threads,omitzero" min:"1" max:"4096" default:"1 thread" doc:"of GPU preprocessing: the host's threads for one batch (DALI's num_threads): so many images are in the huffman step at the same time, each on a core" example:"4"`
	Separate bool `toml:"separate,omitzero" default:"false" doc:"GPU preprocessing is a stage of its own before the batcher, and its results queue in GPU memory; else each instance preprocesses the batch that it has taken"`

	Instances     int      `toml:"instances,omitzero" min:"1" default:"1 a GPU" doc:"of separate GPU preprocessing: batches at the same time on each GPU" example:"2"`
	MaxBatch      int      `toml:"max_batch,omitzero" min:"1" max:"4096" default:"as batcher.max_batch" doc:"of separate GPU preprocessing: most images in a batch" example:"32"`
	MaxQueueDelay Duration `toml:"max_queue_delay,omitzero" min:"0" default:"0ns" doc:"of separate GPU preprocessing: longest wait of the oldest image for a fuller batch"`
	Memory        Bytes    `toml:"memory,omitzero" above:"0" default:"as gpu.memory" doc:"of separate GPU preprocessing: GPU memory for preprocessed inputs (Triton's pool has 64 MiB unless told otherwise)" example:"64MiB"`
}

// Batcher is the rule by which waiting requests become a batch (Triton's dynamic batcher).
type Batcher struct {
	MaxBatch      int      `toml:"max_batch" min:"1" max:"4096" default:"32, or 8 with CPU inference; no more than the profile reaches" doc:"most images in a batch" example:"32"`
	MaxQueueDelay Duration `toml:"max_queue_delay" min:"0" default:"1ms" doc:"longest wait of the oldest request for a fuller batch; 0ns: none"`
	QueueRules
}

// Inference is the model instances.
type Inference struct {
	Instances      int `toml:"instances" min:"1" max:"1000000" default:"2 a GPU, or 1 with CPU inference" doc:"batches at the same time, of each model on each GPU or on the CPU" example:"2"`
	IntraOpThreads int `toml:"intra_op_threads,omitzero" min:"1" default:"1 with CPU inference, or the fewest that the profile has" doc:"threads of one inference; CPU inference only" example:"2"`
}

// Identify is the second model of detect-then-identify.
type Identify struct {
	Model         string   `toml:"model" default:"facenet" doc:"model that identifies one face, as the profile names it" example:"facenet"`
	Faces         *Count   `toml:"faces" default:"1" doc:"faces found in an image" example:"{dist = \"poisson\", mean = 5.0}"`
	Instances     int      `toml:"instances" min:"1" max:"1000000" default:"as inference.instances" doc:"batches at the same time, on each GPU or on the CPU" example:"2"`
	MaxBatch      int      `toml:"max_batch" min:"1" max:"4096" default:"as batcher.max_batch" doc:"most faces in a batch" example:"32"`
	MaxQueueDelay Duration `toml:"max_queue_delay,omitzero" min:"0" default:"as batcher.max_queue_delay" doc:"longest wait of the oldest face for a fuller batch"`
	Allowed       []int    `toml:"allowed_batch_sizes,omitempty" single:"true" min:"1" max:"4096" default:"every size" doc:"sizes at which the model is run, ascending, the last of them max_batch; a smaller batch of faces is padded to the next" example:"[1, 8, 32]"`
}

// Times are service times given here instead of by a profile, for one class or by class.
type Times struct {
	Decode   []Service `toml:"decode,omitempty" single:"true" default:"the profile's" doc:"of one image" example:"{dist = \"lognormal\", mean = \"1.4ms\", cv = 0.2}"`
	Huffman  []Service `toml:"huffman,omitempty" single:"true" default:"the profile's" doc:"of one image, on the CPU, before GPU preprocessing: the host phase of nvJPEG, which parses it and, below DALI's hybrid_huffman_threshold (1,000,000 pixels), decodes its Huffman codes; with gpu.jpeg_decoders parsing alone. It leaves the image in pinned memory, in place of a staging copy. The bytes that cross the link stay the compressed ones: nvJPEG does not document its transfers. Left out where neither this nor the profile has it" example:"\"500us\""`
	Resize   []Service `toml:"resize,omitempty" single:"true" default:"the profile's" doc:"of one image, with normalising" example:"\"300us\""`
	Forward  []Service `toml:"forward,omitempty" single:"true" default:"the profile's" doc:"of one image, on the CPU, at the end of preprocessing that is a stage of its own: what a server takes to hand it on to inference; left out where neither this nor the profile has it" example:"\"300us\""`
	H2D      []Service `toml:"h2d,omitempty" single:"true" default:"the profile's, or latency + bytes/bandwidth" doc:"to the GPU: of one image with GPU or split preprocessing, else of a batch" example:"{bytes = \"147kB\"}"`
	Copy     []Service `toml:"copy,omitempty" single:"true" default:"the profile's" doc:"of one tensor into the batch; with GPU inference left out where neither this nor the profile has it" example:"\"60us\""`
	Launch   []Service `toml:"launch,omitempty" single:"true" default:"the profile's" doc:"of a batch's inference on a GPU, before it: the CPU launches its kernels, while another instance may use the GPU; left out where neither this nor the profile has it" example:"\"700us\""`
	Infer    []Service `toml:"infer,omitempty" single:"true" default:"the profile's" doc:"of a batch" example:"{mean = \"1.8ms\", per_image = \"0.25ms\"}"`
	Identify []Service `toml:"identify,omitempty" single:"true" default:"the profile's" doc:"of a batch of faces" example:"{mean = \"1ms\", per_image = \"0.1ms\"}"`
	D2H      []Service `toml:"d2h,omitempty" single:"true" default:"the profile's, or latency + bytes/bandwidth" doc:"of a batch's answers from the GPU" example:"\"10us\""`
	Post     []Service `toml:"post,omitempty" single:"true" default:"the profile's" doc:"of one answer; with GPU inference left out where neither this nor the profile has it" example:"\"10us\""`
}

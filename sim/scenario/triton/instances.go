package triton

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxInstances is the largest number of workers of a stage.
const maxInstances = 1_000_000

// onHost is the device of instances that are on no GPU.
const onHost = -1

// placement is where a model's instances stand.
type placement struct {
	onGPU, onCPU int   // instances in all
	gpus         []int // that have instances, ascending
	threads      int   // of one inference on the CPU
	groups       []group
	held         map[string]hold // by kind of device: what its batches take of the rate limiter
	from         []string
}

// group is the instances of an instance group.
type group struct {
	*instanceGroup
	kind    string // cpuKind or gpuKind
	count   int    // on each device
	devices []int  // GPUs, or onHost; one that is named twice has twice as many
	note    string
}

// place finds where the instances of a model stand on the machine, with Triton's defaults: one group of
// kind AUTO; one instance, or two of ONNX Runtime and TensorFlow on the CPU; all GPUs (NormalizeInstanceGroup
// and SetDefaultInstanceCount, model_config_utils.cc).
func (im *importer) place(c *modelConfig) *placement {
	p := &placement{threads: im.threads(c)}
	groups := c.InstanceGroup
	if len(groups) == 0 {
		groups = []instanceGroup{{place: c.place, Kind: c.preferredKind()}}
		p.from = append(p.from, "no instance_group: Triton's default")
	}
	for i := range groups {
		if g := &groups[i]; !g.Passive { // to which no requests go
			im.placeGroup(c, g, p)
		}
	}
	slices.Sort(p.gpus)
	p.gpus = slices.Compact(p.gpus)
	return p
}

// settle counts the instances of a model that may execute at once, when the rate limiter knows all models.
func (im *importer) settle(c *modelConfig, p *placement) {
	for i := range p.groups {
		g := &p.groups[i]
		n := im.atOnce(g, p)
		if g.kind == gpuKind {
			p.onGPU += n
		} else {
			p.onCPU += n
		}
		if len(c.InstanceGroup) > 0 {
			p.from = append(p.from, g.note)
		}
	}
	switch n := p.onGPU + p.onCPU; {
	case n > maxInstances:
		im.fault(c.fault("instance_group", n, fmt.Sprintf("at most %d instances are simulated", maxInstances), ""))
	case n == 0 && len(im.faults) == 0:
		im.fault(c.fault("instance_group", nil, "all instances are passive", "nothing would serve requests; drop passive in one group"))
	}
	if p.onGPU > 0 && p.onCPU > 0 {
		im.warn(c.fault("instance_group", nil, "left out", "the one queue before CPU and GPU instances: each kind has a queue, and a request goes where fewer are"))
	}
	im.ordering(c, p.onGPU+p.onCPU)
}

// preferredKind is the kind of instances of a configuration without groups. OpenVINO asks for the CPU
// (TRITONBACKEND_GetBackendAttribute of its backend, openvino.cc); the others for what there is.
func (c *modelConfig) preferredKind() string {
	if c.backend() == "openvino" {
		return "KIND_CPU"
	}
	return "KIND_AUTO"
}

func (im *importer) placeGroup(c *modelConfig, g *instanceGroup, p *placement) {
	kind := im.kind(g)
	count := int(g.Count)
	if count < 1 {
		count = 1
		if kind == "KIND_CPU" && slices.Contains([]string{"onnxruntime", "tensorflow"}, c.backend()) {
			count = 2
		}
		if g.Count < 0 {
			im.warn(g.fault("count", g.Count, fmt.Sprintf("is taken as Triton's default, %d, as Triton does", count), "write how many instances there are"))
		}
	}
	gpus := im.gpus(g, kind)
	x := group{instanceGroup: g, kind: gpuKind, count: count, devices: gpus, note: fmt.Sprintf("line %d, %s", g.line, describe(kind, count, gpus))}
	if kind == "KIND_MODEL" {
		im.warn(g.fault("kind", kind, "left out", "where the model places itself; its instances are taken to share "+im.machine.everything()))
	}
	if p.gpus = append(p.gpus, gpus...); kind != "KIND_GPU" {
		x.devices = []int{onHost}
	}
	if kind == "KIND_CPU" || im.machine.gpus == 0 {
		x.kind = cpuKind
	}
	p.groups = append(p.groups, x)
}

// kind is the group's kind on this machine: AUTO is GPU where all GPUs that it names are there.
func (im *importer) kind(g *instanceGroup) string {
	if g.Kind != "KIND_AUTO" {
		return g.Kind
	}
	missing := func(gpu int32) bool { return gpu < 0 || int(gpu) >= im.machine.gpus }
	switch {
	case im.machine.gpus == 0:
		return "KIND_CPU"
	case slices.ContainsFunc(g.GPUs, missing):
		im.warn(g.fault("gpus", g.GPUs, fmt.Sprintf("not all are among the machine's %d", im.machine.gpus), "as in Triton, KIND_AUTO then means the CPU; --hardware names a larger machine"))
		return "KIND_CPU"
	}
	return "KIND_GPU"
}

// gpus are the GPUs of a group: those that it names, else all. One that is named twice has twice the
// instances.
func (im *importer) gpus(g *instanceGroup, kind string) (out []int) {
	switch {
	case kind == "KIND_CPU" && g.Kind == "KIND_AUTO":
		return nil
	case kind != "KIND_GPU" && len(g.GPUs) > 0:
		im.fault(g.fault("gpus", g.GPUs, "stands beside kind: "+kind+", which takes none, as in Triton", "remove it or write kind: KIND_GPU"))
	case kind == "KIND_GPU" && im.machine.gpus == 0:
		im.fault(g.fault("kind", kind, im.machine.name+" has no GPUs", "name a machine that has with --hardware, for example 8gpu"))
	case kind == "KIND_CPU":
		return nil
	}
	for _, gpu := range g.GPUs {
		if gpu < 0 || int(gpu) >= im.machine.gpus {
			im.fault(g.fault("gpus", gpu, fmt.Sprintf("%s has %d, numbered from 0", im.machine.name, im.machine.gpus), "name a larger machine with --hardware, for example 8gpu"))
			return nil
		}
		out = append(out, int(gpu))
	}
	if len(out) == 0 {
		for gpu := range im.machine.gpus {
			out = append(out, gpu)
		}
	}
	return out
}

// threadParameters say how many threads an inference on the CPU has, by backend; "" is one that is not known.
var threadParameters = map[string]string{"": "intra_op_thread_count", "onnxruntime": "intra_op_thread_count", "pytorch": "INTRA_OP_THREAD_COUNT"}

// threads is the number of threads of an inference on the CPU, 0 where no parameter of the backend says it.
func (im *importer) threads(c *modelConfig) int {
	if n, err := strconv.Atoi(c.Parameters[threadParameters[c.backend()]].Value); err == nil && n > 0 {
		return min(n, im.machine.cores)
	}
	return 0
}

// assumed warns that an inference on the CPU is taken to have one thread.
func (im *importer) assumed(c *modelConfig, stage string) {
	name := threadParameters[c.backend()]
	remedy := "stage." + stage + ".steps.infer.cores says how many"
	if name != "" {
		remedy += ", as does the parameter " + name
	}
	const rule = "an inference on the CPU is taken to keep 1 core busy"
	if p, ok := c.Parameters[name]; ok {
		im.warn(p.place.fault("", quote(p.Value), rule, remedy))
		return
	}
	im.warn(c.fault("instance_group", nil, rule, remedy))
}

func describe(kind string, count int, gpus []int) string {
	switch {
	case kind != "KIND_GPU":
		return fmt.Sprintf("%s: %d", kind, count)
	case len(gpus) == 1:
		return fmt.Sprintf("%s: %d on %s", kind, count, gpuList(gpus))
	}
	return fmt.Sprintf("%s: %d on each of %s", kind, count, gpuList(gpus))
}

// gpuList writes which GPUs are meant.
func gpuList(gpus []int) string {
	if len(gpus) == 1 {
		return fmt.Sprintf("GPU %d", gpus[0])
	}
	return "GPUs " + list(gpus)
}

// list writes numbers as "0, 1, 2", or a run of them as "0-7".
func list(numbers []int) string {
	n := len(numbers)
	if n > 2 && numbers[n-1]-numbers[0] == n-1 && slices.IsSorted(numbers) {
		return fmt.Sprintf("%d-%d", numbers[0], numbers[n-1])
	}
	text := make([]string, n)
	for i, x := range numbers {
		text[i] = strconv.Itoa(x)
	}
	return strings.Join(text, ", ")
}

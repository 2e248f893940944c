package triton

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vsim/sim/scenario"
)

// machine is the hardware that the models are served on.
type machine struct {
	name      string
	gpus      int
	cores     int
	resources []scenario.Resource // in the general form
	files     []string            // that it was read from
	open      func(name string) (*scenario.Measurement, error)
}

// loadMachine reads a hardware file, or an embedded machine. The paths of its profiles become relative
// to folder, where the scenario will lie.
func loadMachine(hardware, folder string) (*machine, error) {
	if strings.ContainsAny(hardware, `/\`) || strings.HasSuffix(hardware, ".toml") {
		if absolute, err := filepath.Abs(hardware); err == nil { // a path is the user's, not the scenario's
			hardware = absolute
		}
	}
	s, err := scenario.Parse(filepath.Join(folder, "--hardware"), []byte("hardware = "+strconv.Quote(hardware)+"\n"), scenario.Options{})
	if err != nil {
		return nil, err
	}
	return &machine{name: s.HardwareName(), gpus: s.GPU.Count, cores: s.CPU.Cores, resources: s.General().Resources, files: s.Files(), open: s.OpenProfile}, nil
}

// withoutPower takes out what the machine's parts draw: nobody has said that it is this one.
func (m *machine) withoutPower() {
	for i := range m.resources {
		r := &m.resources[i]
		r.IdlePower, r.ActivePower, r.StagePower = 0, 0, nil
	}
}

func (m *machine) everything() string {
	if m.gpus == 0 {
		return "the CPU"
	}
	return "all GPUs"
}

// pool is GPUs that the instances of the same models stand on. A model has one queue for all its
// instances, wherever they stand, and the scenario language has one queue for each GPU or one for a
// server; so a pool of n GPUs is a single resource on which n jobs run at full speed. That is exact with
// one instance a GPU, and otherwise leaves out that some GPUs may have two jobs while others have none.
type pool struct {
	gpus  []int  // ascending
	model string // the first that stands on it
	all   bool   // it is all GPUs of the machine
}

// name is that of a resource of the pool.
func (p *pool) name(resource string) string {
	if p.all {
		return resource
	}
	return resource + " of " + p.model
}

// pools parts the GPUs into pools: models with a GPU in common are in the same.
func (im *importer) pools(visits []*visit, placements []*placement) (out []pool) {
	for i, p := range placements {
		if len(p.gpus) == 0 {
			continue
		}
		joined := pool{model: visits[i].config.Name, gpus: slices.Clone(p.gpus)}
		out = slices.DeleteFunc(out, func(o pool) bool {
			common := slices.ContainsFunc(o.gpus, func(gpu int) bool { return slices.Contains(joined.gpus, gpu) })
			if common {
				joined = pool{model: o.model, gpus: append(joined.gpus, o.gpus...)}
			}
			return common
		})
		slices.Sort(joined.gpus)
		joined.gpus = slices.Compact(joined.gpus)
		joined.all = len(joined.gpus) == im.machine.gpus
		out = append(out, joined)
	}
	return out
}

// poolOf is the pool that a model's GPUs are in.
func poolOf(pools []pool, p *placement) *pool {
	for i := range pools {
		if slices.Contains(pools[i].gpus, p.gpus[0]) {
			return &pools[i]
		}
	}
	return nil
}

// Names of the machine's resources in the general form.
const (
	cpuName = "cpu"
	gpuName = "gpu"
	h2dName = "link h2d"
	d2hName = "link d2h"
)

// noted is a resource and remarks to its keys.
type noted struct {
	scenario.Resource
	keys map[string]string
}

// withPools lists the CPU, and what every pool has of the machine's GPU and links.
func (m *machine) withPools(pools []pool) (out []noted) {
	for _, r := range m.resources {
		if r.Name == cpuName {
			out = append(out, noted{r, map[string]string{"name": m.name}})
		}
	}
	for _, p := range pools {
		for _, r := range m.resources {
			if r.Name == gpuName || r.Name == h2dName || r.Name == d2hName {
				out = append(out, m.inPool(r, &p))
			}
		}
	}
	return out
}

// maxSlots is the most that the scenario language takes.
const maxSlots = 4096

// inPool makes one resource of those of the pool's GPUs.
func (m *machine) inPool(r scenario.Resource, p *pool) noted {
	n := len(p.gpus)
	keys := map[string]string{"name": m.name + ", " + gpuList(p.gpus)}
	r.Name, r.Per = p.name(r.Name), "server"
	r.Capacity *= float64(n)
	if r.GPUsPerBridge > 1 {
		bridges := (n + r.GPUsPerBridge - 1) / r.GPUsPerBridge
		if r.BridgeBandwidth == 0 {
			r.BridgeBandwidth = r.Bandwidth
		}
		r.Capacity = math.Min(r.Capacity, float64(bridges)*float64(r.BridgeBandwidth/r.Bandwidth))
		keys["capacity"] = fmt.Sprintf("%d bridges of %d GPUs", bridges, r.GPUsPerBridge)
	}
	r.GPUsPerBridge, r.BridgeBandwidth = 0, 0
	r.Slots = min(r.Slots*n, maxSlots)
	r.IdlePower *= scenario.Power(n)
	if r.Type == "gpu" && n > 1 {
		r.Slowdown = []scenario.Slowdown{{Neighbours: []float64{1}, Factors: []float64{1}}}
		keys["slowdown"] = "none but equal sharing: what a profile has is of jobs on the same GPU"
	}
	return noted{r, keys}
}

// imageBytes is the size of a JPEG: written as such, "121kB", or the name of a size that the scenario
// language knows.
func imageBytes(image string) (scenario.Bytes, error) {
	if image == "" {
		return 0, nil
	}
	text := "hardware = \"1gpu-rtx4090\"\n[pipeline]\npreprocessing = \"gpu\"\n"
	if strings.ContainsAny(image[:1], "0123456789.") {
		text += "images = [{size = \"given\", bytes = " + strconv.Quote(image) + "}]\n"
	} else {
		text += "image = " + strconv.Quote(image) + "\n"
	}
	s, err := scenario.Parse("--image", []byte(text), scenario.Options{})
	if err != nil {
		var input *scenario.InputError
		if errors.As(err, &input) {
			input.Faults[0].Line, input.Faults[0].Key = 0, ""
		}
		return 0, err
	}
	for _, st := range s.General().Stages {
		for _, step := range st.Steps {
			if step.Name == "h2d" && step.Service[0].Bytes > 0 {
				return step.Service[0].Bytes, nil
			}
		}
	}
	return 0, scenario.BadInput("--image", "%s", fmt.Sprintf("%q is no size; take small, medium, large or bytes, for example 121kB", image))
}

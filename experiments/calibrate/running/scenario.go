package running

import (
	"fmt"
	"path"
	"slices"

	"google.golang.org/protobuf/encoding/prototext"

	"vsim/experiments/oip/wire"
	"vsim/sim"
	"vsim/sim/scenario"
	"vsim/sim/scenario/triton"
)

// Workload is the traffic of a scenario: a closed loop of clients, or Poisson arrivals.
type Workload struct {
	Clients int
	RateRPS float64 // without clients, requests/s
	Classes []scenario.Class
	Images  int    // of a request; 0 is 1
	Profile string // file beside the scenario that the profile lies in; "" where it is handed over as Source does
}

// Source is what to predict: a server with such configurations, by what was measured.
func (r *Calibration) Source(configs map[string]*wire.ModelConfig, w Workload) (sim.Source, error) {
	s, err := r.parsed(configs, w)
	if err != nil {
		return nil, err
	}
	return sim.Measured(s, r.Profile()), nil
}

func (r *Calibration) parsed(configs map[string]*wire.ModelConfig, w Workload) (*scenario.Scenario, error) {
	text, err := r.Scenario(configs, w)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(r.Model+".toml", text, scenario.Options{})
}

// Scenario is the text of a server with such configurations: those of the server itself (Configs) or changed ones. It looks up the times
// of inferences in the calibration's Profile.
func (r *Calibration) Scenario(configs map[string]*wire.ModelConfig, w Workload) ([]byte, error) {
	s, err := r.rules(configs)
	if err != nil {
		return nil, err
	}
	if err := r.stages(s, max(w.Images, 1)); err != nil {
		return nil, err
	}
	s.Name, s.Profile, s.Resources = r.Model, w.Profile, r.resources(configs)
	w.write(s)
	s.Run.P99Goal, s.Run.MaxEvents = tailGoal, mostEvents
	return append([]byte(r.about()), s.TOML()...), nil
}

// A closed loop of many clients takes long to say its p99 to 5 %; a calibration is not that exact.
const (
	tailGoal   = 0.1
	mostEvents = 40_000_000
)

// Configs are the rules of the server that was measured last.
func (r *Calibration) Configs() map[string]*wire.ModelConfig { return r.configs }

// rules reads configurations as vsim import triton does.
func (r *Calibration) rules(configs map[string]*wire.ModelConfig) (*scenario.Scenario, error) {
	const repository = "models"
	opt := triton.Options{Repository: repository, Hardware: "2cpu", RateLimit: triton.RateLimitOff, AutoComplete: triton.CompleteNothing}
	for _, c := range configs {
		if onGPU(c) {
			opt.Hardware = "8gpu"
		}
	}
	opt.Read = func(file string) ([]byte, error) {
		name := path.Base(path.Dir(file))
		c, ok := configs[name]
		if !ok {
			return nil, fmt.Errorf("the server was not asked about model %q", name)
		}
		return prototext.MarshalOptions{Multiline: true}.Marshal(c)
	}
	imported, err := triton.Import(path.Join(repository, r.Model, "config.pbtxt"), opt)
	if err != nil {
		return nil, err
	}
	return scenario.Parse(r.Model+".toml", imported.TOML, scenario.Options{})
}

// onGPU says that a model has instances on GPUs.
func onGPU(c *wire.ModelConfig) bool {
	return slices.ContainsFunc(c.InstanceGroup, func(g *wire.ModelInstanceGroup) bool { return g.Kind == wire.ModelInstanceGroup_KIND_GPU })
}

// Names of resources and stages.
const (
	cpuName     = "cpu"
	gpuName     = "gpu"
	receiveName = "receive"
	sendName    = "send"
)

// stages puts the measured times into the stages of the models, and those of transport before and after them.
func (r *Calibration) stages(s *scenario.Scenario, images int) error {
	instances := 0
	for i := range s.Stages {
		instances += s.Stages[i].Workers
	}
	for i := range s.Stages {
		st := &s.Stages[i]
		if len(st.After) == 0 && st.Group == "" {
			st.After = []string{receiveName}
		}
		if len(st.Steps) == 0 {
			continue // where requests only wait for each other
		}
		at := slices.IndexFunc(r.Steps, func(x Step) bool { return runs(st, x.Model) })
		if st.Group != "" || at < 0 {
			return scenario.BadInput("--model", "stage %q: its instances stand on a CPU and on GPUs, which statistics do not tell apart", st.Name)
		}
		model := r.Steps[at].Model
		if r.device(model) != gpuName {
			st.EarlyWakeups = r.early(st, model, instances)
		}
		st.Steps = r.Steps[at].steps(r.device(model), r.maxBatch, images)
	}
	receive, send := r.Transport.stages(r.local)
	receive.After, send.After = []string{}, ends(s.Stages)
	s.Stages = slices.Concat([]scenario.Stage{receive}, s.Stages, []scenario.Stage{send})
	return nil
}

// runs says that a stage runs a model; it may copy tensors before and after.
func runs(st *scenario.Stage, model string) bool {
	return slices.ContainsFunc(st.Steps, func(step scenario.Step) bool {
		return slices.ContainsFunc(step.Service, func(x scenario.Service) bool { return x.Model == model })
	})
}

// ends are the stages that no other comes after.
func ends(stages []scenario.Stage) (out []string) {
	for _, st := range stages {
		follows := func(other scenario.Stage) bool { return slices.Contains(other.After, st.Name) }
		if !slices.ContainsFunc(stages, follows) {
			out = append(out, st.Name)
		}
	}
	return out
}

// steps are what an instance does with a batch of requests of so many images each.
func (s *Step) steps(device string, largest, images int) []scenario.Step {
	perImage := 0.0
	if largest > 1 {
		perImage = (s.GapNs - s.WakeNs) / float64(largest-1)
	}
	of := func(ns func(Size) float64) []scenario.Service {
		d := scenario.Distribution{Dist: "table"}
		for _, size := range s.Sizes {
			d.Batches, d.Means = append(d.Batches, size.Batch), append(d.Means, scenario.Duration(ns(size)))
		}
		return []scenario.Service{{Distribution: d}}
	}
	out := []scenario.Step{
		{Name: "take", Service: []scenario.Service{{Distribution: scenario.Distribution{Dist: "constant", Mean: scenario.Duration(max(s.WakeNs-perImage, 0)), PerImage: scenario.Duration(perImage)}}}},
		{Name: "input", Resource: device, Service: of(func(x Size) float64 { return x.InputNs })},
		{Name: inferStage, Resource: device, Service: []scenario.Service{{ProfileStage: inferStage, Model: s.Model}}},
		{Name: "output", Resource: device, Service: of(func(x Size) float64 { return x.OutputNs })},
	}
	if step, ok := s.gather(device, images, largest); ok {
		out = slices.Insert(out, 2, step)
	}
	return out
}

// receivers is how many requests are received at a time: more than cores, as a server has threads for each connection and each call, which
// share the processors.
const receivers = 16

// stages are the way of a request to the server and of its answer back. Half of what does not go with the images is the answer's.
func (t *Transport) stages(local bool) (receive, send scenario.Stage) {
	stage := func(name string, fixed, perImage float64) scenario.Stage {
		st := scenario.Stage{Name: name, Per: "server", MaxBatch: 1, Steps: []scenario.Step{{Name: name,
			Service: []scenario.Service{{Distribution: scenario.Distribution{Dist: "constant", Mean: scenario.Duration(fixed), PerImage: scenario.Duration(perImage)}}}}}}
		if local {
			st.Workers, st.Steps[0].Resource = receivers, cpuName
		}
		return st
	}
	return stage(receiveName, max(t.FixedNs/2, 1), t.PerImageNs), stage(sendName, max(t.FixedNs/2, 1), 0)
}

// resources are what the models execute on.
func (r *Calibration) resources(configs map[string]*wire.ModelConfig) (out []scenario.Resource) {
	slow := []scenario.Slowdown{{Stage: inferStage, Beside: inferStage, Neighbours: []float64{1}, Factors: []float64{r.Slowdown}}}
	if r.cores > 0 || !slices.ContainsFunc(r.Steps, func(s Step) bool { return r.device(s.Model) == gpuName }) {
		out = append(out, scenario.Resource{Name: cpuName, Type: "cpu", Per: "server", Capacity: float64(r.cores), Speed: 1, Slowdown: slow})
	}
	if slices.ContainsFunc(r.Steps, func(s Step) bool { return r.device(s.Model) == gpuName }) {
		out = append(out, scenario.Resource{Name: gpuName, Type: "gpu", Per: "server", Capacity: 0, Speed: 1, Slowdown: slow})
	}
	return out
}

// write puts the traffic into a scenario.
func (w *Workload) write(s *scenario.Scenario) {
	s.Classes = w.Classes
	s.Workload = scenario.Workload{}
	if w.Clients > 0 {
		s.Workload.Arrivals, s.Workload.Concurrency, s.Workload.Backoff = "closed", w.Clients, scenario.Duration(1e6)
	} else {
		s.Workload.Arrivals, s.Workload.Rate = "poisson", scenario.Rate(w.RateRPS)
	}
	if w.Images > 1 {
		s.Workload.Items = &scenario.Count{Dist: "constant", Mean: float64(w.Images)}
	}
}

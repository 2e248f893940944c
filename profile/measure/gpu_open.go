package measure

import (
	"fmt"
	"slices"
	"time"

	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/device/nvml"
	"vsim/profile/measure/machine"
)

// gpuBench is what a Bench has besides its points when it measures a GPU.
type gpuBench struct {
	cfg        GPUConfig
	seen       seen
	loads      []load // whose power is measured, the idle GPU first
	energy     []profile.Energy
	footprints []profile.Footprint
	notes      []string
	tensor     gpu.Tensor // of the first model, which decoding and resizing are measured with
	classes    int        // likewise
	crews      map[string]*crew
	closers    []func() error // in the device's context
}

// seen is the range of the GPU's states during the visits.
type seen struct {
	clockLow, clockHigh int
	hottest             int
	reasons             nvml.Reasons
	processes           int // with a context, when measuring began
	disturbed           int // visits
}

// OpenGPU loads the models, decodes every picture once and calls every stage on the GPU, so that whatever
// is wrong is said, with its stage, before anything is measured. The Bench is used as that of a CPU; the
// device stays the caller's.
func OpenGPU(cfg GPUConfig) (*Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bench{
		cfg: Config{Precision: cfg.Precision, Burst: cfg.Burst, Budget: cfg.Budget, Command: cfg.Command, Notes: cfg.Notes, Workers: cfg.Beside + 1},
		gpu: &gpuBench{cfg: cfg}, load1: machine.Load1(), began: time.Now(),
	}
	release, err := cfg.Device.Bind()
	if err != nil {
		return nil, err
	}
	defer release()
	b.closers = append(b.closers, b.gpu.close)
	for _, step := range []func() error{b.addGPUInference, b.addTransfers, b.addDecoding, b.addGPUContention, b.warm, b.gpu.look} {
		if err := step(); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// keep frees something when the bench is closed, last first.
func (g *gpuBench) keep(free func() error) { g.closers = append(g.closers, free) }

// close frees what was made on the GPU. What it says would only repeat an error that was told before.
func (g *gpuBench) close() {
	release, err := g.cfg.Device.Bind()
	if err != nil {
		return
	}
	defer release()
	for _, free := range slices.Backward(g.closers) {
		_ = free()
	}
	g.closers = nil
}

// look notes how the GPU is before measuring.
func (g *gpuBench) look() error {
	s, err := g.cfg.Device.Monitor.State()
	if err != nil {
		return err
	}
	g.seen.processes, g.seen.clockLow, g.seen.clockHigh = s.Processes, s.ClockMHz, s.ClockMHz
	return nil
}

// watch begins to watch the GPU during a visit; judge says what disturbed it, if anything did: another
// process that came, heat, a brake. The card's own power limit is noted, but does not disturb: it is how
// the card runs a load that reaches it. Nothing to watch on a bench of the CPU.
func (g *gpuBench) watch() (judge func(*visit) error, err error) {
	if g == nil {
		return func(*visit) error { return nil }, nil
	}
	return func(v *visit) error {
		s, err := g.cfg.Device.Monitor.State()
		if err != nil {
			return err
		}
		g.seen.add(s)
		// Launching needs a core, not all of them: others may use a twentieth of the machine.
		v.quiet = v.quiet || v.others <= 0.05*float64(machine.Cores())
		switch reasons := s.Reasons.Disturbing(); {
		case reasons != 0:
			v.gpu = reasons.String()
		case s.Processes > g.seen.processes:
			v.gpu = fmt.Sprintf("%d more processes", s.Processes-g.seen.processes)
		}
		if v.gpu != "" {
			v.quiet = false
			g.seen.disturbed++
		}
		return nil
	}, nil
}

func (s *seen) add(state nvml.State) {
	s.clockLow, s.clockHigh = min(s.clockLow, state.ClockMHz), max(s.clockHigh, state.ClockMHz)
	s.hottest = max(s.hottest, state.TemperatureC)
	s.reasons |= state.Reasons
}

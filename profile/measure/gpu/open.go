package gpu

import (
	"slices"

	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
)

// target is a GPU with its models loaded and its workers made.
type target struct {
	cfg        Config
	points     []*measure.Point
	seen       seen
	loads      []load // whose power is measured
	energy     []profile.Energy
	footprints []profile.Footprint
	notes      []string
	tensor     gpu.Tensor // of the first model, which decoding and resizing are measured with
	classes    int        // likewise
	crews      map[string]*measure.Crew
	closers    []func() error // in the device's context
}

// Open loads the models, decodes every picture once and calls every stage on the GPU, so that whatever is
// wrong is said, with its stage, before anything is measured. The device stays the caller's.
func Open(cfg Config) (*measure.Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return measure.Open(cfg.Options, func() (measure.Target, error) { return open(cfg) })
}

func open(cfg Config) (*target, error) {
	t := &target{cfg: cfg, crews: map[string]*measure.Crew{}}
	release, err := cfg.Device.Bind()
	if err != nil {
		return nil, err
	}
	defer release()
	for _, step := range []func() error{t.addInference, t.addTransfers, t.addDecoding, t.addContention} {
		if err := step(); err != nil {
			t.Close()
			return nil, err
		}
	}
	t.look()
	return t, nil
}

func (t *target) add(p *measure.Point) { t.points = append(t.points, p) }

// Points are the stages on the GPU and the transfers over its link.
func (t *target) Points() []*measure.Point { return t.points }

// keep frees something when the bench is closed, last first.
func (t *target) keep(free func() error) { t.closers = append(t.closers, free) }

// Close frees what was made on the GPU. Errors of freeing are dropped: they repeat one that was told before.
func (t *target) Close() {
	release, err := t.cfg.Device.Bind()
	if err != nil {
		return
	}
	defer release()
	for _, free := range slices.Backward(t.closers) {
		_ = free()
	}
	t.closers = nil
}

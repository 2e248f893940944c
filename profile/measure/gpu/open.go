package gpu

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// target is a GPU with its models loaded and its workers made.
type target struct {
	cfg           Config
	points        []*measure.Point
	seen          seen
	loads         []load // whose power is measured
	energy        []profile.Energy
	footprints    []profile.Footprint
	notes         []string
	leftOut       []string
	lost          error               // the first failure of a GPU that answers no more
	model         *input.Model        // the first that could be opened; nil: none
	doubts        map[string][]string // by model or image set
	tensor        tensor.Shape        // its, which decoding and resizing are measured with
	normalise     preprocess.Options  // likewise
	outputs       func(batch int) int // bytes of its outputs
	crews         map[busy]*measure.Crew
	instances     []worker       // beside others
	instancesCrew *measure.Crew  // on whose threads they stay
	closers       []func() error // in the device's context
}

// Open loads the models, decodes every picture once and calls every stage on the GPU, so that whatever is
// wrong is said, with its stage, before anything is measured. The device stays the caller's.
func Open(ctx context.Context, cfg Config) (*measure.Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return measure.Open(ctx, cfg.Options, func() (measure.Target, error) { return open(ctx, cfg) })
}

// What is decoded to and moved where no model could be opened.
var usual = tensor.Shape{Width: 224, Height: 224, Element: tensor.Float16}

const usualClasses = 1000

func open(ctx context.Context, cfg Config) (*target, error) {
	t := &target{cfg: cfg, crews: map[busy]*measure.Crew{}, doubts: map[string][]string{}, tensor: usual, outputs: func(batch int) int { return batch * 4 * usualClasses }}
	release, err := cfg.Device.Bind()
	if err != nil {
		return nil, err
	}
	defer release()
	for _, step := range []func(context.Context) error{t.addPictures, t.addInference, t.addTransfers, t.addDecoding, t.addContention} {
		err := step(ctx)
		if err = cmp.Or(err, t.lost); err != nil {
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

// LeftOut says what of the GPU could not be opened.
func (t *target) LeftOut() []string { return t.leftOut }

// leave notes that something could not be opened; and that the GPU is lost, where it is.
func (t *target) leave(what string, err error) {
	t.leftOut = append(t.leftOut, fmt.Sprintf("%s: %v", what, err))
	if t.lost == nil && t.Alive() != nil {
		t.lost = fmt.Errorf("%s: %w", what, err)
	}
}

// Alive asks the driver something: after a fault that ends a context, it answers every question with that.
func (t *target) Alive() error {
	release, err := t.cfg.Device.Bind()
	if err != nil {
		return err
	}
	defer release()
	_, err = t.free()
	return err
}

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

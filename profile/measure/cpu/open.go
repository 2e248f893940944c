package cpu

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/post"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

const resource = "cpu" // of every stage here

// ringBytes is the least size of a ring of tensors: more than a core's own cache, so that a tensor is
// as cold as one that another worker wrote, but no more than a server has in flight at a modest load:
// its tensors are used again, and a large ring would push the model out of the shared cache.
const ringBytes = 4 << 20

// target is the CPU with its models loaded and its pictures decoded.
type target struct {
	cfg        Config
	frames     *source              // of the first model
	crops      *source              // of the others
	fixed      map[string]int       // the only batch, of models that have one
	answers    map[string]post.Kind // by model
	footprints []profile.Footprint
	points     []*measure.Point
	closers    []func()
	instances  []*instance
	reloading  time.Duration // spent on loading instances anew
}

// Open loads the models, decodes every picture once and calls every stage, so that whatever is wrong
// with a file is said, with its name, before anything is measured.
func Open(ctx context.Context, cfg Config) (*measure.Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return measure.Open(ctx, cfg.Options, func() (measure.Target, error) { return open(ctx, cfg) })
}

func open(ctx context.Context, cfg Config) (*target, error) {
	t := &target{cfg: cfg, fixed: map[string]int{}, answers: map[string]post.Kind{}}
	for _, step := range []func() error{t.readSizes, t.fillTensors, t.weigh, t.addPreprocessing, t.addCropping, t.addInference, t.addContention, t.addTurns, t.addRested, t.addChanges} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}

// Points are the stages, alone and beside each other.
func (t *target) Points() []*measure.Point { return t.points }

// Disturbed has nothing to add to the Bench's own watch on other processes.
func (t *target) Disturbed() (cause string, err error) { return "", nil }

// Finish has nothing left to measure.
func (t *target) Finish(context.Context) error { return nil }

// Alive is nil: a CPU answers.
func (t *target) Alive() error { return nil }

// LeftOut is nothing: whatever fails on a CPU ends the measurement.
func (t *target) LeftOut() []string { return nil }

// Close frees the models and the workers.
func (t *target) Close() {
	for _, c := range t.closers {
		c()
	}
	t.closers = nil
}

// Describe adds the libraries, and what the figures were measured with.
func (t *target) Describe(p *profile.Profile) {
	pr := &p.Provenance
	p.Footprints = t.footprints
	pr.Libraries = maps.Clone(t.cfg.Libraries.Version)
	pr.Notes = slices.Concat(t.cfg.Libraries.Notes, pr.Notes)
	if len(p.Contention) > 0 {
		what := fmt.Sprintf("%q images", input.Middle(t.cfg.Images).Name)
		if len(t.cfg.Models) > 0 {
			what += fmt.Sprintf(", %s at batch %d, and beside itself also in the smallest and the largest batch, with 1 thread", t.cfg.Models[0].Name, t.middleBatch(t.cfg.Models[0]))
			if t.cropSet() != nil && len(t.cfg.Models) > 1 {
				what += fmt.Sprintf("; of %s at batch %d beside the stages before it and %s", t.cfg.Models[1].Name, t.middleBatch(t.cfg.Models[1]), t.cfg.Models[0].Name)
			}
		}
		pr.Notes = append(pr.Notes, "contention: "+what+"; every slow-down is against the same stage alone in the same visit")
	}
	if len(t.cfg.Images) > 0 {
		pr.Notes = append(pr.Notes, t.describeResizing())
	}
	for _, m := range t.cfg.Models {
		pr.Notes = append(pr.Notes, fmt.Sprintf("%s and %s of %s: of one picture, in batches of %d; postprocessing %s", device.Copy, device.Post, m.Name, t.middleBatch(m), t.answers[m.Name]))
		if n := t.fixed[m.Name]; n > 0 {
			pr.Notes = append(pr.Notes, measure.FixedBatch(m.Name, n))
		}
	}
}

// weigh notes how large the pictures are.
func (t *target) weigh() error {
	sizes, err := input.Footprints(t.cfg.Images, resource)
	t.footprints = append(t.footprints, sizes...)
	return err
}

// fillTensors decodes and resizes every picture once, and keeps enough tensors for inference to read.
func (t *target) fillTensors() error {
	for _, s := range t.sources() {
		n := max(1, (ringBytes+s.shape.SizeBytes()-1)/s.shape.SizeBytes())
		for range n {
			s.tensors = append(s.tensors, s.shape.New())
		}
	}
	filled := map[*source]int{}
	for i := range t.cfg.Images {
		set := &t.cfg.Images[i]
		s := t.sourceOf(set)
		n, err := t.fill(s, set, filled[s])
		if err != nil {
			return err
		}
		filled[s] = n
	}
	for s, n := range filled {
		for i := n; i < len(s.tensors); i++ {
			copy(s.tensors[i].Bytes(), s.tensors[i%n].Bytes())
		}
	}
	return nil
}

// fill makes a source's tensors of a set's pictures, from a place on, and gives the next place.
func (t *target) fill(s *source, set *input.Images, place int) (next int, err error) {
	worker, err := t.newPreprocessor(s)
	if err != nil {
		return 0, err
	}
	if len(set.Files) == 0 {
		return 0, fmt.Errorf("image set %q is empty", set.Name)
	}
	for i, file := range set.Files {
		img, err := worker.Decode(file)
		if err != nil {
			return 0, set.Fault(i, err)
		}
		worker.Resize(img, s.tensors[place%len(s.tensors)])
		place++
	}
	return place, nil
}

func (t *target) newPreprocessor(s *source) (*device.Preprocessor, error) {
	p, err := t.cfg.Libraries.NewPreprocessor(s.shape, s.normalise)
	if err == nil {
		t.closers = append(t.closers, p.Close)
	}
	return p, err
}

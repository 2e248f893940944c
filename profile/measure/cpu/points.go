package cpu

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

func (t *target) add(p *measure.Point) { t.points = append(t.points, p) }

func (t *target) addPreprocessing() error {
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		c, err := t.preprocess(set)
		if err != nil {
			return err
		}
		t.add(&measure.Point{Name: "decode and resize " + set.Name, Chain: c})
	}
	return nil
}

// addCropping measures the cutting of faces where they are wanted.
func (t *target) addCropping() error {
	if t.cropSet() == nil {
		return nil
	}
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		if set.Name == input.Crop {
			continue
		}
		c, err := t.cut(set)
		if err != nil {
			return err
		}
		t.add(&measure.Point{Name: "crop " + set.Name, Chain: c})
	}
	return nil
}

func (t *target) addInference() error {
	for _, m := range t.cfg.Models {
		middle := t.middleBatch(m) // that copying and postprocessing are still to be measured at, 0 after
		for _, threads := range t.cfg.Threads {
			batches := t.batchesAt(m, threads)
			if len(batches) == 0 {
				continue
			}
			i, err := t.newInstance(m, threads, slices.Max(batches))
			if err != nil {
				return err
			}
			for _, batch := range batches {
				whole := batch == middle
				if whole {
					middle = 0
				}
				t.add(&measure.Point{
					Name:  fmt.Sprintf("infer %s batch %d, %d threads", m.Name, batch, threads),
					Chain: t.infer(m, i, batch, threads, whole), OnlyBatch: t.fixed[m.Name] > 0,
				})
			}
		}
	}
	return nil
}

// addContention puts the chain of each worker beside crews of each stage; those of preprocessing alone where no model runs on
// the CPU.
func (t *target) addContention() error {
	neighbours := t.cfg.Workers - 1
	if neighbours < 1 || len(t.cfg.Images) == 0 {
		return nil
	}
	set := input.Middle(t.cfg.Images)
	chains, err := t.measuredChains(set)
	if err != nil {
		return err
	}
	crews, err := t.crews(set, neighbours)
	if err != nil {
		return err
	}
	for _, c := range chains {
		for _, beside := range crews {
			t.beside(c, beside)
		}
	}
	if len(t.cfg.Models) == 0 {
		return nil
	}
	return t.addInstancesAtEnds(t.cfg.Models[0], neighbours)
}

// beside adds a chain beside 1, 2, 4, ... of a crew.
func (t *target) beside(c *measure.Chain, crew *measure.Crew) {
	for _, k := range t.cfg.neighbourCounts() {
		of := profile.Contention{Stage: c.Keys[0].Stage, Batch: c.Keys[0].Batch, Beside: crew.Stage, BesideBatch: crew.Batch, Neighbours: k}
		t.add(&measure.Point{Name: of.Label(), Chain: c, Crew: crew, K: k})
	}
}

// addInstancesAtEnds puts inference beside inference also at the smallest and the largest batch, where the model runs them.
func (t *target) addInstancesAtEnds(m input.Model, neighbours int) error {
	if t.fixed[m.Name] > 0 {
		return nil
	}
	ends := []int{slices.Min(t.batches(m)), slices.Max(t.batches(m))}
	for _, batch := range slices.Compact(ends) {
		if batch == t.middleBatch(m) {
			continue
		}
		i, err := t.newInstance(m, 1, batch)
		if err != nil {
			return err
		}
		crew, err := t.inferrers(m, batch, neighbours)
		if err != nil {
			return err
		}
		t.beside(t.infer(m, i, batch, 1, false), crew)
	}
	return nil
}

func (t *target) measuredChains(set *input.Images) ([]*measure.Chain, error) {
	chains, err := t.firstChains(set, true)
	if err != nil || len(t.cfg.Models) == 0 {
		return chains, err
	}
	if t.cropSet() == nil {
		return chains, nil
	}
	after, err := t.afterDetection(set)
	return append(chains, after...), err
}

// firstChains are preprocessing and, where one runs on the CPU, the first model's inference, in batches of the middle size, with what comes
// before and after it where that is whole.
func (t *target) firstChains(set *input.Images, whole bool) ([]*measure.Chain, error) {
	pre, err := t.preprocess(set)
	if err != nil || len(t.cfg.Models) == 0 {
		return []*measure.Chain{pre}, err
	}
	m, batch := t.cfg.Models[0], t.middleBatch(t.cfg.Models[0])
	i, err := t.newInstance(m, 1, batch)
	if err != nil {
		return nil, err
	}
	return []*measure.Chain{pre, t.infer(m, i, batch, 1, whole)}, nil
}

// afterDetection are what cuts faces out of frames, and what identifies them.
func (t *target) afterDetection(frames *input.Images) ([]*measure.Chain, error) {
	cut, err := t.cut(frames)
	if err != nil || len(t.cfg.Models) < 2 {
		return []*measure.Chain{cut}, err
	}
	m := t.cfg.Models[1]
	batch := t.middleBatch(m)
	i, err := t.newInstance(m, 1, batch)
	if err != nil {
		return nil, err
	}
	return []*measure.Chain{cut, t.infer(m, i, batch, 1, false)}, nil
}

func (t *target) crews(set *input.Images, n int) ([]*measure.Crew, error) {
	var out []*measure.Crew
	hires := []func() (*measure.Crew, error){
		func() (*measure.Crew, error) { return t.decoders(set, n) },
		func() (*measure.Crew, error) { return t.resizers(set, n) },
	}
	if len(t.cfg.Models) > 0 {
		hires = append(hires, func() (*measure.Crew, error) { return t.inferrers(t.cfg.Models[0], t.middleBatch(t.cfg.Models[0]), n) })
	}
	for _, hire := range hires {
		c, err := hire()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

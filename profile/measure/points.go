package measure

import (
	"fmt"
	"slices"
)

func (b *Bench) add(p *point) { b.points = append(b.points, p) }

func (b *Bench) addPreprocessing() error {
	for s := range b.cfg.Images {
		set := &b.cfg.Images[s]
		c, err := b.preprocess(set)
		if err != nil {
			return err
		}
		b.add(&point{name: "decode and resize " + set.Name, chain: c})
	}
	return nil
}

func (b *Bench) addInference() error {
	for _, m := range b.cfg.Models {
		for t, threads := range b.cfg.Threads {
			i, err := b.newInstance(m, threads, slices.Max(b.cfg.Batches))
			if err != nil {
				return err
			}
			for _, batch := range b.cfg.Batches {
				whole := t == 0 && batch == b.cfg.middleBatch()
				b.add(&point{
					name:  fmt.Sprintf("infer %s batch %d, %d threads", m.Name, batch, threads),
					chain: b.infer(m, i, batch, threads, whole),
				})
			}
		}
	}
	return nil
}

// addContention puts the chain of each worker beside crews of each stage.
func (b *Bench) addContention() error {
	neighbours := b.cfg.Workers - 1
	if neighbours < 1 || len(b.cfg.Images) == 0 || len(b.cfg.Models) == 0 {
		return nil
	}
	set, m := &b.cfg.Images[b.cfg.middleImages()], b.cfg.Models[0]
	chains, err := b.measuredChains(set, m)
	if err != nil {
		return err
	}
	crews, err := b.crews(set, m, neighbours)
	if err != nil {
		return err
	}
	for _, c := range chains {
		for _, beside := range crews {
			for _, k := range b.cfg.neighbourCounts() {
				name := fmt.Sprintf("%s beside %d %s", c.keys[0].Stage, k, beside.stage)
				b.add(&point{name: name, chain: c, crew: beside, k: k})
			}
		}
	}
	return nil
}

func (b *Bench) measuredChains(set *ImageSet, m ModelFile) ([]*chain, error) {
	pre, err := b.preprocess(set)
	if err != nil {
		return nil, err
	}
	batch := b.cfg.middleBatch()
	i, err := b.newInstance(m, 1, batch)
	if err != nil {
		return nil, err
	}
	return []*chain{pre, b.infer(m, i, batch, 1, true)}, nil
}

func (b *Bench) crews(set *ImageSet, m ModelFile, n int) ([]*crew, error) {
	var out []*crew
	for _, hire := range []func() (*crew, error){
		func() (*crew, error) { return b.decoders(set, n) },
		func() (*crew, error) { return b.resizers(set, n) },
		func() (*crew, error) { return b.inferrers(m, b.cfg.middleBatch(), n) },
	} {
		c, err := hire()
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// contentionNotes say what the contention was measured with, and how many of its visits were disturbed.
func (b *Bench) contentionNotes() []string {
	visits, disturbed := 0, 0
	for _, p := range b.points {
		if p.crew == nil {
			continue
		}
		for _, v := range usable(p.visits) {
			visits++
			if !v.quiet {
				disturbed++
			}
		}
	}
	if visits == 0 {
		return nil
	}
	notes := []string{fmt.Sprintf("contention: %q images, %s at batch %d with 1 thread; every slow-down is against the same stage alone in the same visit",
		b.cfg.Images[b.cfg.middleImages()].Name, b.cfg.Models[0].Name, b.cfg.middleBatch())}
	if disturbed > 0 {
		notes = append(notes, fmt.Sprintf("contention: other processes used more than %.1f cores during %d of the %d visits kept", maxOthers, disturbed, visits))
	}
	return notes
}

func (b *Bench) addHandoff() error {
	if !b.cfg.Handoff || b.cfg.Workers < 2 {
		return nil // the receiver would need the core that the sender keeps busy
	}
	c, stop := handoff()
	b.closers = append(b.closers, stop)
	b.add(&point{name: Handoff, chain: c})
	return nil
}

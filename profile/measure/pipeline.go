package measure

import (
	"fmt"
	"image"
	"math/rand/v2"

	"vsim/profile"
	"vsim/profile/device"
)

const cpu = "cpu" // the resource of every stage here

// ringBytes is the least size of a ring of tensors: more than a core's own cache, so that a tensor is
// as cold as one that another worker wrote, but no more than a server has in flight at a modest load:
// its tensors are used again, and a large ring would push the model out of the shared cache.
const ringBytes = 4 << 20

// shuffled gives the numbers below n in random order, again and again in another: a server sees
// different pictures, in no order.
func shuffled(n int, seed uint64) func() int {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	order, at := r.Perm(n), 0
	return func() int {
		if at == n {
			r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
			at = 0
		}
		at++
		return order[at-1]
	}
}

// preprocess is the chain of a preprocessing worker: decode, then resize, of one picture a job.
func (b *Bench) preprocess(set *ImageSet) (*chain, error) {
	worker, err := b.newPreprocessor()
	if err != nil {
		return nil, err
	}
	next, place := shuffled(len(set.Files), 1), shuffled(len(b.tensors), 2)
	tensors := make([][]float32, len(b.tensors)) // written to, so not the ones that instances read
	for i := range tensors {
		tensors[i] = make([]float32, b.tensorLen())
	}
	return &chain{
		keys: []profile.Key{
			{Stage: device.Decode, Resource: cpu, Image: set.Name},
			{Stage: device.Resize, Resource: cpu, Image: set.Name},
		},
		job: func(spans *burst) error {
			i := next()
			tensor := tensors[place()]
			t := now()
			img, err := worker.Decode(set.Files[i])
			if err != nil {
				return set.fault(i, err)
			}
			t = spans.add(0, t)
			worker.Resize(img, tensor)
			spans.add(1, t)
			return nil
		},
	}, nil
}

// infer is the chain of an inference instance: copy a batch together, infer, postprocess. Only with
// whole are copying and postprocessing kept beside inference, since their keys have no batch size.
func (b *Bench) infer(m ModelFile, i *device.Instance, batch, threads int, whole bool) *chain {
	keys := []profile.Key{
		{Stage: device.Infer, Resource: cpu, Model: m.Name, Batch: batch, Threads: threads},
		{Stage: device.Copy, Resource: cpu, Model: m.Name},
		{Stage: device.Post, Resource: cpu, Model: m.Name},
	}
	copyPart, postPart := 1, 2
	if !whole {
		keys, copyPart, postPart = keys[:1], skip, skip
	}
	next := shuffled(len(b.tensors), 3)
	return &chain{keys: keys, job: func(spans *burst) error {
		for place := range batch {
			tensor := b.tensors[next()]
			t := now()
			i.Copy(place, tensor)
			spans.add(copyPart, t)
		}
		t := now()
		if err := i.Infer(batch); err != nil {
			return err
		}
		spans.add(0, t)
		for place := range batch {
			t := now()
			i.Post(place)
			spans.add(postPart, t)
		}
		return nil
	}}
}

// decoders, resizers and inferrers are crews of n neighbours that do one stage only.
func (b *Bench) decoders(set *ImageSet, n int) (*crew, error) {
	c := &crew{stage: device.Decode}
	for w := range n {
		worker, err := b.newPreprocessor()
		if err != nil {
			return nil, err
		}
		next := shuffled(len(set.Files), uint64(100+w))
		c.jobs = append(c.jobs, func() error {
			i := next()
			_, err := worker.Decode(set.Files[i])
			return set.fault(i, err)
		})
	}
	return c, nil
}

func (b *Bench) resizers(set *ImageSet, n int) (*crew, error) {
	c := &crew{stage: device.Resize}
	for w := range n {
		worker, err := b.newPreprocessor()
		if err != nil {
			return nil, err
		}
		img, err := worker.Decode(set.Files[w%len(set.Files)])
		if err != nil {
			return nil, set.fault(w%len(set.Files), err)
		}
		own := &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}
		tensor := make([]float32, b.tensorLen())
		c.jobs = append(c.jobs, func() error { worker.Resize(own, tensor); return nil })
	}
	return c, nil
}

func (b *Bench) inferrers(m ModelFile, batch, n int) (*crew, error) {
	c := &crew{stage: device.Infer}
	for w := range n {
		i, err := b.newInstance(m, 1, batch)
		if err != nil {
			return nil, err
		}
		for place := range batch {
			i.Copy(place, b.tensors[(w+place)%len(b.tensors)])
		}
		c.jobs = append(c.jobs, func() error { return i.Infer(batch) })
	}
	return c, nil
}

// fault says which file of the set was to blame; nil for no error.
func (set *ImageSet) fault(i int, err error) error {
	switch {
	case err == nil:
		return nil
	case i < len(set.Paths):
		return fmt.Errorf("image %s: %w", set.Paths[i], err)
	}
	return fmt.Errorf("image %d of %q: %w", i, set.Name, err)
}

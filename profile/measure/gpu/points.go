package gpu

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// transfer is a chain that moves n bytes in one direction through a lane of its own.
func (t *target) transfer(direction string, n int, pageable bool, keys []profile.Key) (*measure.Chain, error) {
	l, err := t.newLane(nil)
	if err != nil {
		return nil, err
	}
	device, err := t.alloc(n)
	if err != nil {
		return nil, err
	}
	host := make([]byte, n)
	if !pageable {
		if host, err = t.allocPinned(n); err != nil {
			return nil, err
		}
	}
	call := func() error { return l.stream.ToDevice(device.Pointer, host) }
	if direction == gpu.D2H {
		call = func() error { return l.stream.ToHost(host, device.Pointer) }
	}
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error { return l.timed(b, direction, 0, len(keys), call) })}, nil
}

func (t *target) alloc(n int) (*cuda.Buffer, error) {
	buffer, err := t.cfg.Device.Context.Alloc(n)
	if err == nil {
		t.keep(buffer.Free)
	}
	return buffer, err
}

func (t *target) allocPinned(n int) ([]byte, error) {
	p, err := t.cfg.Device.Context.AllocPinned(n)
	if err != nil {
		return nil, err
	}
	t.keep(p.Free)
	return p.Bytes, nil
}

var directions = []string{gpu.H2D, gpu.D2H}

// addTransfers moves each size both ways; and, under the keys by batch, a batch's tensors of the first
// model there and its logits back.
func (t *target) addTransfers(ctx context.Context) error {
	type moved struct {
		n        int
		pageable bool
		key      profile.Key
	}
	for _, direction := range directions {
		var all []moved
		for _, n := range t.cfg.Sizes {
			all = append(all, moved{n, false, profile.Key{SizeBytes: n}})
			if t.cfg.Pageable {
				all = append(all, moved{n, true, profile.Key{SizeBytes: n, Memory: profile.Pageable}})
			}
		}
		for _, batch := range t.cfg.Batches {
			n := batch * t.tensor.SizeBytes()
			if direction == gpu.D2H {
				n = max(1, t.outputs(batch))
			}
			all = append(all, moved{n, false, profile.Key{Batch: batch}})
		}
		for _, m := range all {
			if err := ctx.Err(); err != nil {
				return err
			}
			m.key.Stage, m.key.Resource = direction, link
			c, err := t.transfer(direction, m.n, m.pageable, stageKeys(m.key))
			name := strings.TrimSpace(fmt.Sprintf("%s %d bytes %s", direction, m.n, m.key.Memory))
			if err != nil {
				t.leave(name, err)
				continue
			}
			t.add(&measure.Point{Name: name, Chain: c})
		}
	}
	return nil
}

// preprocessor makes a worker in a lane of its own, and room for its tensors.
func (t *target) preprocessor(batch int) (*lane, *gpu.Preprocessor, cuda.Pointer, error) {
	l, err := t.newLane(nil)
	if err != nil {
		return nil, nil, 0, err
	}
	worker, err := l.device.NewPreprocessor(t.tensor, t.normalise, batch, l.stream)
	if err != nil {
		return nil, nil, 0, err
	}
	t.keep(func() error { worker.Close(); return nil })
	out, err := t.alloc(batch * t.tensor.SizeBytes())
	if err != nil {
		return nil, nil, 0, err
	}
	return l, worker, out.Pointer, nil
}

// warm decodes a batch of a set's largest picture: a larger one than a place of the batch has had would take memory in the
// middle of a sample.
func warm(l *lane, worker *gpu.Preprocessor, set *input.Images, batch int) error {
	file, err := worker.Largest(set.Files)
	if err != nil {
		return err
	}
	if err := worker.Decode(slices.Repeat([][]byte{file}, batch)); err != nil {
		return err
	}
	return l.stream.Synchronize()
}

// batches gives batches of a set's files, in random order.
func batches(set *input.Images, batch int, seed uint64) func() [][]byte {
	next := input.Shuffled(len(set.Files), seed)
	files := make([][]byte, batch)
	return func() [][]byte {
		for i := range files {
			files[i] = set.Files[next()]
		}
		return files
	}
}

// preprocessOnGPU is the chain of decoding a batch and making its tensors, with keep spans of each.
func (t *target) preprocessOnGPU(set *input.Images, batch, keep int, keys []profile.Key) (*measure.Chain, error) {
	l, worker, out, err := t.preprocessor(batch)
	if err != nil {
		return nil, err
	}
	if err := warm(l, worker, set, batch); err != nil {
		return nil, err
	}
	next := batches(set, batch, 1)
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
		files := next()
		if err := l.timed(b, gpu.Decode, 0, keep, func() error { return worker.Decode(files) }); err != nil {
			return fmt.Errorf("images %q: %w", set.Name, err)
		}
		return l.timed(b, gpu.Resize, 1, keep, func() error { return worker.Resize(out) })
	})}, nil
}

// addDecoding decodes and resizes each image set, one by one (keys without a batch, as simulated
// requests want them) and in batches. What fails is left out.
func (t *target) addDecoding(ctx context.Context) error {
	if err := t.cfg.Device.Preprocesses(); err != nil {
		t.leave("decode and resize", err)
		return nil
	}
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		for _, batch := range slices.Sorted(slices.Values(t.cfg.Decoding[set.Name])) {
			if err := ctx.Err(); err != nil {
				return err
			}
			key := profile.Key{Resource: onGPU, Image: set.Name, Batch: batch}
			if batch == 1 {
				key.Batch = 0
			}
			decode, resize := key, key
			decode.Stage, resize.Stage = gpu.Decode, gpu.Resize
			name := fmt.Sprintf("decode and resize %s, batch %d", set.Name, batch)
			c, err := t.preprocessOnGPU(set, batch, spans, slices.Concat(stageKeys(decode), stageKeys(resize)))
			if err == nil {
				err = c.Job(nil)
			}
			if err != nil {
				t.leave(name, err)
				break // larger batches need more
			}
			t.add(&measure.Point{Name: name, Chain: c, Doubts: t.doubts[set.Name]})
		}
	}
	return nil
}

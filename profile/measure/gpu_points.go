package measure

import (
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
)

// transfer is a chain that moves n bytes in one direction through a lane of its own.
func (b *Bench) transfer(direction string, n int, pageable bool, keys []profile.Key) (*chain, error) {
	l, err := b.newLane(nil)
	if err != nil {
		return nil, err
	}
	device, err := b.alloc(n)
	if err != nil {
		return nil, err
	}
	host := make([]byte, n)
	if !pageable {
		if host, err = b.allocPinned(n); err != nil {
			return nil, err
		}
	}
	call := func() error { return l.stream.ToDevice(device.Pointer, host) }
	if direction == gpu.D2H {
		call = func() error { return l.stream.ToHost(host, device.Pointer) }
	}
	return &chain{keys: keys, job: l.bound(func(b *burst) error { return l.timed(b, direction, 0, len(keys), call) })}, nil
}

func (b *Bench) alloc(n int) (*cuda.Buffer, error) {
	buffer, err := b.gpu.cfg.Device.Context.Alloc(n)
	if err == nil {
		b.gpu.keep(buffer.Free)
	}
	return buffer, err
}

func (b *Bench) allocPinned(n int) ([]byte, error) {
	p, err := b.gpu.cfg.Device.Context.AllocPinned(n)
	if err != nil {
		return nil, err
	}
	b.gpu.keep(p.Free)
	return p.Bytes, nil
}

var directions = []string{gpu.H2D, gpu.D2H}

// addTransfers moves each size both ways; and, under the keys by batch, a batch's tensors of the first
// model there and its logits back.
func (b *Bench) addTransfers() error {
	type moved struct {
		n        int
		pageable bool
		key      profile.Key
	}
	for _, direction := range directions {
		var all []moved
		for _, n := range b.gpu.cfg.Sizes {
			all = append(all, moved{n, false, profile.Key{SizeBytes: n}})
			if b.gpu.cfg.Pageable {
				all = append(all, moved{n, true, profile.Key{SizeBytes: n, Memory: profile.Pageable}})
			}
		}
		for _, batch := range b.gpu.cfg.Batches {
			n := batch * b.gpu.tensor.SizeBytes()
			if direction == gpu.D2H {
				n = batch * 4 * b.gpu.classes
			}
			all = append(all, moved{n, false, profile.Key{Batch: batch}})
		}
		for _, m := range all {
			m.key.Stage, m.key.Resource = direction, link
			c, err := b.transfer(direction, m.n, m.pageable, stageKeys(m.key))
			if err != nil {
				return fmt.Errorf("%s of %d bytes: %w", direction, m.n, err)
			}
			b.add(&point{name: fmt.Sprintf("%s %d bytes %s", direction, m.n, m.key.Memory), chain: c})
		}
	}
	return nil
}

// preprocessor makes a worker in a lane of its own, and room for its tensors.
func (b *Bench) preprocessor(batch int) (*lane, *gpu.Preprocessor, cuda.Pointer, error) {
	l, err := b.newLane(nil)
	if err != nil {
		return nil, nil, 0, err
	}
	worker, err := l.device.NewPreprocessor(b.gpu.tensor, batch, l.stream)
	if err != nil {
		return nil, nil, 0, err
	}
	b.gpu.keep(func() error { worker.Close(); return nil })
	out, err := b.alloc(batch * b.gpu.tensor.SizeBytes())
	if err != nil {
		return nil, nil, 0, err
	}
	return l, worker, out.Pointer, nil
}

// batches gives batches of a set's files, in random order.
func batches(set *ImageSet, batch int, seed uint64) func() [][]byte {
	next := shuffled(len(set.Files), seed)
	files := make([][]byte, batch)
	return func() [][]byte {
		for i := range files {
			files[i] = set.Files[next()]
		}
		return files
	}
}

// preprocessOnGPU is the chain of decoding a batch and making its tensors, with keep spans of each.
func (b *Bench) preprocessOnGPU(set *ImageSet, batch, keep int, keys []profile.Key) (*chain, error) {
	l, worker, out, err := b.preprocessor(batch)
	if err != nil {
		return nil, err
	}
	next := batches(set, batch, 1)
	return &chain{keys: keys, job: l.bound(func(b *burst) error {
		files := next()
		if err := l.timed(b, gpu.Decode, 0, keep, func() error { return worker.Decode(files) }); err != nil {
			return fmt.Errorf("images %q: %w", set.Name, err)
		}
		return l.timed(b, gpu.Resize, 1, keep, func() error { return worker.Resize(out) })
	})}, nil
}

// addDecoding decodes and resizes each image set, one by one (keys without a batch, as simulated
// requests want them) and in batches.
func (b *Bench) addDecoding() error {
	for s := range b.gpu.cfg.Images {
		set := &b.gpu.cfg.Images[s]
		if err := b.notePicture(set); err != nil {
			return err
		}
		for _, batch := range b.gpu.cfg.Decoding {
			key := profile.Key{Resource: onGPU, Image: set.Name, Batch: batch}
			if batch == 1 {
				key.Batch = 0
			}
			decode, resize := key, key
			decode.Stage, resize.Stage = gpu.Decode, gpu.Resize
			c, err := b.preprocessOnGPU(set, batch, spans, slices.Concat(stageKeys(decode), stageKeys(resize)))
			if err != nil {
				return err
			}
			b.add(&point{name: fmt.Sprintf("decode and resize %s, batch %d", set.Name, batch), chain: c})
		}
	}
	return nil
}

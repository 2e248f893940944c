package gpu

import (
	"context"
	"fmt"
	"slices"

	"vsim/profile"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// preprocessor is a worker in a lane of its own, with room for its tensors.
type preprocessor struct {
	*gpu.Preprocessor
	lane *lane
	way  gpu.Decoder
	out  cuda.Pointer
}

// preprocessor makes a worker that decodes in some way, and warms it up with batches of the largest pictures of a set: a
// larger one than a place of the batch has had would take memory in the middle of a sample.
func (t *target) preprocessor(way gpu.Decoder, set *input.Images, batch int) (*preprocessor, error) {
	l, err := t.newLane(nil)
	if err != nil {
		return nil, err
	}
	worker, err := l.device.NewPreprocessorBy(way, t.tensor, t.normalise, batch, l.stream)
	if err != nil {
		return nil, err
	}
	t.keep(func() error { worker.Close(); return nil })
	out, err := t.alloc(batch * t.tensor.SizeBytes())
	if err != nil {
		return nil, err
	}
	largest, err := worker.LargestOfEach(set.Files)
	if err != nil {
		return nil, err
	}
	for _, file := range largest {
		if err := worker.Decode(slices.Repeat([][]byte{file}, batch)); err != nil {
			return nil, err
		}
		if err := l.stream.Synchronize(); err != nil {
			return nil, err
		}
	}
	return &preprocessor{worker, l, way, out.Pointer}, nil
}

// decode decodes a batch and keeps as many of the GPU's spans as keep says, as those of the chain's first stage. In two
// phases they are those of the second: the first is done before, and kept as part number huffman.
func (p *preprocessor) decode(b *measure.Burst, files [][]byte, keep, huffman int) error {
	if p.way != gpu.TwoPhases {
		return p.lane.timed(b, gpu.Decode, 0, keep, func() error { return p.Decode(files) })
	}
	at := measure.Now()
	if err := p.Host(files); err != nil {
		return err
	}
	b.Add(huffman, at)
	return p.lane.timed(b, gpu.Decode, 0, keep, p.Device)
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

// addDecoding decodes and resizes each image set, one by one (keys without a batch, as simulated requests want them) and in
// batches, in the way that the GPU's workers do; and, where that is on JPEG engines, decodes it in two phases too. What fails
// is left out.
func (t *target) addDecoding(ctx context.Context) error {
	if err := t.cfg.Device.Preprocesses(); err != nil {
		t.leave("decode and resize", err)
		return nil
	}
	for s := range t.cfg.Images {
		set := &t.cfg.Images[s]
		if err := t.inBatches(ctx, set, "decode and resize", set.Name, t.decodeAndResize); err != nil {
			return err
		}
		if !t.phasedBeside() {
			continue
		}
		if err := t.checkPhases(set); err != nil {
			t.leave("decode "+set.Name+" in two phases", err)
			continue
		}
		if err := t.inBatches(ctx, set, "decode in two phases", set.Name+profile.PhasedSuffix, t.decodePhased); err != nil {
			return err
		}
	}
	return nil
}

// phasedBeside tells whether decoding in two phases is measured beside another way.
func (t *target) phasedBeside() bool {
	return t.cfg.Device.Decoder == gpu.Engines && t.cfg.Device.TwoPhases() == nil
}

// inBatches adds a chain for each batch size of a set; doubts are those of the figures under that name.
func (t *target) inBatches(ctx context.Context, set *input.Images, what, doubts string, chain func(*input.Images, int, profile.Key) (*measure.Chain, error)) error {
	for _, batch := range slices.Sorted(slices.Values(t.cfg.Decoding[set.Name])) {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := profile.Key{Resource: onGPU, Image: set.Name, Batch: batch}
		if batch == 1 {
			key.Batch = 0
		}
		name := fmt.Sprintf("%s %s, batch %d", what, set.Name, batch)
		c, err := chain(set, batch, key)
		if err == nil {
			err = c.Job(nil)
		}
		if err != nil {
			t.leave(name, err)
			return nil // larger batches need more
		}
		t.add(&measure.Point{Name: name, Chain: c, Doubts: t.doubts[doubts]})
	}
	return nil
}

// staged is a key under the name of a stage.
func staged(k profile.Key, stage string) profile.Key {
	k.Stage = stage
	return k
}

// hostPhase is the key of the CPU's part of decoding in two phases: of all pictures of a batch, one after the other.
func hostPhase(k profile.Key, stage string) profile.Key {
	k.Stage, k.Resource = stage, onCPU
	return k
}

// decodeAndResize is the chain of decoding a batch and making its tensors, with all spans of each.
func (t *target) decodeAndResize(set *input.Images, batch int, key profile.Key) (*measure.Chain, error) {
	way := t.cfg.Device.Decoder
	p, err := t.preprocessor(way, set, batch)
	if err != nil {
		return nil, err
	}
	keys := slices.Concat(stageKeys(staged(key, gpu.Decode)), stageKeys(staged(key, gpu.Resize)))
	huffman := len(keys)
	if way == gpu.TwoPhases {
		keys = append(keys, hostPhase(key, profile.HuffmanStage))
	}
	next := batches(set, batch, 1)
	return &measure.Chain{Keys: keys, Job: p.lane.bound(func(b *measure.Burst) error {
		if err := p.decode(b, next(), spans, huffman); err != nil {
			return fmt.Errorf("images %q: %w", set.Name, err)
		}
		return p.lane.timed(b, gpu.Resize, 1, spans, func() error { return p.Resize(p.out) })
	})}, nil
}

// decodePhased is the chain of decoding a batch in two phases on a GPU whose workers do it otherwise.
func (t *target) decodePhased(set *input.Images, batch int, key profile.Key) (*measure.Chain, error) {
	p, err := t.preprocessor(gpu.TwoPhases, set, batch)
	if err != nil {
		return nil, err
	}
	keys := append(stageKeys(staged(key, gpu.Decode+profile.PhasedSuffix)), hostPhase(key, profile.HuffmanStage+profile.PhasedSuffix))
	next := batches(set, batch, 1)
	return &measure.Chain{Keys: keys, Job: p.lane.bound(func(b *measure.Burst) error {
		if err := p.decode(b, next(), spans, len(keys)-1); err != nil {
			return fmt.Errorf("images %q: %w", set.Name, err)
		}
		return nil
	})}, nil
}

package gpu

import (
	"context"
	"fmt"
	"strings"

	"vsim/profile"
	"vsim/profile/device/cuda"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
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

package gpu

import (
	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/gpu"
	"vsim/profile/device/tensor"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// ringBytes is the least size of a ring of tensors: more than a core's own cache, so that a tensor is as cold as one that
// a preprocessing worker wrote on another core.
const ringBytes = 4 << 20

// addHost adds what a server's instance does on the CPU with each picture of a batch, of the largest size that was tried of
// those up to the one of contention: copying a tensor to pinned memory, and making an answer of the logits.
func (t *target) addHost(m input.Model, i *gpu.Instance, l *lane, batch int) error {
	made, err := hostTensor(&t.cfg.Images[0], i.Model())
	if err != nil {
		return err
	}
	t.add(&measure.Point{Name: "copy and post " + m.Name, Chain: hostWork(m, i, l, batch, ring(made)), Doubts: t.doubts[m.Name]})
	return nil
}

// ring gives copies of a tensor: memory that was never written to would be one page of zeroes.
func ring(of tensor.Tensor) (out []tensor.Tensor) {
	size := len(of.Bytes())
	for range (ringBytes + size - 1) / size {
		t := tensor.Make(of.Element(), of.Len())
		copy(t.Bytes(), of.Bytes())
		out = append(out, t)
	}
	return out
}

// hostWork is the chain of a batch whose tensors a CPU has made, as the live server's instance has it; of it the times of
// one picture's copy and of one picture's answer are kept. What is between is there for the caches: the logits have just
// come over the link.
func hostWork(m input.Model, i *gpu.Instance, l *lane, batch int, tensors []tensor.Tensor) *measure.Chain {
	keys := []profile.Key{
		{Stage: device.Copy, Resource: onCPU, Model: m.Name},
		{Stage: device.Post, Resource: onCPU, Model: m.Name},
	}
	next := input.Shuffled(len(tensors), 3)
	return &measure.Chain{Keys: keys, Job: l.bound(func(b *measure.Burst) error {
		for place := range batch {
			made := tensors[next()]
			at := measure.Now()
			i.Copy(place, made)
			b.Add(0, at)
		}
		for _, step := range []func(int) error{i.Upload, i.Infer, i.Download, func(int) error { return i.Wait() }} {
			if err := step(batch); err != nil {
				return err
			}
		}
		for place := range batch {
			at := measure.Now()
			i.Post(place)
			b.Add(1, at)
		}
		return nil
	})}
}

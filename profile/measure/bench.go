package measure

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"vsim/profile/device"
	"vsim/profile/measure/machine"
)

// Bench holds every point open and warm, to be measured a slice at a time. Between slices nothing of it
// runs. It belongs to one goroutine.
type Bench struct {
	cfg           Config
	load1         float64 // before measuring
	width, height int     // of the models' input
	tensors       [][]float32
	points        []*point
	closers       []func()
	began         time.Time
	interrupted   bool
	gpu           *gpuBench // nil where the CPU is measured
}

// Open loads the models, decodes every picture once and calls every stage, so that whatever is wrong
// with a file is said, with its name, before anything is measured.
func Open(cfg Config) (*Bench, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Bench{cfg: cfg, load1: machine.Load1(), began: time.Now()}
	for _, step := range []func() error{b.readSizes, b.fillTensors, b.addPreprocessing, b.addInference, b.addContention, b.addHandoff, b.warm} {
		if err := step(); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

// Close frees the models and the workers.
func (b *Bench) Close() {
	for _, c := range b.closers {
		c()
	}
	b.closers = nil
}

// Slice measures for about d: again and again the unfinished point that got the least time so far is
// visited for a burst, so that a drift of the machine hurts all points alike. It returns at once when
// every point is finished. An interrupted visit is dropped, all others are kept.
func (b *Bench) Slice(ctx context.Context, d time.Duration) error {
	for end := time.Now().Add(d); time.Now().Before(end); {
		if finished, err := b.step(ctx); finished || err != nil {
			return err
		}
	}
	return nil
}

// step makes the next visit.
func (b *Bench) step(ctx context.Context) (finished bool, err error) {
	p := b.next()
	if p == nil {
		return true, nil
	}
	err = b.visit(ctx, p)
	b.interrupted = b.interrupted || ctx.Err() != nil
	return false, err
}

func (b *Bench) next() *point {
	var next *point
	for _, p := range b.points {
		if !p.fixed && (next == nil || p.spent < next.spent) {
			next = p
		}
	}
	return next
}

// visit measures one burst of a point. A contention point is measured alone right before, for a slow-down
// from the same moment.
func (b *Bench) visit(ctx context.Context, p *point) (err error) {
	// A processor of Go's scheduler for each busy goroutine and more, as the live server has them: who
	// runs when is for the kernel to decide.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(b.cfg.Workers + 2))
	began := now()
	watch := machine.StartWatch()
	judgeGPU, err := b.gpu.watch()
	if err != nil {
		return err
	}
	var v visit
	if v.alone, err = p.chain.run(ctx, b.cfg.Burst); err != nil {
		return err
	}
	if p.crew != nil {
		err = p.crew.during(p.k, func() (err error) {
			v.beside, err = p.chain.run(ctx, b.cfg.Burst)
			return err
		})
		if err != nil {
			return err
		}
	}
	v.judge(watch)
	if err := judgeGPU(&v); err != nil {
		return err
	}
	p.spent += now() - began
	p.visits = append(p.visits, v)
	p.assess(b.cfg.Precision, b.cfg.PointBudget)
	return nil
}

// readSizes learns the input size of the models. Resizing has one size in a profile.
func (b *Bench) readSizes() error {
	b.width, b.height = 224, 224
	for n, m := range b.cfg.Models {
		i, err := device.NewInstance(m.Path, 1, 1)
		if err != nil {
			return err
		}
		w, h := i.Size()
		i.Close()
		if n > 0 && (w != b.width || h != b.height) {
			return fmt.Errorf("model %s reads %dx%d pixels but %s %dx%d: a profile has one size; profile them one by one",
				m.Path, w, h, b.cfg.Models[0].Name, b.width, b.height)
		}
		b.width, b.height = w, h
	}
	return nil
}

func (b *Bench) tensorLen() int { return 3 * b.width * b.height }

// fillTensors decodes and resizes every picture once, and keeps enough tensors for inference to read.
func (b *Bench) fillTensors() error {
	n := max(1, (ringBytes+4*b.tensorLen()-1)/(4*b.tensorLen()))
	for range n {
		b.tensors = append(b.tensors, make([]float32, b.tensorLen()))
	}
	filled := 0
	for s := range b.cfg.Images {
		set := &b.cfg.Images[s]
		worker, err := b.newPreprocessor()
		if err != nil {
			return err
		}
		if len(set.Files) == 0 {
			return fmt.Errorf("image set %q is empty", set.Name)
		}
		for i, file := range set.Files {
			img, err := worker.Decode(file)
			if err != nil {
				return set.fault(i, err)
			}
			worker.Resize(img, b.tensors[filled%n])
			filled++
		}
	}
	for i := filled; i < n && filled > 0; i++ {
		copy(b.tensors[i], b.tensors[i%filled])
	}
	return nil
}

// warm calls every stage of every point once.
func (b *Bench) warm() error {
	for _, p := range b.points {
		if err := p.chain.job(nil); err != nil {
			return err
		}
		if p.crew != nil {
			if err := p.crew.during(p.k, func() error { return nil }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bench) newPreprocessor() (*device.Preprocessor, error) {
	p, err := b.cfg.Libraries.NewPreprocessor(b.width, b.height)
	if err == nil {
		b.closers = append(b.closers, p.Close)
	}
	return p, err
}

func (b *Bench) newInstance(m ModelFile, threads, maxBatch int) (*device.Instance, error) {
	i, err := device.NewInstance(m.Path, threads, maxBatch)
	if err == nil {
		b.closers = append(b.closers, i.Close)
	}
	return i, err
}

package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile/device/gpu"
	measuregpu "vsim/profile/measure/gpu"
)

// runs is how often each batch is run for a figure.
const runs = 8

// switchTime ends the switching between sizes, after one of each at least: some networks take seconds for a plan.
const switchTime = 2 * time.Second

// instance loads a model.
func (b *bench) instance(ctx context.Context, name string, o gpu.Options) (i *gpu.Instance, took time.Duration, err error) {
	models, err := measuregpu.FindModels(ctx, []string{name}, b.cacheDir)
	if err != nil {
		return nil, 0, err
	}
	o.TF32 = measuregpu.Options(name, 1).TF32
	began := time.Now()
	i, err = b.device.NewInstance(models[0].Path, o)
	return i, time.Since(began), err
}

// run times one batch, launch and wait included.
func run(i *gpu.Instance, batch int) (time.Duration, error) {
	began := time.Now()
	if err := i.Infer(batch); err != nil {
		return 0, err
	}
	err := i.Wait()
	return time.Since(began), err
}

// steady is the median of runs of one batch after the first, which may plan.
func steady(i *gpu.Instance, batch int) (first, median time.Duration, err error) {
	if first, err = run(i, batch); err != nil {
		return 0, 0, err
	}
	spans, err := repeat(runs, func(int) (time.Duration, error) { return run(i, batch) })
	return first, middle(spans), err
}

func repeat(n int, f func(k int) (time.Duration, error)) (out []time.Duration, err error) {
	for k := range n {
		d, err := f(k)
		if err != nil {
			return out, err
		}
		out = append(out, d)
	}
	return out, nil
}

// middle is the median of spans, 0 of none.
func middle(spans []time.Duration) time.Duration {
	if len(spans) == 0 {
		return 0
	}
	var x []float64
	for _, d := range spans {
		x = append(x, float64(d))
	}
	slices.Sort(x)
	return time.Duration(stat.Quantile(0.5, stat.Empirical, x, nil))
}

// planSwitches runs 1, 1, ... 8, 8, ... and then 1, 8, 1, 8, ... in one session: what the second takes longer is the price
// of a change of the batch size. A model that fails does not stop the others.
func planSwitches(ctx context.Context, b *bench, a *Answer) error {
	var errs []error
	for _, name := range b.models {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := planSwitch(ctx, b, name, a); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func planSwitch(ctx context.Context, b *bench, name string, a *Answer) error {
	small, large := 1, 8
	i, _, err := b.instance(ctx, name, gpu.Options{MaxBatch: large})
	if err != nil {
		return err
	}
	defer i.Close()
	alone := map[int]time.Duration{}
	for _, batch := range []int{small, large} {
		if _, alone[batch], err = steady(i, batch); err != nil {
			return err
		}
	}
	switching := map[int][]time.Duration{}
	began := time.Now()
	for k := range 2 * runs {
		batch := []int{small, large}[k%2]
		if k >= 2 && time.Since(began) > b.switchTime {
			break
		}
		d, err := run(i, batch)
		if err != nil {
			return err
		}
		switching[batch] = append(switching[batch], d)
	}
	for _, batch := range []int{small, large} {
		a.span(alone[batch], "%s batch %d, again and again", name, batch)
		a.span(middle(switching[batch])-alone[batch], "%s batch %d, more after the other size", name, batch)
	}
	return nil
}

// setUp times what a server's start takes: loading a model for each batch size, and each session's first run.
func setUp(ctx context.Context, b *bench, a *Answer) error {
	sizes := []int{1, 2, 4, 8, 16, 32}
	for _, name := range b.models[:1] {
		i, took, err := b.instance(ctx, name, gpu.Options{MaxBatch: 32, Sizes: sizes})
		if err != nil {
			return err
		}
		defer i.Close()
		a.span(took/time.Duration(len(sizes)), "%s, loading a session", name)
		for _, batch := range sizes {
			first, median, err := steady(i, batch)
			if err != nil {
				return err
			}
			a.span(first-median, "%s batch %d, more on the first run", name, batch)
		}
	}
	return nil
}

// captures captures CUDA graphs, alone and while another thread takes and frees memory, as another instance would.
func captures(ctx context.Context, b *bench, a *Answer) error {
	alone, err := capture(ctx, b)
	if err != nil {
		return fmt.Errorf("alone: %w", err)
	}
	a.span(alone, "first run with a graph")
	stop, ended := make(chan struct{}), make(chan error)
	taken := 0
	go func() {
		ended <- b.allocate(stop, &taken)
	}()
	_, err = capture(ctx, b)
	close(stop)
	other := <-ended
	a.figure(float64(taken), "times", "memory taken and freed meanwhile")
	a.outcome("the capture", err)
	a.outcome("the other thread", other)
	return nil
}

// outcome notes how something went beside something else: either is an answer.
func (a *Answer) outcome(who string, err error) {
	if err != nil {
		a.note("beside each other, %s failed: %v", who, err)
		return
	}
	a.note("beside each other, %s went well", who)
}

// capture makes an instance with graphs for a few sizes and runs each, which captures.
func capture(ctx context.Context, b *bench) (took time.Duration, err error) {
	i, _, err := b.instance(ctx, b.models[0], gpu.Options{MaxBatch: 8, Sizes: []int{1, 2, 4, 8}, Graph: true})
	if err != nil {
		return 0, err
	}
	defer i.Close()
	spans, err := repeat(4, func(k int) (time.Duration, error) { return run(i, 1<<k) })
	return middle(spans), err
}

// allocate takes and frees memory of the GPU until stop.
func (b *bench) allocate(stop <-chan struct{}, times *int) error {
	release, err := b.device.Bind()
	if err != nil {
		return err
	}
	defer release()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		buffer, err := b.device.Context.Alloc(1 << 20)
		if err != nil {
			return err
		}
		if err := buffer.Free(); err != nil {
			<-stop
			return errors.Join(err, buffer.Free())
		}
		*times++
	}
}

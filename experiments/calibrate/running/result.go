package running

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/experiments/oip/wire"
)

// Calibration is what was measured of a server.
type Calibration struct {
	Server    string // name and version
	Model     string
	Began     time.Time
	Requests  int
	Steps     []Step    // models that execute, in the order of an ensemble's steps
	Transport Transport // between the client and the model
	Rests     []Rest    // by the pause
	Busy      []Busy    // by the number of instances
	Slowdown  float64   // of an inference beside another, what sharing the processors costs left out; 1 where it is not known
	Warnings  []string  `json:",omitempty"`
	local     bool
	cores     int
	configs   map[string]*wire.ModelConfig
	maxBatch  int
}

// Step is what an execution of a model takes.
type Step struct {
	Model  string
	WakeNs float64 // from the moment at which an idle instance may have a batch until it begins with it
	GapNs  float64 // between two batches of an instance that is never idle, of the largest batch
	Sizes  []Size
}

// Size is what executions of one batch size take alone, means in nanoseconds. InferNs is that of an instance that was not idle before.
type Size struct {
	Batch     int
	N         int // executions
	InputNs   float64
	InferNs   float64
	OutputNs  float64
	CV        float64     // of the whole
	SamplesNs [][]float64 `json:"-"` // by burst: times of single inferences, as the round trips tell them
}

// Transport is the round trip less the server's own time of a request: FixedNs + images x PerImageNs.
type Transport struct {
	FixedNs    float64
	PerImageNs float64
	CPUNs      float64 // processor time of client and server for a request of one image, besides its execution; 0 where it is not known
}

// Rest is how much longer an inference takes whose instance has been idle.
type Rest struct {
	IdleNs, ExtraNs float64
	BaseNs          float64
	N               int
}

// Busy is what was seen with all instances busy with the largest static batches.
type Busy struct {
	Instances  int
	Clients    int
	Images     int
	InferNs    float64
	CycleNs    float64 // of one instance
	GapNs      float64 // part of the cycle that is no part of the execution
	ImagesPerS float64
}

// Result is what all rounds so far have shown.
func (c *Calibrator) Result() (*Calibration, error) {
	if len(c.bursts) == 0 {
		return nil, errors.New("nothing is measured yet")
	}
	m := c.model
	r := &Calibration{Server: m.server.Name + " " + m.server.Version, Model: m.name, Began: c.began, Slowdown: 1,
		local: c.options.Local, cores: c.options.Cores, configs: m.configs, maxBatch: m.maxBatch()}
	for _, b := range c.bursts {
		r.Requests += len(b.LatencyNs)
	}
	bursts, doubtful := quiet(c.bursts)
	if doubtful > 0 {
		r.warn("other processes disturbed every measurement of %d kinds of load; calibrate again on a quiet machine", doubtful)
	}
	r.rests(bursts)
	for _, model := range m.steps {
		r.Steps = append(r.Steps, r.step(model, bursts))
	}
	r.transport(bursts)
	r.busy(bursts)
	if err := r.takeApart(c.apart); err != nil {
		return nil, err
	}
	return r, r.share()
}

// alone says that a burst is static batches of one client without pauses.
func (b *burst) alone() bool { return b.Clients == 1 && b.Pause == 0 }

// bottleneck is the model that executes longest for an image.
func (b *burst) bottleneck(models []string) string {
	return slices.MaxFunc(models, func(x, y string) int { return int(b.Counted[x].executeNs() - b.Counted[y].executeNs()) })
}

// executeNs is the time of all executions.
func (c *modelCount) executeNs() (sum float64) {
	for _, p := range c.Batches {
		sum += p.InputNs + p.InferNs + p.OutputNs
	}
	return sum
}

// idleNs is how long an instance of a model was idle between two of its executions, on average.
func (b *burst) idleNs(model string) float64 {
	c := b.Counted[model]
	return max((b.intervalNs()*float64(len(b.LatencyNs))*float64(b.Instances)-c.executeNs())/float64(c.Executions), 0)
}

// inferNs is the mean inference of batches of a size, 0 without any.
func (c *modelCount) inferNs(size int) float64 {
	if p := c.Batches[size]; p != nil {
		return p.InferNs / float64(p.N)
	}
	return 0
}

// rests works out what pauses cost, of single images: by pause and number of instances. The shortest pause is the base.
func (r *Calibration) rests(bursts []*burst) {
	type key struct {
		pause     time.Duration
		instances int
	}
	by := map[key][]*burst{}
	for _, b := range bursts {
		if b.Clients == 1 && b.Images == 1 {
			k := key{b.Pause, b.Instances}
			by[k] = append(by[k], b)
		}
	}
	for _, group := range by {
		var x Rest
		for _, b := range group {
			c := b.Counted[b.bottleneck(executing(b))]
			n := float64(c.Executions)
			x.IdleNs += b.idleNs(b.bottleneck(executing(b))) * n
			x.ExtraNs += c.inferNs(1) * n
			x.N += int(n)
		}
		x.IdleNs, x.ExtraNs = x.IdleNs/float64(x.N), x.ExtraNs/float64(x.N)
		r.Rests = append(r.Rests, x)
	}
	slices.SortFunc(r.Rests, func(a, b Rest) int { return int(a.IdleNs - b.IdleNs) })
	r.Rests = merged(r.Rests)
	base := r.Rests[0].ExtraNs
	for i := range r.Rests {
		r.Rests[i].ExtraNs -= base
		r.Rests[i].BaseNs = base
	}
}

// merged puts pauses together that hardly differ: by less than a tenth, or 0.1 ms.
func merged(rests []Rest) (out []Rest) {
	for _, x := range rests {
		if last := len(out) - 1; last >= 0 && x.IdleNs < out[last].IdleNs*1.1+1e5 {
			a, n := &out[last], float64(out[last].N+x.N)
			a.IdleNs += (x.IdleNs - a.IdleNs) * float64(x.N) / n
			a.ExtraNs += (x.ExtraNs - a.ExtraNs) * float64(x.N) / n
			a.N += x.N
			continue
		}
		out = append(out, x)
	}
	return out
}

// executing are the models of a burst that executed anything.
func executing(b *burst) (out []string) {
	for model, c := range b.Counted {
		if len(c.Batches) > 0 {
			out = append(out, model)
		}
	}
	slices.Sort(out)
	return out
}

// extraNs is what a pause costs.
func (r *Calibration) extraNs(idle float64) float64 {
	last := Rest{}
	for _, x := range r.Rests {
		if idle <= x.IdleNs && x.IdleNs > last.IdleNs {
			return last.ExtraNs + (x.ExtraNs-last.ExtraNs)*(idle-last.IdleNs)/(x.IdleNs-last.IdleNs)
		}
		last = x
	}
	return last.ExtraNs
}

// step works out the times of a model from the bursts of one client.
func (r *Calibration) step(model string, bursts []*burst) Step {
	s := Step{Model: model}
	by := map[int]*Size{}
	for _, b := range bursts {
		if !b.alone() {
			continue
		}
		c := b.Counted[model]
		extra := 0.0
		if model == b.bottleneck(executing(b)) {
			extra = r.extraNs(b.idleNs(model))
		}
		for size, p := range c.Batches {
			at := by[size]
			if at == nil {
				at = &Size{Batch: size}
				by[size] = at
			}
			input, infer, output := p.meanNs()
			infer -= extra
			n := float64(at.N)
			k := float64(p.N)
			at.N += int(p.N)
			at.InputNs += (input - at.InputNs) * k / (n + k)
			at.InferNs += (infer - at.InferNs) * k / (n + k)
			at.OutputNs += (output - at.OutputNs) * k / (n + k)
			if len(c.Batches) == 1 {
				at.SamplesNs = append(at.SamplesNs, spreadOf(b, infer))
			}
		}
	}
	for _, size := range by {
		var all []float64
		for _, burst := range size.SamplesNs {
			all = append(all, burst...)
		}
		if len(all) > 1 {
			size.CV = stat.StdDev(all, nil) / stat.Mean(all, nil)
		}
		s.Sizes = append(s.Sizes, *size)
	}
	slices.SortFunc(s.Sizes, func(a, b Size) int { return a.Batch - b.Batch })
	s.WakeNs = r.wakeNs(model, bursts)
	s.GapNs = s.WakeNs
	return s
}

// spreadOf gives times of single inferences with a mean: the round trips' deviations from theirs.
func spreadOf(b *burst, meanNs float64) (out []float64) {
	mean := stat.Mean(b.LatencyNs, nil)
	for _, ns := range b.LatencyNs {
		out = append(out, max(meanNs+ns-mean, meanNs/4))
	}
	return out
}

// wakeNs is the wait of a request that finds an instance idle, without the delay for a fuller batch.
func (r *Calibration) wakeNs(model string, bursts []*burst) float64 {
	delay := float64(r.configs[model].GetDynamicBatching().GetMaxQueueDelayMicroseconds()) * 1e3
	wake := math.Inf(1)
	for _, b := range bursts {
		if c := b.Counted[model]; b.alone() && c.Requests > 0 {
			queue := c.Queue / float64(c.Requests)
			if queue >= delay {
				queue -= delay
			}
			wake = min(wake, queue)
		}
	}
	if math.IsInf(wake, 1) {
		return 0
	}
	return wake
}

// transport fits the round trip less the server's own time to the images of a request, by least squares.
func (r *Calibration) transport(bursts []*burst) {
	var images, ns, weights []float64
	for _, b := range bursts {
		if !b.alone() {
			continue
		}
		own := 0.0
		if c := b.Counted[r.Model]; c != nil {
			own = c.Total / float64(c.Requests)
		}
		images, ns, weights = append(images, float64(b.Images)), append(ns, stat.Mean(b.LatencyNs, nil)-own), append(weights, float64(len(b.LatencyNs)))
		if b.Images == 1 && b.ServerCPU > 0 && r.local {
			execute := 0.0
			for _, model := range executing(b) {
				execute += b.Counted[model].executeNs()
			}
			r.Transport.CPUNs = (float64(b.ServerCPU+b.ClientCPU) - execute) / float64(len(b.LatencyNs))
		}
	}
	r.Transport.fit(images, ns, weights)
}

// fit is the line through the times by the number of images, none of whose parts is below 0.
func (t *Transport) fit(images, ns, weights []float64) {
	t.FixedNs, t.PerImageNs = stat.LinearRegression(images, ns, weights, false)
	switch {
	case !(t.PerImageNs >= 0):
		t.FixedNs, t.PerImageNs = max(stat.Mean(ns, weights), 0), 0
	case t.FixedNs < 0:
		_, slope := stat.LinearRegression(images, ns, weights, true)
		t.FixedNs, t.PerImageNs = 0, max(slope, 0)
	}
}

// busy works out what is seen with all instances busy.
func (r *Calibration) busy(bursts []*burst) {
	by := map[int][]*burst{}
	for _, b := range bursts {
		if b.Clients > 1 {
			by[b.Instances] = append(by[b.Instances], b)
		}
	}
	for _, group := range by {
		x := Busy{Instances: group[0].Instances, Clients: group[0].Clients, Images: group[0].Images}
		for _, b := range group {
			c := b.Counted[b.bottleneck(executing(b))]
			n := float64(c.Executions)
			cycle := b.intervalNs() * float64(b.Instances) * float64(len(b.LatencyNs)) / n
			x.CycleNs += cycle / float64(len(group))
			x.GapNs += (cycle - c.executeNs()/n) / float64(len(group))
			x.InferNs += c.inferNs(x.Images) / float64(len(group))
			x.ImagesPerS += float64(b.Images) / b.intervalNs() * 1e9 / float64(len(group))
		}
		r.Busy = append(r.Busy, x)
	}
	slices.SortFunc(r.Busy, func(a, b Busy) int { return a.Instances - b.Instances })
	if len(r.Busy) > 0 && len(r.Steps) == 1 {
		first := r.Busy[0]
		r.Steps[0].GapNs = max(first.GapNs, r.Steps[0].WakeNs)
	}
}

func (r *Calibration) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

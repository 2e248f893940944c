package profile

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// AfterIdle says how much longer a job takes whose worker has been idle for a while: it has to be woken, perhaps on a core that
// sleeps, and finds the caches full of other data. Services are of workers that have no pause and do the same again. An idle time of 0 is
// that of a worker that has no pause and does its jobs in turn, as decoding, resizing and inference of one frame after the other.
type AfterIdle struct {
	Key
	AfterModel  string     `toml:"after_model,omitempty" name:"yes"`                   // model that the same worker has run in between; "": none but the job's own
	BesideModel string     `toml:"beside_model,omitempty" name:"yes"`                  // model that another worker ran all the time meanwhile; "": nobody worked
	BesideStage string     `toml:"beside_stage,omitempty" stage:"yes"`                 // stage that another worker was at when the job began; without a pause: for which it was woken right before, or meanwhile; "": nobody worked
	BesideIdle  float64    `toml:"beside_idle,omitempty" min:"0" max:"1"`              // part of the time for which that one had been idle lately (package recency); 0 where it makes no difference
	AfterBatch  int        `toml:"after_batch,omitempty" min:"0" max:"1e6"`            // size of the batch of the same model that the worker has inferred right before; 0: of the job's own
	IdleNs      float64    `toml:"idle_ns" needed:"yes" min:"0" max:"0x1p54"`          // mean time for which the worker had been idle; 0 in turn
	ExtraNs     float64    `toml:"extra_ns" needed:"yes" min:"-0x1p54" max:"0x1p54"`   // mean time on top of the service's, for the whole job; below 0 where chance says so
	ExtraCI95Ns [2]float64 `toml:"extra_ci95_ns,omitempty" min:"-0x1p54" max:"0x1p54"` // Student interval over the visits' differences
	ExtraSDNs   float64    `toml:"extra_sd_ns,omitempty" min:"0" max:"0x1p54"`         // standard deviation of that, from job to job; 0 where jobs vary no more than without a pause
	NextExtraNs float64    `toml:"next_extra_ns,omitempty" min:"-0x1p54" max:"0x1p54"` // the same of the job right after that, without a pause; 0 where that was not measured
	BaseNs      float64    `toml:"base_ns" needed:"yes" above:"0" max:"0x1p54"`        // mean time without a pause, in the same visits
	N           int        `toml:"n" needed:"yes" min:"1" max:"1e12"`                  // jobs after a pause
	Warnings    []string   `toml:"warnings,omitempty"`
}

// mostExtraNs bounds what a pause may cost, as the tags of a profile bound all times: 208 days.
const mostExtraNs = 1 << 54

// check says what is wrong with a figure as read from a file.
func (a *AfterIdle) check(c *checker) {
	for _, extra := range []struct {
		key string
		ns  float64
	}{{"extra_ns", a.ExtraNs}, {"next_extra_ns", a.NextExtraNs}} {
		if extra.ns <= -a.BaseNs {
			c.fault(extra.key, extra.ns, "must be above -base_ns = %v: nothing takes less than no time", -a.BaseNs)
		}
	}
	c.interval("extra_ci95_ns", a.ExtraCI95Ns)
}

type afterIdleKey struct {
	Key
	after, beside, stage string
	afterBatch           int
	idle                 float64
}

func (a *AfterIdle) key() afterIdleKey {
	return afterIdleKey{a.Key, a.AfterModel, a.BesideModel, a.BesideStage, a.AfterBatch, a.IdleNs}
}

// plain says that nobody worked in the pause.
func (a *AfterIdle) plain() bool {
	return a.AfterModel == "" && a.BesideModel == "" && a.BesideStage == "" && a.AfterBatch == 0
}

// Label names the figure for people: "decode medium after 20 ms".
func (a *AfterIdle) Label() string {
	switch {
	case a.AfterModel != "":
		return fmt.Sprintf("%s in turn with %s, after %.3g ms", a.Key.Label(), a.AfterModel, a.IdleNs*1e-6)
	case a.AfterBatch > 0:
		return fmt.Sprintf("%s right after batch %d", a.Key.Label(), a.AfterBatch)
	case a.BesideStage != "" && a.IdleNs == 0:
		return fmt.Sprintf("%s while %s is woken", a.Key.Label(), a.BesideStage)
	case a.BesideStage != "":
		return fmt.Sprintf("%s after %.3g ms beside %s", a.Key.Label(), a.IdleNs*1e-6, a.BesideStage)
	case a.BesideModel != "":
		return fmt.Sprintf("%s after %.3g ms beside %s", a.Key.Label(), a.IdleNs*1e-6, a.BesideModel)
	case a.IdleNs == 0:
		return a.Key.Label() + " in turn"
	}
	return fmt.Sprintf("%s after %.3g ms", a.Key.Label(), a.IdleNs*1e-6)
}

// Rest is how much longer a job takes after its worker was idle for so long, in the mean, and the standard deviation of that; ns. BesideIdle is of what OnWake gives.
type Rest struct{ IdleNs, ExtraNs, SDNs, BesideIdle float64 }

// AfterIdle looks up how much longer jobs take after their worker has been idle, by the time that it was, which rises strictly; none
// where nothing is known. after is the model that the same worker runs in between, "" for none: what was measured so comes before what was
// not. Pauses in which another worker ran a model are AfterIdleBeside's. Where several were measured after the same pause, it is their mean.
//
// Batches of all sizes take longer by the same time as those that were measured, and so do models and pictures of sets that were not: what
// has to be woken and fetched into caches again does not grow with the work. After 85 ms MobileNetV2 of 6.5 ms took 4.1 ms longer,
// DeiT-tiny of 28 ms 2.4, ResNet-50 of 57 ms 3.1; after 29 ms decoding took 0.4 ms longer for a picture of 1.3 ms and 0.2 for one of
// 0.07, after 31 to 51 ms -6.4 to 0.5 for one of 88 (Intel Xeon, 2 cores, 2026-11-28). Of several that were measured it is the one whose time is nearest to meanNs,
// the time without a pause.
func (p *Profile) AfterIdle(k Key, meanNs float64, after string) (out []Rest) {
	k.Batch, k.Threads = 0, 0
	all := p.restsOf(func(a *AfterIdle, key Key) bool { return key == k && a.plain() })
	if between := p.restsOf(func(a *AfterIdle, key Key) bool {
		return key == k && a.AfterModel == after && a.BesideModel == "" && a.AfterBatch == 0
	}); after != "" && len(between) > 0 {
		longest := between[len(between)-1].IdleNs
		all = append(between, slices.DeleteFunc(all, func(a *AfterIdle) bool { return a.IdleNs <= longest })...)
	}
	if all == nil {
		all = p.nearestRests(k, meanNs)
	}
	return meanRests(all)
}

// OnWake looks up how much longer jobs take because threads are woken beside others at a stage: after pauses at whose end another is at it, and without a pause, where
// another is woken for it right before or meanwhile; none where nothing is known. Where it was not measured of this picture or model, it is that whose time is nearest to meanNs.
//
// Kernels often wake a thread on the core of the one that wakes it. Where that goes on, one of the two waits until a tick of the kernel, though another core is
// idle. With a worker and an instance of MobileNetV2 on two cores, under Poisson traffic at 30 % of load, a tenth of the requests that came while the instance inferred were taken
// up more than 0.5 ms late, up to 5, and decoding took 0.5 ms longer in the mean where the worker had just woken the instance; both together waited 0.4 to 0.5 ms a request for a
// core, by the kernel's schedstat (AMD EPYC, Linux 6.18 in a VM, 2026-11-29).
func (p *Profile) OnWake(k Key, meanNs float64, stage string) []Rest {
	k.Batch, k.Threads = 0, 0
	all := p.restsOf(func(a *AfterIdle, key Key) bool { return key == k && a.BesideStage == stage })
	if all == nil {
		all = nearest(meanNs, p.restsOf(func(a *AfterIdle, key Key) bool {
			return key.Stage == k.Stage && key.Resource == k.Resource && a.BesideStage == stage
		}))
	}
	return meanRests(all)
}

// AfterIdleHalf looks up after how much work without a pause, ns, half is left of what a pause costs; 0 where nothing is known, or the first
// job pays for all of it.
//
// After t of work, that is E/(1+t/half) in place of the E of the first job: after 25 ms, ten MobileNetV2 of 5.5 ms in a row took 1.68, 0.81, 0.55,
// 0.40, 0.32, 0.26, 0.20, 0.17, 0.14 and 0.14 ms longer, after 80 ms 2.24, 1.01, 0.64, 0.50, 0.34, 0.29, 0.17, after 10 ms 0.62, 0.35, 0.22, 0.16, 0.16, 0.11; batches of 4 of
// 24 ms, after 25 ms, 1.6 and 0.3, DeiT-tiny of 25 ms 1.3 and 0.2 (Intel Xeon, 2 cores, 2026-11-29). What is measured is the job after the first.
func (p *Profile) AfterIdleHalf(k Key, meanNs float64) float64 {
	k.Batch, k.Threads = 0, 0
	all := p.restsOf(func(a *AfterIdle, key Key) bool { return key == k && a.plain() })
	if all == nil {
		all = p.nearestRests(k, meanNs)
	}
	var first, next, times float64 // of all jobs
	for _, a := range all {
		if n := float64(a.N); a.NextExtraNs != 0 {
			first, next, times = first+n*a.ExtraNs, next+n*a.NextExtraNs, times+n*a.ExtraNs*(a.BaseNs+a.ExtraNs)
		}
	}
	if first <= 0 || next <= 0 {
		return 0
	}
	left := min(next/first, mostLeft)
	return times / first * left / (1 - left)
}

// mostLeft is the most of what a pause costs that is taken to be left for the second job, whatever chance says.
const mostLeft = 0.9

// AfterChange looks up how much longer a batch takes right after one of another size, ns, by batches that were measured, ascending; none where nothing
// is known. (Probably ONNX Runtime then works in other memory, which no cache has.) MobileNetV2 of 5.9 ms took 0.8 ms longer after a batch of 2 and 1.1
// after one of 4, and the next in a row 0.4; batches of 2 of 12.1 ms 0.5 to 0.9 after one, of 4 of 25 ms 0.3 (Intel Xeon, 2 cores, 2026-11-29).
func (p *Profile) AfterChange(k Key) (batches []int, extraNs []float64) {
	k.Batch, k.Threads = 0, 0
	all := p.restsOf(func(a *AfterIdle, key Key) bool { return key == k && a.AfterBatch > 0 && a.AfterModel == "" })
	slices.SortStableFunc(all, func(a, b *AfterIdle) int { return cmp.Compare(a.Batch, b.Batch) })
	for _, a := range all {
		if n := len(batches); n == 0 || batches[n-1] < a.Batch {
			batches, extraNs = append(batches, a.Batch), append(extraNs, max(a.ExtraNs, 0))
		}
	}
	return batches, extraNs
}

// nearestRests are those of a stage whose picture or model was not measured: of the one whose time is nearest.
func (p *Profile) nearestRests(k Key, meanNs float64) []*AfterIdle {
	return nearest(meanNs, p.restsOf(func(a *AfterIdle, key Key) bool {
		return key.Stage == k.Stage && key.Resource == k.Resource && a.plain()
	}))
}

// nearest are the figures of the picture or model whose time without a pause is the nearest, as a ratio.
func nearest(meanNs float64, all []*AfterIdle) []*AfterIdle {
	if len(all) == 0 {
		return nil
	}
	distance := func(a *AfterIdle) float64 { return math.Abs(math.Log(a.BaseNs / meanNs)) }
	at := slices.MinFunc(all, func(a, b *AfterIdle) int { return cmp.Compare(distance(a), distance(b)) })
	image, model := at.Key.Image, at.Key.Model
	return slices.DeleteFunc(all, func(a *AfterIdle) bool { return a.Key.Image != image || a.Key.Model != model })
}

// AfterIdleBeside is AfterIdle for pauses in which another worker ran a model all the time; without one it is AfterIdle's, as it is up to
// that. None where no such pause was measured of this very stage.
func (p *Profile) AfterIdleBeside(k Key, meanNs float64, after string) []Rest {
	k.Batch, k.Threads = 0, 0
	beside := p.restsOf(func(a *AfterIdle, key Key) bool { return key == k && a.BesideModel != "" })
	if len(beside) == 0 {
		return nil
	}
	inTurn := slices.DeleteFunc(p.AfterIdle(k, meanNs, after), func(r Rest) bool { return r.IdleNs > 0 })
	return append(inTurn, meanRests(beside)...)
}

// AfterIdleOver looks up how much longer a stage of a broker takes, on a resource, after client and broker had nothing to do: the time by
// the clock, "broker", or that of a side's CPU. Requests of all sizes take longer by the same time as those that were measured: what has to
// be woken and fetched into caches again is client and broker. See AfterIdle.
func (p *Profile) AfterIdleOver(broker, stage, resource string) []Rest {
	all := p.restsOf(func(_ *AfterIdle, key Key) bool {
		return key.Broker == broker && key.Stage == stage && key.Resource == resource
	})
	return meanRests(all)
}

// meanRests takes the mean of those after the same pause.
func meanRests(all []*AfterIdle) (out []Rest) {
	jobs := 0.0
	for _, a := range all {
		if n := len(out); n == 0 || out[n-1].IdleNs < a.IdleNs {
			out, jobs = append(out, Rest{IdleNs: a.IdleNs}), 0
		}
		at := &out[len(out)-1]
		jobs += float64(a.N)
		part := float64(a.N) / jobs
		at.ExtraNs += (min(max(a.ExtraNs, -mostExtraNs), mostExtraNs) - at.ExtraNs) * part
		at.SDNs += (min(max(a.ExtraSDNs, 0), mostExtraNs) - at.SDNs) * part
		at.BesideIdle += (a.BesideIdle - at.BesideIdle) * part
	}
	return out
}

// restsOf lists some figures, by their keys without batches and threads, by the idle time.
func (p *Profile) restsOf(of func(*AfterIdle, Key) bool) (out []*AfterIdle) {
	for i := range p.AfterIdles {
		a := &p.AfterIdles[i]
		key := a.Key
		key.Batch, key.Threads = 0, 0
		if of(a, key) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b *AfterIdle) int { return cmp.Compare(a.IdleNs, b.IdleNs) })
	return out
}

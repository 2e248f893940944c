package explain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/engine"
	"vsim/sim/predict"
	"vsim/sim/report"
	"vsim/sim/scenario"
)

// Why p99 is so high with a delay.
const (
	NoDelay       Cause = "no delay"        // no stage waits for fuller batches
	FewClients    Cause = "too few clients" // for a batch to be ever full
	NeverFull     Cause = "never full"      // as too little arrives within the delay
	FullOnes      Cause = "waits to fill"   // batches do fill, which takes a while
	Helps         Cause = "delay helps"     // without it p99 is higher
	ForWorkers    Cause = "wait for workers"
	ForOthers     Cause = "others on the resources"
	ServiceItself Cause = "service itself"
	NoSteadyState Cause = "overloaded"
)

const (
	delayQuestion = "Why is p99 so high with this delay?"
	felt          = 0.1 // of the mean latency, or of p99: what a delay must take to be the cause
	fullEnough    = 0.9 // of the size at which a batch goes: batches fill
)

// whySlow looks at the stage with the longest wait for fuller batches, and takes the delay away.
func (l *lab) whySlow(ctx context.Context) (*Answer, error) {
	a := &Answer{Question: delayQuestion, Numbers: Numbers{}}
	if l.now.Verdict == predict.Overloaded {
		a.Cause, a.Text = NoSteadyState, "More arrives than can be served: latency grows without bound, whatever the delay."
		return a, nil
	}
	i := l.delayed()
	if i < 0 {
		a.Cause = NoDelay
		_, why := l.elsewhere(a.Numbers)
		a.Text = "No stage waits for fuller batches. " + why
		return a, nil
	}
	st := &l.built.Topology.Stages[i]
	hurried, err := l.predict(ctx, variant{set: []scenario.Override{{Key: st.DelayKey, Value: time.Duration(0)}}})
	if err != nil {
		return nil, err
	}
	w := &wait{lab: l, stage: i, hurried: hurried, rule: &l.built.System.Pools[st.Pools[0]].Batch}
	w.answer(a)
	return a, nil
}

// delayed is the stage whose requests wait longest for a fuller batch; where none wait, that with the longest delay; -1
// where there is no delay.
func (l *lab) delayed() int {
	best, longest, delay := -1, -1.0, time.Duration(0)
	for i := range l.built.Topology.Stages {
		d := l.built.System.Pools[l.built.Topology.Stages[i].Pools[0]].Batch.Delay
		fill := l.now.Stages[i].Queue.FillS.Value
		if d > 0 && (fill > longest || fill == longest && d > delay) {
			best, longest, delay = i, fill, d
		}
	}
	return best
}

// wait is what waiting for fuller batches at a stage does.
type wait struct {
	*lab
	stage   int
	hurried *sim.Prediction // without the delay
	rule    *engine.Batch
}

// size is the number of images at which a batch goes before its delay is over.
func (w *wait) size() int {
	if len(w.rule.Preferred) > 0 {
		return slices.Min(w.rule.Preferred)
	}
	return max(w.rule.Max, 1)
}

// items is the mean number of images of a request.
func (w *wait) items() float64 {
	if w.now.ItemsPerS == nil || !(w.now.ThroughputRPS.Value > 0) {
		return 1
	}
	return w.now.ItemsPerS.Value / w.now.ThroughputRPS.Value
}

func (w *wait) answer(a *Answer) {
	st := &w.now.Stages[w.stage]
	fill, mean := st.Queue.FillS.Value, w.now.LatencyS.Mean.Value
	p99, without := w.now.LatencyS.P99.Value, w.hurried.LatencyS.P99.Value
	visits := max(st.Visits.Value, 1)
	atOnce := float64(w.clients()) * visits * w.items()
	during := w.now.ThroughputRPS.Value * st.Visits.Value * w.items() / float64(len(w.built.Topology.Stages[w.stage].Pools)) * w.rule.Delay.Seconds()
	a.Numbers = Numbers{"delay_s": w.rule.Delay.Seconds(), "fill_s": fill, "mean_batch": st.MeanBatch.Value, "full_batch": float64(w.size()),
		"mean_s": mean, "p99_s": p99, "mean_s_without_delay": w.hurried.LatencyS.Mean.Value, "p99_s_without_delay": without, "arrivals_in_delay": during}
	told := w.without()
	matters := fill > felt*mean || p99 > (1+felt)*without
	helps := w.hurried.Verdict == predict.Overloaded || without > (1+felt)*p99
	switch {
	case !matters && helps:
		a.Cause, a.Text = Helps, fmt.Sprintf("The delay is not why. %s Batches of %s let the workers keep up.", told, batches(st))
	case !matters:
		cause, why := w.elsewhere(a.Numbers)
		a.Cause, a.Text = cause, fmt.Sprintf("The delay is not why: a request waits for a fuller batch for %s of %s. %s %s", zero(fill), report.Span(mean), told, why)
	case !w.open() && atOnce < float64(w.size()):
		a.Cause = FewClients
		a.Text = fmt.Sprintf("A batch goes at %d image%s, or after %v. %d client%s that wait%s for %s can never have more than %.3g at %s, so that every batch waits for the whole delay: %s of the mean latency of %s. %s",
			w.size(), study.Plural(w.size()), w.rule.Delay, w.clients(), study.Plural(w.clients()), singular(w.clients()), answers(w.clients()), atOnce, st.Name, report.Span(fill), report.Span(mean), told)
	case st.MeanBatch.Value < fullEnough*float64(w.size()):
		a.Cause = NeverFull
		a.Text = fmt.Sprintf("Batches do not fill at this load: they go at %d image%s, but within the delay of %v only %.2g more come, so that they go with %s as the delay ends. A request waits for that for %s of the mean latency of %s. %s",
			w.size(), study.Plural(w.size()), w.rule.Delay, during, batches(st), report.Span(fill), report.Span(mean), told)
	default:
		a.Cause = FullOnes
		a.Text = fmt.Sprintf("Batches fill, to %s of %d, and a request waits for that for %s of the mean latency of %s. %s", batches(st), w.size(), report.Span(fill), report.Span(mean), told)
	}
}

// without says what it would be like without the delay.
func (w *wait) without() string {
	key := w.built.Topology.Stages[w.stage].DelayKey
	if w.hurried.Verdict == predict.Overloaded {
		return fmt.Sprintf("Without it (%s = 0) batches are so small that it cannot keep up.", key)
	}
	from, to := w.at(w.now), w.at(w.hurried)
	p99 := study.Paired(from, to, study.P99, study.Ratio)
	rate := study.Paired(from, to, study.Throughput, study.Ratio)
	return fmt.Sprintf("Without it (%s = 0) p99 is %s instead of %s (%s), the mean %s instead of %s, throughput %s.", key,
		report.Span(w.hurried.LatencyS.P99.Value), report.Span(w.now.LatencyS.P99.Value), relative(p99),
		report.Span(w.hurried.LatencyS.Mean.Value), report.Span(w.now.LatencyS.Mean.Value), relative(rate))
}

func batches(st *predict.Stage) string { return fmt.Sprintf("%.3g on average", st.MeanBatch.Value) }

// singular ends the verb of a subject.
func singular(n int) string {
	if n == 1 {
		return "s"
	}
	return ""
}

func answers(n int) string {
	if n == 1 {
		return "its answer"
	}
	return "their answers"
}

// elsewhere says what latency consists of where it is not the wait for fuller batches.
func (l *lab) elsewhere(numbers Numbers) (Cause, string) {
	fill, sharing := l.now.FillShare.Value, l.now.SharingShare.Value
	wait := l.now.WaitShare.Value - fill
	served := 1 - wait - fill - sharing
	numbers["wait_share"], numbers["sharing_share"], numbers["served_share"] = wait, sharing, served
	what := fmt.Sprintf("Of a request's time, %s is waiting for a worker or a resource, %s added by others on the same resources, %s being served.",
		report.Percent(wait), report.Percent(sharing), report.Percent(served))
	switch {
	case wait >= sharing && wait >= served:
		return ForWorkers, what + " It queues for " + l.now.Bottleneck + "."
	case sharing >= served:
		return ForOthers, what
	}
	return ServiceItself, what
}

// relative writes a relative change with its interval.
func relative(e sim.Estimate) string {
	if !study.Known(e) {
		return "not known"
	}
	const many = 9 // a change of so much is told by its factor
	if e.Value >= many {
		return report.Digits(1+e.Value) + " times as much"
	}
	return fmt.Sprintf("%+.1f ± %.1f %%", 100*e.Value+0, 100*e.HalfWidth())
}

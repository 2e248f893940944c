package generator

import (
	"context"
	"runtime"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/record"
	"vsim/profile/measure/machine"
)

// window is what was seen of both sides between its ends.
type window struct {
	client record.Client
	server *record.Split
	note   string
}

// watch looks at the client's processor time and the server's statistics at both ends of the window; it is over early when the
// load is.
func (g *generator) watch(ctx, beside context.Context, began time.Time, finite bool) (w window) {
	from, to := began.Add(g.WarmUp), began.Add(g.WarmUp+g.Measure)
	if finite {
		from, to = began, began.Add(1<<62)
	}
	if !wait(beside, from) {
		return w
	}
	before, err := g.stats.take(ctx)
	if err != nil {
		w.note = err.Error()
	}
	start, cpu := time.Now(), machine.OwnTime()
	wait(beside, to)
	w.client = record.Client{CPUS: (machine.OwnTime() - cpu).Seconds(), SpanS: time.Since(start).Seconds(), Cores: runtime.GOMAXPROCS(0)}
	if err != nil {
		return w
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerWithin) // an interrupt leaves time to ask
	defer cancel()
	after, err := g.stats.take(last)
	if err == nil {
		w.server, err = g.stats.split(before, after)
	}
	if err != nil {
		w.note = err.Error()
	}
	return w
}

// tell says how far a load is.
func (g *generator) tell(ctx context.Context, number int, began time.Time) {
	for at := began; wait(ctx, at); at = at.Add(250 * time.Millisecond) {
		part := min(1, time.Since(began).Seconds()/(g.WarmUp+g.Measure).Seconds())
		g.Progress((float64(number)+part)/float64(len(g.Loads)), g.Loads[number].Text)
	}
}

// wait waits for a time; false where the context ends before.
func wait(ctx context.Context, until time.Time) bool {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// keeper keeps what one load shows.
type keeper struct {
	run    *record.Run
	writer *record.Writer // nil where nothing is kept on disk
	began  time.Time
}

func (k *keeper) seen(s load.Seen) {
	q := record.Request{DueNs: int64(s.Due.Sub(k.began)), SentNs: int64(s.Sent.Sub(k.began)), CameNs: int64(s.Came.Sub(k.began)), Class: s.Class}
	switch {
	case s.Dropped != "":
		q.Outcome = record.Outcome(s.Dropped)
	case s.Err != nil:
		q.Outcome = record.Failed
	}
	k.run.Requests = append(k.run.Requests, q) // one at a time, see load.Config
	if k.writer != nil {
		k.writer.Request(q)
	}
}

// watch notes the number in flight twice a second, and at both ends of the window.
func (k *keeper) watch(ctx context.Context, meter *gauge, fromNs, toNs int64) {
	for next := k.began; ; {
		next = next.Add(gaugeEvery)
		for _, end := range []int64{fromNs, toNs} {
			if at := k.began.Add(time.Duration(end)); at.After(time.Now()) && at.Before(next) {
				next = at
			}
		}
		more := wait(ctx, next)
		reading := meter.take()
		k.run.Gauges = append(k.run.Gauges, reading)
		if k.writer != nil {
			k.writer.Gauge(reading)
		}
		if !more {
			return
		}
	}
}

// end closes a run's records.
func (k *keeper) end(writer *record.Writer, seen window, result *load.Result, inside int, err error) *record.Run {
	end := record.End{Unanswered: inside, Interrupted: err != nil, Client: seen.client, Server: seen.server, ServerNote: seen.note}
	if result != nil {
		end.Unanswered, end.FirstFailure, end.Client.SenderS = result.Unanswered, result.FirstFailure, result.SenderS
	}
	if err != nil {
		end.Unanswered = 0 // the interrupt took their answers
	}
	k.run.End = &end
	if writer != nil {
		writer.End(end)
	}
	return k.run
}

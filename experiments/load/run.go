package load

import (
	"context"
	"sync"
	"time"

	"vsim/profile/measure/machine"
	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
)

// grace is how long answers are waited for after the last request.
const grace = 10 * time.Second

// run is a load under way.
type run struct {
	*Config
	target     Target
	begin, end time.Time
	collector  collector
	sender     time.Duration // processor time of the thread that sends, within the window
}

// Run puts the load on a target and measures. A request that fails or is turned away is counted and the rest
// go on; only an impossible load or an interrupt is an error.
func Run(ctx context.Context, target Target, cfg Config) (*Result, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	r := &run{Config: &cfg, target: target, begin: time.Now()}
	r.end = r.begin.Add(cfg.WarmUp + cfg.Measure)
	r.collector = collector{open: cfg.Source.Clients == 0, observe: cfg.Observe, from: r.begin.Add(cfg.WarmUp), to: r.end}
	if cfg.finite() {
		r.end = r.begin.Add(1 << 62) // later than any traffic
		r.collector.from, r.collector.to = r.begin, r.end
	}
	energy := cfg.measure(ctx, r.collector.from, r.collector.to)
	missing := 0
	if cfg.Source.Clients > 0 {
		missing = r.closedLoop(ctx)
	} else {
		missing = r.openLoop(ctx)
	}
	used, err := energy()
	if ctxErr := ctx.Err(); ctxErr != nil {
		return nil, ctxErr
	}
	if err != nil {
		return nil, err
	}
	result := r.collector.result(cfg.finite())
	result.Unanswered, result.Energy, result.SenderS = missing, used, r.sender.Seconds()
	return result, nil
}

// closedLoop runs the clients until the end and returns how many of them still lack an answer long after it.
func (r *run) closedLoop(ctx context.Context) (missing int) {
	patience, cancel := context.WithDeadline(ctx, r.end.Add(grace))
	defer cancel()
	var clients sync.WaitGroup
	var mu sync.Mutex
	for c := range r.Source.Clients {
		clients.Go(func() {
			if r.client(patience, c) {
				mu.Lock()
				missing++
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return missing
}

// client sends its next request once it has the answer to the last and has thought, or backed off. It says
// whether it gave up on an answer.
func (r *run) client(ctx context.Context, number int) (gaveUp bool) {
	draw := newPicker(r.Config, number)
	think := random.NewStream(r.Seed, "think", number)
	answers := make(chan Seen, 1)
	for due := r.begin; due.Before(r.end); {
		if !machine.Rest(ctx, due) {
			return false
		}
		request := draw.next(-1)
		r.put(ctx, request, due, func(s Seen) { answers <- s })
		select {
		case <-ctx.Done():
			return true
		case s := <-answers:
			r.collector.got(s)
			due = s.Came.Add(r.pause(s.Reply, &think))
		}
	}
	return false
}

// put sends a request that is due; got is told of its answer, on any goroutine.
func (r *run) put(ctx context.Context, request Request, due time.Time, got func(Seen)) {
	sent := time.Now()
	r.target.Send(ctx, request, func(a Reply) {
		s := Seen{Due: due, Sent: sent, Came: time.Now(), Class: request.Class, Reply: a}
		if !a.Sent.IsZero() {
			s.Sent = a.Sent
		}
		got(s)
	})
}

// pause is how long a client waits before its next request: it thinks, or backs off when it was not served. (A
// server that fails at once would else be flooded.)
func (r *run) pause(a Reply, think *random.Stream) time.Duration {
	switch {
	case !a.served() && r.Source.Backoff > 0:
		return r.Source.Backoff
	case !a.served():
		return time.Millisecond // as in the simulator
	case r.Source.Think != nil:
		return time.Duration(r.Source.Think.Draw(think))
	}
	return 0
}

// openLoop sends requests at their scheduled times whether or not earlier ones are answered; latency
// counts from the schedule, so that a server that stalls does not hide it (no coordinated omission:
// Tene, "How NOT to measure latency"). It waits for the answers, but not for more than grace after the
// last request, and returns how many are missing.
func (r *run) openLoop(ctx context.Context) (missing int) {
	answers, over, sent := make(chan Seen, 1024), make(chan struct{}), make(chan int, 1)
	defer close(over) // lets those go that answer later
	go func() { sent <- r.send(ctx, answers, over) }()
	var late <-chan time.Time // nil until the last request is sent
	answered, total := 0, -1
	for total < 0 || answered < total {
		select {
		case s := <-answers:
			answered++
			r.collector.got(s)
		case total = <-sent:
			late = time.After(grace)
		case <-ctx.Done():
			return 0
		case <-late:
			return total - answered
		}
	}
	return 0
}

// send sends the arrivals that are due before the end, and returns their number.
func (r *run) send(ctx context.Context, answers chan<- Seen, over <-chan struct{}) (n int) {
	defer machine.Pace()() // not to wait for a thread when it is time to send
	draw, next, began := newPicker(r.Config, 0), r.arrivals(), time.Duration(-1)
	for ; ; n++ {
		at, class, ok := next()
		due := r.begin.Add(time.Duration(at))
		if !ok || !due.Before(r.end) || !machine.SleepUntil(ctx, due) {
			break
		}
		if began < 0 && !due.Before(r.collector.from) {
			began = processorTime()
		}
		r.put(ctx, draw.next(class), due, func(s Seen) {
			select {
			case answers <- s:
			case <-over:
			}
		})
	}
	if began >= 0 {
		r.sender = processorTime() - began
	}
	return n
}

// processorTime is that of the calling thread, 0 where that is not known.
func processorTime() time.Duration {
	t, _ := machine.ThreadTime() // 0 with an error
	return t
}

// arrivals starts the traffic of an open loop, as workload.Process.Next gives it.
func (cfg *Config) arrivals() func() (at event.Time, class int32, ok bool) {
	stream := func(purpose string) random.Stream { return random.NewStream(cfg.Seed, purpose, 0) }
	if cfg.Source.Arrivals != nil {
		return cfg.Source.Arrivals.Start(stream).Next
	}
	gaps, at := stream("arrival"), event.Time(0)
	return func() (event.Time, int32, bool) {
		at += event.Time(cfg.Source.Gap.Draw(&gaps))
		return at, -1, true
	}
}

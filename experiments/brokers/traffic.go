package brokers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"time"

	"vsim/profile/device/broker/local"
	"vsim/profile/device/process"
	"vsim/profile/measure/machine"
)

// A closed loop keeps as many messages on their way as keep a broker busy, and no more: what lies at the broker would be
// neither throughput nor latency.
const (
	mostOnTheirWay  = 256      // for each producer
	bytesOnTheirWay = 16 << 20 // for each producer
	leastOnTheirWay = 8
)

func (l *lane) onTheirWay() int {
	return l.Concurrency * min(mostOnTheirWay, max(leastOnTheirWay, bytesOnTheirWay/l.SizeBytes))
}

// begin starts a phase.
func (l *lane) begin(closed bool) *phase {
	p := &phase{number: l.phase.Load().number + 1}
	if closed {
		p.arrived = make(chan struct{}, l.onTheirWay())
	}
	l.phase.Store(p)
	return p
}

// usage is the processor time of client and broker up to now; the broker's is 0 where it is a user's.
type usage struct {
	at             time.Time
	client, broker int64 // ns
}

func read(s *local.Server) (u usage, err error) {
	u.at = time.Now()
	if u.client, err = process.CPUTime(os.Getpid()); err != nil || s == nil {
		return u, err
	}
	u.broker, err = s.CPUTime()
	return u, err
}

// since makes a run of what happened between two readings, in which n messages arrived.
func (u usage) since(from usage, n int64) Run {
	seconds := u.at.Sub(from.at).Seconds()
	per := max(float64(n), 1)
	return Run{
		Seconds: seconds, Messages: n, PerS: float64(n) / seconds,
		ClientNs: float64(u.client-from.client) / per, BrokerNs: float64(u.broker-from.broker) / per,
	}
}

// closed measures the throughput of messages of which so many are on their way all the time.
func (l *lane) closed(ctx context.Context, s *local.Server, warm, length time.Duration) (Run, error) {
	p := l.begin(true)
	stop := make(chan struct{})
	var sending sync.WaitGroup
	for i := range l.producers {
		sending.Go(func() { l.keepSending(p, i, stop) })
	}
	run, err := p.watch(ctx, s, warm, length)
	close(stop)
	sending.Wait()
	if err == nil {
		err = l.failure()
	}
	if err == nil && p.failed.Load() > 0 {
		err = fmt.Errorf("the broker did not take %d messages", p.failed.Load())
	}
	l.settle(ctx, p, int64(l.onTheirWay()))
	return run, err
}

func (l *lane) keepSending(p *phase, producer int, stop <-chan struct{}) {
	for range l.onTheirWay() / l.Concurrency {
		l.send(p, producer, 0)
	}
	for {
		select {
		case <-stop:
			return
		case <-p.arrived:
			l.send(p, producer, 0)
		}
	}
}

// leastMessages make a throughput or a latency: of a broker that carries fewer in its time, more time is taken.
const leastMessages = 20

// watch counts what arrives within a time. Before that, as many messages arrive as are on their way at once, and a time passes.
func (p *phase) watch(ctx context.Context, s *local.Server, warm, length time.Duration) (Run, error) {
	if err := p.await(ctx, int64(cap(p.arrived))); err != nil {
		return Run{}, err
	}
	if err := pause(ctx, warm); err != nil {
		return Run{}, err
	}
	before := p.received.Load()
	from, err := read(s)
	if err != nil {
		return Run{}, err
	}
	if err := pause(ctx, length); err != nil {
		return Run{}, err
	}
	if err := p.await(ctx, before+leastMessages); err != nil {
		return Run{}, err
	}
	to, err := read(s)
	return to.since(from, p.received.Load()-before), err
}

// await waits until n messages have arrived.
func (p *phase) await(ctx context.Context, n int64) error {
	for giveUp := time.Now().Add(hangs); p.received.Load() < n; {
		if time.Now().After(giveUp) {
			return fmt.Errorf("%d messages of %d arrived in %v", p.received.Load(), n, hangs)
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// mostLonger is how many times its length an open loop takes at most for its least messages.
const mostLonger = 10

// open sends messages at random times (Poisson), at a rate in messages/s, and measures each from the time it was due to its
// arrival.
func (l *lane) open(ctx context.Context, s *local.Server, rate float64, length time.Duration, seed uint64) (Run, error) {
	p := l.begin(false)
	length = min(max(length, time.Duration(leastMessages/rate*1e9)), mostLonger*length)
	from, err := read(s)
	if err != nil {
		return Run{}, err
	}
	began := time.Now()
	sent, err := l.sendAll(ctx, p, rate, length, seed)
	if err != nil {
		return Run{}, err
	}
	if err := pause(ctx, time.Until(began.Add(length))); err != nil {
		return Run{}, err
	}
	inTime := p.received.Load()
	to, err := read(s)
	if err != nil {
		return Run{}, err
	}
	run := to.since(from, inTime)
	l.settle(ctx, p, sent)
	if err := l.failure(); err != nil {
		return run, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	run.OfferedPerS, run.Messages, run.Lost = rate, int64(len(p.latency)), sent-int64(len(p.latency))
	run.P50Ns, run.P99Ns = percentiles(p.latency)
	return run, ctx.Err()
}

// sendAll sends the messages that are due within a time, and gives their number.
func (l *lane) sendAll(ctx context.Context, p *phase, rate float64, length time.Duration, seed uint64) (sent int64, err error) {
	defer machine.Pace()()
	random := rand.New(rand.NewPCG(seed, uint64(l.SizeBytes)))
	began := time.Now()
	for due := time.Duration(0); ; {
		due += time.Duration(random.ExpFloat64() / rate * 1e9)
		if due >= length {
			return sent, nil
		}
		if !machine.SleepUntil(ctx, began.Add(due)) {
			return sent, ctx.Err()
		}
		l.send(p, int(sent)%len(l.producers), began.Add(due).Sub(epoch))
		sent++
	}
}

// settle waits until what was sent has arrived or failed; of a closed loop, that is as many as were on their way.
func (l *lane) settle(ctx context.Context, p *phase, sent int64) {
	giveUp := time.Now().Add(hangs)
	for time.Now().Before(giveUp) && ctx.Err() == nil && l.missing(p, sent) > 0 {
		time.Sleep(2 * time.Millisecond)
	}
}

func (l *lane) missing(p *phase, sent int64) int64 {
	if p.arrived != nil {
		return sent - int64(len(p.arrived))
	}
	return sent - p.received.Load() - p.failed.Load()
}

// percentiles are the median and the 99th percentile by nearest rank, in ns.
func percentiles(latency []time.Duration) (p50, p99 float64) {
	if len(latency) == 0 {
		return 0, 0
	}
	slices.Sort(latency)
	rank := func(share float64) float64 {
		return float64(latency[min(int(share*float64(len(latency))), len(latency)-1)])
	}
	return rank(0.5), rank(0.99)
}

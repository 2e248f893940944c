package broker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
)

// fate is what became of messages: what done said, how often, and how often each arrived.
type fate struct {
	mu      sync.Mutex
	done    map[int]int
	err     map[int]error
	arrived map[int]int
}

func (f *fate) send(p broker.Producer, number int, wait *sync.WaitGroup) {
	wait.Add(1)
	p.Send(message(number, 2000), func(err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.done[number]++
		f.err[number] = err
		wait.Done()
	})
}

func (f *fate) consume(ctx context.Context, t *testing.T, c broker.Consumer) {
	for {
		m, err := c.Fetch(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			t.Errorf("Fetch: %v", err)
			return
		}
		c.Ack(ctx, m)
		f.mu.Lock()
		for _, m := range m {
			f.arrived[number(m)]++
		}
		f.mu.Unlock()
	}
}

func (f *fate) waitFor(t *testing.T, number int) {
	t.Helper()
	for range 3000 {
		f.mu.Lock()
		n := f.arrived[number]
		f.mu.Unlock()
		if n > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("message %d did not arrive", number)
}

// The broker is killed amid messages and restarted: nothing hangs, done is called once for each, the consumer goes on, and
// with kafka-all every message arrives once.
func TestKilledAndRestarted(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		topic := open(t, s, broker.Config{Broker: b})
		p, err := topic.NewProducer()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		f := &fate{done: map[int]int{}, err: map[int]error{}, arrived: map[int]int{}}
		ctx, stop := context.WithCancel(t.Context())
		var consuming, sent sync.WaitGroup
		consuming.Go(func() { f.consume(ctx, t, consumers(t, topic, 1)[0]) })

		n := 0
		sendSome := func(count int) {
			for range count {
				f.send(p, n, &sent)
				n++
				time.Sleep(time.Millisecond)
			}
		}
		sendSome(100)
		s.Kill()
		killedAt := n
		sendSome(50)
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		sent.Wait()
		last := settled(t, f, p, &n)
		f.waitFor(t, last)
		stop()
		consuming.Wait()
		check(t, b, f, n, killedAt)
	})
}

// settled sends until a message is acknowledged, and gives its number.
func settled(t *testing.T, f *fate, p broker.Producer, n *int) int {
	t.Helper()
	for range 3000 {
		var wait sync.WaitGroup
		f.send(p, *n, &wait)
		wait.Wait()
		*n++
		if f.err[*n-1] == nil {
			return *n - 1
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no message is acknowledged after the restart: %v", f.err[*n-1])
	return 0
}

func check(t *testing.T, b string, f *fate, n, killedAt int) {
	t.Helper()
	for i := range n {
		if f.done[i] != 1 {
			t.Errorf("message %d: done was called %d times", i, f.done[i])
		}
		if f.arrived[i] > 1 && b != profile.KafkaOne { // without idempotence what is sent again may be there twice
			t.Errorf("message %d arrived %d times", i, f.arrived[i])
		}
		if b == profile.KafkaAll && (f.err[i] != nil || f.arrived[i] != 1) {
			t.Errorf("message %d arrived %d times, its error is %v", i, f.arrived[i], f.err[i])
		}
	}
	if kindOf(b) == local.Redis && f.err[killedAt+10] == nil {
		t.Error("a message sent while Redis was gone has no error")
	}
}

func TestAppendOnlyKeepsMessages(t *testing.T) {
	s := localtest.Start(t, local.Options{Kind: local.Redis, AppendOnly: true})
	for _, b := range []string{profile.RedisList, profile.RedisStream} {
		topic := open(t, s, broker.Config{Broker: b})
		send(t, topic, message(7, 1000))
		// Redis writes its file before it answers, and a killed process's writes are with the kernel.
		if err := s.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, consumers(t, topic, 1)[0], 1); number(got[0]) != 7 {
			t.Errorf("%s: got message %d", b, number(got[0]))
		}
	}
}

func TestClosedProducerSaysSo(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		topic := open(t, s, broker.Config{Broker: b, Linger: time.Minute})
		p, err := topic.NewProducer()
		if err != nil {
			t.Fatal(err)
		}
		errs := make(chan error, 2)
		p.Send(message(1, 100), func(err error) { errs <- err })
		p.Close()
		p.Send(message(2, 100), func(err error) { errs <- err })
		for range 2 {
			if err := <-errs; !errors.Is(err, broker.ErrClosed) {
				t.Errorf("done got %v, want ErrClosed", err)
			}
		}
	})
}

// A batch that is not full waits for its linger; Flush does not.
func TestFlushSendsWhatLingers(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		topic := open(t, s, broker.Config{Broker: b, Linger: time.Minute})
		p, err := topic.NewProducer()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		acknowledged := make(chan error, 1)
		p.Send(message(1, 100), func(err error) { acknowledged <- err })
		select {
		case err := <-acknowledged:
			t.Fatalf("the message did not linger: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		if err := p.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if err := <-acknowledged; err != nil {
			t.Error(err)
		}
	})
}

func TestFetchEndsWithItsContext(t *testing.T) {
	onEach(t, func(t *testing.T, s *local.Server, b string) {
		c := consumers(t, open(t, s, broker.Config{Broker: b}), 1)[0]
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if m, err := c.Fetch(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Fetch gave %d messages and %v", len(m), err)
		}
	})
}

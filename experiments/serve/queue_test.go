package serve

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
	"vsim/sim/engine/queueing"
)

// happening is a batch that began, or requests that were turned away at one moment for one reason.
type happening struct {
	at   event.Time
	what string
	ids  []int32
}

// inOrder sorts what happened at one moment, which workers tell in any order.
func inOrder(list []happening) []happening {
	slices.SortFunc(list, func(a, b happening) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.what, b.what), slices.Compare(a.ids, b.ids))
	})
	return list
}

// play is arrivals, a rule and how long an instance works on a batch.
type play struct {
	rule     batcher.Config
	arrivals []arrival
	service  []time.Duration // by batch size - 1
}

type arrival struct {
	at    time.Duration
	level int
}

// randomPlay makes a play with any mix of features. Times are random to the nanosecond, so that no two things
// happen at the same moment by chance and the order of a moment does not matter.
func randomPlay(seed uint64) play {
	rng := rand.New(rand.NewPCG(seed, 11))
	span := func(most time.Duration) time.Duration { return 1 + time.Duration(rng.Int64N(int64(most))) }
	p := play{rule: batcher.Config{Max: 1 + rng.IntN(8), Instances: 1 + rng.IntN(3), Prefetch: rng.IntN(3) == 0}}
	if rng.IntN(4) > 0 {
		p.rule.Delay = span(20 * time.Millisecond)
	}
	if rng.IntN(2) == 0 {
		for size := 1; size <= p.rule.Max; size++ {
			if rng.IntN(2) == 0 {
				p.rule.Preferred = append(p.rule.Preferred, size)
			}
		}
	}
	for range rng.IntN(4) {
		q := batcher.Queue{Defer: rng.IntN(2) == 0, Limit: rng.IntN(2) * (1 + rng.IntN(20))}
		if rng.IntN(2) == 0 {
			q.Timeout = span(40 * time.Millisecond)
		}
		p.rule.Queues = append(p.rule.Queues, q)
	}
	for range p.rule.Max {
		p.service = append(p.service, span(25*time.Millisecond))
	}
	at := time.Duration(0)
	for range 150 {
		if at += span(6 * time.Millisecond); rng.IntN(40) == 0 {
			at += span(1200 * time.Millisecond) // the batcher polls meanwhile
		}
		p.arrivals = append(p.arrivals, arrival{at, rng.IntN(max(len(p.rule.Queues), 1))})
	}
	return p
}

// end is when everybody has been served or turned away.
func (p *play) end() time.Duration { return p.arrivals[len(p.arrivals)-1].at + 10*time.Second }

// simulated plays it on the discipline itself.
func (p *play) simulated(t *testing.T) (told []happening) {
	d, err := queueing.New(p.rule)
	if err != nil {
		t.Fatal(err)
	}
	var busy []event.Time // when instances will be done
	now, came := event.Time(0), 0
	for {
		next, done := event.Never, event.Never
		if came < len(p.arrivals) {
			next = event.Time(p.arrivals[came].at)
		}
		if len(busy) > 0 {
			done = slices.Min(busy)
		}
		now = min(next, done, d.Due())
		if now > event.Time(p.end()) {
			return inOrder(told)
		}
		switch now {
		case done:
			busy = slices.Delete(busy, slices.Index(busy, done), slices.Index(busy, done)+1)
		case next:
			if id := int32(came); !d.Add(now, id, p.arrivals[came].level, 1) {
				told = append(told, happening{now, ErrRejected.Error(), []int32{id}})
			}
			came++
		}
		for ids := d.Take(now, p.rule.Instances-len(busy)); ids != nil; ids = d.Take(now, p.rule.Instances-len(busy)) {
			told = append(told, happening{now, "batch", slices.Clone(ids)})
			busy = append(busy, now+event.Time(p.service[len(ids)-1]))
		}
		for _, id := range d.Expired() {
			told = append(told, happening{now, ErrExpired.Error(), []int32{id}})
		}
	}
}

// bubbleAlarm keeps the time of a bubble, of which a server's alarm knows nothing.
type bubbleAlarm struct{ timer *time.Timer }

func byTheBubble(ring func()) (alarm, error) {
	a := bubbleAlarm{time.AfterFunc(time.Hour, ring)}
	a.Stop()
	return a, nil
}

func (a bubbleAlarm) Set(d time.Duration) { a.timer.Reset(d) }
func (a bubbleAlarm) Stop()               { a.timer.Stop() }
func (a bubbleAlarm) Close()              { a.timer.Stop() }

// live plays it on the live queue, with goroutines as instances and the clock of a bubble.
func (p *play) live(t *testing.T) (told []happening) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		tell := func(what string, ids []int32) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, happening{event.Time(time.Since(begin)), what, ids})
		}
		q, err := newQueue(p.rule, func(id int32, why error) { tell(why.Error(), []int32{id}) }, byTheBubble)
		if err != nil {
			t.Fatal(err)
		}
		for range p.rule.Instances {
			go func() {
				for batch := q.take(); batch != nil; batch = q.take() {
					tell("batch", batch)
					time.Sleep(p.service[len(batch)-1])
				}
			}()
		}
		for id, a := range p.arrivals {
			time.Sleep(time.Until(begin.Add(a.at)))
			q.put(int32(id), a.level, 1)
		}
		time.Sleep(time.Until(begin.Add(p.end())))
		q.close()
	})
	return inOrder(told)
}

// What is simulated is what runs: the same arrivals give the same batches, rejections and expiries at the same
// nanoseconds.
func TestLiveQueueDoesWhatTheDisciplineSays(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(150) {
		p := randomPlay(seed)
		want, got := p.simulated(t), p.live(t)
		if !slices.EqualFunc(got, want, func(a, b happening) bool { return a.at == b.at && a.what == b.what && slices.Equal(a.ids, b.ids) }) {
			t.Fatalf("seed %d, %+v:\nlive      %v\nsimulated %v", seed, p.rule, got, want)
		}
		for _, h := range want {
			seen[h.what]++
		}
	}
	if seen["batch"] < 1000 || seen[ErrRejected.Error()] < 100 || seen[ErrExpired.Error()] < 100 {
		t.Errorf("the plays are dull: %v", seen)
	}
}

// A crowd of real goroutines: nobody is lost, and nobody is answered twice.
func TestNobodyIsLostOrAnsweredTwice(t *testing.T) {
	for name, rule := range map[string]batcher.Config{
		"plain":    {Max: 5, Delay: 50 * time.Microsecond, Instances: 3},
		"at once":  {Max: 1, Instances: 3},
		"prefetch": {Max: 6, Delay: 50 * time.Microsecond, Preferred: []int{2, 6}, Prefetch: true, Instances: 3},
		"policies": {Max: 4, Delay: 30 * time.Microsecond, Preferred: []int{4}, Instances: 3, Queues: []batcher.Queue{
			{Timeout: 200 * time.Microsecond}, {Limit: 9}, {Timeout: 100 * time.Microsecond, Defer: true}}},
	} {
		t.Run(name, func(t *testing.T) { crowd(t, rule) })
	}
}

func crowd(t *testing.T, rule batcher.Config) {
	const producers, each = 6, 500
	answers := make([]atomic.Int32, producers*each)
	var open sync.WaitGroup
	open.Add(len(answers))
	answer := func(id int) {
		if answers[id].Add(1) == 1 {
			open.Done()
		}
	}
	q, err := newQueue(rule, func(id int, _ error) { answer(id) }, punctual)
	if err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	for range rule.Instances {
		workers.Go(func() {
			for batch := q.take(); batch != nil; batch = q.take() {
				for _, id := range batch {
					answer(id)
				}
			}
		})
	}
	for p := range producers {
		go func() {
			rng := rand.New(rand.NewPCG(uint64(p), 1))
			for i := range each {
				q.put(p*each+i, rng.IntN(max(len(rule.Queues), 1)), 1)
				if rng.IntN(20) == 0 {
					time.Sleep(time.Duration(rng.IntN(300)) * time.Microsecond)
				}
			}
		}()
	}
	open.Wait() // whoever is lost makes the test time out here
	q.close()
	workers.Wait()
	for id := range answers {
		if n := answers[id].Load(); n != 1 {
			t.Errorf("request %d was answered %d times", id, n)
		}
	}
}

// Closing turns away whoever waits, comes later or idles.
func TestClosedQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []string
		q, err := newQueue(batcher.Config{Max: 2, Delay: time.Hour, Instances: 2}, func(id int, why error) {
			said = append(said, fmt.Sprint(id, " ", errors.Is(why, ErrStopped)))
		}, byTheBubble)
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan int)
		go func() { ended <- len(q.take()) }()
		q.put(1, 0, 1)
		synctest.Wait()
		q.close()
		q.put(2, 0, 1)
		if n := <-ended; n != 0 || q.take() != nil || !slices.Equal(said, []string{"1 true", "2 true"}) {
			t.Errorf("a batch of %d; turned away: %v", n, said)
		}
	})
}

// A request gets the level that the simulator gives its priority: 1 is the highest, 0 the lowest there is.
func TestLevels(t *testing.T) {
	s := Server{levels: 3}
	for priority, want := range []int{2, 0, 1, 2, 2} {
		if got := s.level(priority); got != want {
			t.Errorf("priority %d is level %d, want %d", priority, got, want)
		}
	}
}

func TestARuleThatContradictsItself(t *testing.T) {
	cfg := Config{Workers: 1, Instances: 1, Threads: 1, Batch: batcher.Config{Max: 2, Preferred: []int{3}}}
	if _, err := Start(cfg); err == nil {
		t.Error("a preferred size above the largest batch must be an error")
	}
}

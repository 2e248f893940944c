package serve

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"
)

// Images is one class of requests: pictures of one set, drawn with a weight.
type Images struct {
	Name   string
	Weight float64
	Files  [][]byte
}

// Load says what is sent to the server.
type Load struct {
	Images  []Images
	Clients int     // closed loop: each client sends its next request when its last is answered
	RateRPS float64 // open loop (Clients 0): Poisson arrivals at this rate
	WarmUp  time.Duration
	Measure time.Duration
	Seed    uint64
}

// picker draws pictures.
type picker struct {
	images []Images
	total  float64
	rng    *rand.Rand
}

func newPicker(l *Load, index uint64) *picker {
	p := &picker{images: l.Images, rng: rand.New(rand.NewPCG(l.Seed, index))}
	for _, i := range l.Images {
		p.total += i.Weight
	}
	return p
}

func (p *picker) next() (class int, data []byte) {
	u := p.rng.Float64() * p.total
	for class < len(p.images)-1 && u >= p.images[class].Weight {
		u -= p.images[class].Weight
		class++
	}
	files := p.images[class].Files
	return class, files[p.rng.IntN(len(files))]
}

// closedLoop runs the clients until end; each answer goes to got.
func closedLoop(ctx context.Context, s *server, l *Load, end time.Time, got func(*request)) {
	var clients sync.WaitGroup
	for c := range l.Clients {
		clients.Go(func() {
			pick := newPicker(l, uint64(c))
			reply := make(chan *request, 1)
			for time.Now().Before(end) && ctx.Err() == nil {
				r := &request{due: time.Now(), reply: reply}
				r.class, r.data = pick.next()
				s.send(r)
				select {
				case <-ctx.Done():
				case r = <-reply:
					got(r)
				}
			}
		})
	}
	clients.Wait()
}

// openLoop sends requests at their scheduled times whether or not earlier ones are answered; latency
// counts from the schedule, so that a server that stalls does not hide it (no coordinated omission:
// Tene, "How NOT to measure latency"). It waits for the answers, but not for more than grace after the
// end, and returns how many are missing.
func openLoop(ctx context.Context, s *server, l *Load, begin, end time.Time, grace time.Duration, got func(*request)) (missing int) {
	replies := make(chan *request, 1024)
	sent := make(chan int, 1)
	go func() { sent <- send(ctx, s, l, begin, end, replies) }()
	late := time.NewTimer(time.Until(end) + grace)
	defer late.Stop()
	answered, total := 0, -1
	for total < 0 || answered < total {
		select {
		case r := <-replies:
			answered++
			got(r)
		case total = <-sent:
		case <-ctx.Done():
			return 0
		case <-late.C:
			return max(total, answered) - answered
		}
	}
	return 0
}

// send puts Poisson arrivals into the server from begin to end and returns their number.
func send(ctx context.Context, s *server, l *Load, begin, end time.Time, replies chan<- *request) (n int) {
	runtime.LockOSThread() // not to wait for a thread when it is time to send
	defer runtime.UnlockOSThread()
	pick := newPicker(l, 0)
	for due := begin; ; n++ {
		due = due.Add(time.Duration(pick.rng.ExpFloat64() / l.RateRPS * 1e9))
		if !due.Before(end) {
			return n
		}
		if !sleepUntil(ctx, due) {
			return n
		}
		r := &request{due: due, reply: replies}
		r.class, r.data = pick.next()
		s.send(r)
	}
}

// sleepUntil returns at the given time, or false soon after ctx is cancelled.
func sleepUntil(ctx context.Context, due time.Time) bool {
	for ctx.Err() == nil {
		left := time.Until(due)
		if left <= 0 {
			return true
		}
		sleep(min(left, 50*time.Millisecond))
	}
	return false
}

package running

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/profile/measure/machine"
)

// plan is one burst of requests: clients that each send a request of so many images, wait for its answer, rest, and send the next.
type plan struct {
	Clients int
	Images  int           // of a request
	Volley  bool          // all clients send at the same moment, when all have their answers
	Pause   time.Duration // between an answer and the next request
}

func (p plan) String() string {
	text := fmt.Sprintf("%d x %d", p.Clients, p.Images)
	if p.Volley {
		text += " volley"
	}
	if p.Pause > 0 {
		text += fmt.Sprintf(" every %v", p.Pause)
	}
	return text
}

// burst is what a plan showed.
type burst struct {
	plan
	Span       time.Duration
	LatencyNs  []float64 // in the order in which the answers came
	Counted    counted
	ServerCPU  time.Duration // 0 where it is not known
	ClientCPU  time.Duration
	IntervalNs float64 // mean time between answers
}

// sender sends bursts to one server.
type sender struct {
	client  oip.Client
	payload *payload
	models  []string // whose statistics are read
	cpu     func() (time.Duration, error)
}

// run does a burst for about a time, at least a few requests of each client.
func (s *sender) run(ctx context.Context, p plan, d time.Duration) (*burst, error) {
	before, err := statistics(ctx, s.client, s.models)
	if err != nil {
		return nil, err
	}
	b := &burst{plan: p}
	server, own := s.used(), ownCPU()
	begin := time.Now()
	if p.Volley {
		err = s.volleys(ctx, b, begin.Add(d))
	} else {
		err = s.clients(ctx, b, begin.Add(d))
	}
	b.Span = time.Since(begin)
	b.ServerCPU, b.ClientCPU = s.used()-server, ownCPU()-own
	if err != nil {
		return nil, err
	}
	after, err := statistics(ctx, s.client, s.models)
	if err != nil {
		return nil, err
	}
	b.Counted = after.since(before)
	b.IntervalNs = float64(b.Span) / float64(len(b.LatencyNs))
	return b, s.check(b)
}

// fewest is how many requests a client sends at least, however long they take.
const fewest = 4

func (s *sender) clients(ctx context.Context, b *burst, end time.Time) error {
	var mu sync.Mutex
	var all sync.WaitGroup
	var first error
	for c := range b.Clients {
		all.Go(func() {
			requests := s.payload.request(c, b.Images)
			for i := 0; i < fewest || time.Now().Before(end); i++ {
				ns, err := s.send(ctx, requests)
				mu.Lock()
				if b.LatencyNs = append(b.LatencyNs, ns); err != nil && first == nil {
					first = err
				}
				failed := first != nil
				mu.Unlock()
				if failed || !pause(ctx, b.Pause) {
					return
				}
			}
		})
	}
	all.Wait()
	return first
}

// volleys has the clients send at the same moment, again and again.
func (s *sender) volleys(ctx context.Context, b *burst, end time.Time) error {
	requests, errs, ns := make([]*wire.ModelInferRequest, b.Clients), make([]error, b.Clients), make([]float64, b.Clients)
	for c := range requests {
		requests[c] = s.payload.request(c, b.Images)
	}
	for i := 0; i < fewest || time.Now().Before(end); i++ {
		var all sync.WaitGroup
		for c := range requests {
			all.Go(func() { ns[c], errs[c] = s.send(ctx, requests[c]) })
		}
		all.Wait()
		if err := cmp.Or(errs...); err != nil {
			return err
		}
		if b.LatencyNs = append(b.LatencyNs, ns...); !pause(ctx, b.Pause) {
			return ctx.Err()
		}
	}
	return nil
}

// send sends a request and says how long its answer took, ns.
func (s *sender) send(ctx context.Context, request *wire.ModelInferRequest) (ns float64, err error) {
	begin := time.Now()
	if _, err = s.client.Infer(ctx, request); err != nil {
		return 0, fmt.Errorf("a request of %d images failed: %s", request.Inputs[0].Shape[0], reason(err))
	}
	return float64(time.Since(begin)), nil
}

// pause waits, and says whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// check compares the server's count of requests with ours: others' traffic would be measured as ours.
func (s *sender) check(b *burst) error {
	for _, model := range s.models {
		c := b.Counted[model]
		if sent := uint64(len(b.LatencyNs)); c.Requests != sent || c.Failed > 0 {
			return fmt.Errorf("the server counts %d answered and %d failed requests of %s where %d were sent: somebody else uses it; calibrate a server without other traffic", c.Requests, c.Failed, model, sent)
		}
	}
	return nil
}

// used is the processor time of the server, 0 where it is not known.
func (s *sender) used() time.Duration {
	if s.cpu == nil {
		return 0
	}
	t, _ := s.cpu()
	return t
}

// ownCPU is the processor time of this process, which sends; 0 where the system does not say.
func ownCPU() time.Duration {
	t, _ := machine.OwnTime()
	return t
}

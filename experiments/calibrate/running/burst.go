package running

import (
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
	Pause   time.Duration // between an answer and the next request
}

func (p plan) String() string {
	text := fmt.Sprintf("%d x %d", p.Clients, p.Images)
	if p.Pause > 0 {
		text += fmt.Sprintf(" every %v", p.Pause)
	}
	return text
}

// burst is what a plan showed.
type burst struct {
	plan
	Span      time.Duration
	LatencyNs []float64 // in the order in which the answers came
	CameNs    []float64 // when, from the start
	Counted   counted
	ServerCPU time.Duration // 0 where it is not known
	ClientCPU time.Duration
	Instances int // that execute the model
	configs   map[string]*wire.ModelConfig
	Others    float64 // processors that others than client and server used; 0 where the server's own time is not known
}

// sender sends bursts to one server.
type sender struct {
	client    oip.Client
	payload   *payload
	models    []string // whose statistics are read
	instances int
	configs   map[string]*wire.ModelConfig
	cpu       func() (time.Duration, error)
}

// run does a burst for about a time, at least a few requests of each client.
func (s *sender) run(ctx context.Context, p plan, d time.Duration) (*burst, error) {
	before, err := statistics(ctx, s.client, s.models)
	if err != nil {
		return nil, err
	}
	b := &burst{plan: p, Instances: s.instances, configs: s.configs}
	server, own := s.used(), machine.OwnTime()
	watch, begin := machine.StartWatch(), time.Now()
	err = s.clients(ctx, b, begin.Add(d))
	b.Span = time.Since(begin)
	b.ServerCPU, b.ClientCPU = s.used()-server, machine.OwnTime()-own
	if use := watch.Use(); use.Known && b.ServerCPU > 0 {
		b.Others = max(use.Others-b.ServerCPU.Seconds()/b.Span.Seconds(), 0)
	}
	if err != nil {
		return nil, err
	}
	return b, s.count(ctx, b, before)
}

// settles is how long the server's statistics may lag behind its answers.
const settles = 2 * time.Second

// count reads what a burst has added to the statistics, which have a request soon after its answer.
func (s *sender) count(ctx context.Context, b *burst, before counted) error {
	for late := time.Now().Add(settles); ; {
		after, err := statistics(ctx, s.client, s.models)
		if err != nil {
			return err
		}
		b.Counted = after.since(before)
		err = s.check(b)
		if err == nil || time.Now().After(late) {
			return err
		}
		if !pause(ctx, 10*time.Millisecond) {
			return ctx.Err()
		}
	}
}

// fewest is how many requests a client sends at least, however long they take.
const fewest = 4

func (s *sender) clients(ctx context.Context, b *burst, end time.Time) error {
	var mu sync.Mutex
	var all sync.WaitGroup
	var first error
	begin := time.Now()
	for c := range b.Clients {
		all.Go(func() {
			requests := s.payload.request(c, b.Images)
			for i := 0; i < fewest || time.Now().Before(end); i++ {
				ns, err := s.send(ctx, requests)
				mu.Lock()
				b.CameNs = append(b.CameNs, float64(time.Since(begin)))
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

// send sends a request and says how long its answer took, ns.
func (s *sender) send(ctx context.Context, request *wire.ModelInferRequest) (ns float64, err error) {
	asking, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	begin := time.Now()
	_, err = s.client.Infer(asking, request)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case asking.Err() != nil:
		return 0, fmt.Errorf("a request of %s was not answered within %v", imagesOf(request), longest)
	case err != nil:
		return 0, fmt.Errorf("a request of %s failed: %s", imagesOf(request), printable(reason(err)))
	}
	return float64(time.Since(begin)), nil
}

func imagesOf(request *wire.ModelInferRequest) string {
	if n := request.Inputs[0].Shape[0]; n != 1 {
		return fmt.Sprintf("%d images", n)
	}
	return "1 image"
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

// intervalNs is the mean time between two answers while all clients are there: without those that come first and last. Answers of a batch
// come together, so that a time from one answer to another depends on where in their batches they are; the mean is over as many such times as
// there are clients.
func (b *burst) intervalNs() float64 {
	n := len(b.CameNs)
	edge := min(b.Clients, (n-2)/2)
	starts := min(b.Clients, max((n-2*edge)/2, 1))
	apart := n - 2*edge - starts
	sum := 0.0
	for i := range starts {
		sum += b.CameNs[edge+i+apart] - b.CameNs[edge+i]
	}
	return sum / float64(starts) / float64(apart)
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

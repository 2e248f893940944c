package running

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"vsim/experiments/oip"
	"vsim/sim/scenario"
)

// Options say what a server's answers do not.
type Options struct {
	Images   [][]byte                      // JPEG files, for models that read those
	Local    bool                          // the server is on this machine: it shares the processors with the client
	Cores    int                           // processors of the server; 0: those of this machine where it is Local, else not known
	CPUTime  func() (time.Duration, error) // processor time that the server has used, all its processes; may be nil
	Progress func(done float64, what string)
}

// Calibrator measures a server. Its methods are not for use at the same time.
type Calibrator struct {
	options   Options
	model     *served
	sender    *sender
	bursts    []*burst
	overloads []overload
	apart     map[string]*Calibrator // the steps of an ensemble that can be asked by themselves
	began     time.Time
	warm      bool
}

// New asks a server about a model. The error is a *scenario.InputError where the model cannot be calibrated.
func New(ctx context.Context, client oip.Client, model string, o Options) (*Calibrator, error) {
	if o.Local && o.Cores == 0 {
		o.Cores = runtime.NumCPU()
	}
	c := &Calibrator{options: o, began: time.Now()}
	return c, c.on(ctx, client, model, o.CPUTime)
}

// On goes on with another server that runs the same models, perhaps with other rules or numbers of instances. cpu may be nil.
func (c *Calibrator) On(ctx context.Context, client oip.Client, cpu func() (time.Duration, error)) error {
	return c.on(ctx, client, c.model.name, cpu)
}

func (c *Calibrator) on(ctx context.Context, client oip.Client, model string, cpu func() (time.Duration, error)) error {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	s, err := describe(asking, client, model)
	if err != nil {
		return err
	}
	p, err := newPayload(s, c.options.Images)
	if err != nil {
		return err
	}
	if n, least := s.longestLine(), 2*s.instances(); n > 0 && n < least {
		return scenario.BadInput("--model", "at most %d requests may wait for %s (max_queue_size), which would refuse what it is measured with; calibrate it with %d or more", n, s.name, least)
	}
	c.model, c.warm = s, false
	c.sender = &sender{client: client, payload: p, models: s.counted(), instances: s.instances(), configs: s.configs, cpu: cpu}
	return c.partsOf(ctx, client)
}

// patience is how long the server may take to answer a question, and longest a request.
const (
	patience = 10 * time.Second
	longest  = time.Minute
)

// shares of a round's time.
const (
	staticShare   = 1.0 // of each size of static batch
	restShare     = 1.0 // of each pause
	busyShare     = 2.0 // with all instances busy, with static batches and with those of many clients
	overloadShare = 2.0
)

// part is a plan and its share of a round.
type part struct {
	plan
	share float64
}

// Round measures for about d: static batches of one client, single requests with pauses, and all instances busy with full static
// batches and with those that it makes of many clients' requests; a bounded queue in overload; of an ensemble, each of its steps, too. It may
// be called any number of times.
func (c *Calibrator) Round(ctx context.Context, d time.Duration) error { return c.rounds(ctx, d) }

// round is a round of one model.
func (c *Calibrator) round(ctx context.Context, d time.Duration) error {
	if err := c.warmUp(ctx); err != nil {
		return err
	}
	parts, total := c.parts(), 0.0
	if c.model.overloads() {
		total += overloadShare
	}
	for _, p := range parts {
		total += p.share
	}
	for i, p := range parts {
		c.tell(float64(i)/float64(len(parts)), p.String())
		if err := c.measure(ctx, p.plan, time.Duration(float64(d)*p.share/total)); err != nil {
			return err
		}
	}
	return c.Overload(ctx, max(time.Duration(float64(d)*overloadShare/total)-filling, filling))
}

// measure runs a plan, and once more where others had disturbed it.
func (c *Calibrator) measure(ctx context.Context, p plan, d time.Duration) error {
	for range 2 {
		b, err := c.sender.run(ctx, p, d)
		if err != nil {
			return err
		}
		if c.bursts = append(c.bursts, b); !b.disturbed() {
			return nil
		}
	}
	return nil
}

// warmUp has all instances run each size once or twice: first runs allocate.
func (c *Calibrator) warmUp(ctx context.Context) error {
	if c.warm {
		return nil
	}
	c.tell(0, "warming up")
	for _, size := range c.model.sizes() {
		if _, err := c.sender.run(ctx, plan{Clients: c.sender.instances, Images: size}, 0); err != nil {
			return fmt.Errorf("warming up: %w", err)
		}
	}
	c.warm = true
	return nil
}

func (c *Calibrator) parts() (out []part) {
	for _, size := range c.model.sizes() {
		out = append(out, part{plan{Clients: 1, Images: size}, staticShare})
	}
	for _, pause := range []time.Duration{15 * time.Millisecond, 60 * time.Millisecond} {
		out = append(out, part{plan{Clients: 1, Images: 1, Pause: pause}, restShare})
	}
	out = append(out, part{plan{Clients: 2 * c.sender.instances, Images: c.model.maxBatch()}, busyShare})
	if n := c.model.crowdSize(c.sender.instances); n > 0 {
		out = append(out, part{plan{Clients: n, Images: 1}, busyShare})
	}
	return out
}

func (c *Calibrator) tell(done float64, what string) {
	if c.options.Progress != nil {
		c.options.Progress(done, what)
	}
}

// sizes are those of static batches: 1, 2, 4 and so on, and the largest.
func (s *served) sizes() (out []int) {
	largest := s.maxBatch()
	for size := 1; size < largest; size *= 2 {
		out = append(out, size)
	}
	return append(out, largest)
}

// counted are the models whose statistics are read: those that execute, and the ensemble.
func (s *served) counted() []string {
	if slices.Contains(s.steps, s.name) {
		return s.steps
	}
	return append([]string{s.name}, s.steps...)
}

// instances is the largest number of instances of a model.
func (s *served) instances() int {
	most := 1
	for _, step := range s.steps {
		n := 0
		for _, g := range s.configs[step].InstanceGroup {
			if !g.Passive {
				n += int(g.Count) * max(len(g.Gpus), 1)
			}
		}
		most = max(most, n)
	}
	return most
}

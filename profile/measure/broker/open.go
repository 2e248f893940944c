package broker

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
)

// target are brokers with their topics.
type target struct {
	ctx     context.Context
	cfg     Config
	servers map[string]*server // by kind of server
	values  *values
	points  []*measure.Point
	topics  int // made so far

	in   *point // whose lane is open
	lane *lane
}

// open starts what is to be measured.
func open(ctx context.Context, cfg Config) (*target, error) {
	t := &target{ctx: ctx, cfg: cfg, servers: map[string]*server{}, values: newValues(slices.Max(cfg.Sizes))}
	for _, kind := range cfg.Brokers {
		if err := t.add(ctx, kind); err != nil {
			t.Close()
			return nil, err
		}
	}
	return t, nil
}

// add makes the points of a broker.
func (t *target) add(ctx context.Context, kind string) error {
	of, address := local.Redis, t.cfg.Redis
	if isKafka(kind) {
		of, address = local.Kafka, t.cfg.Kafka
	}
	s := t.servers[of]
	if running := t.cfg.Running[of]; s == nil && running != nil {
		s = &server{kind: of, address: running.Address, own: running, stays: true, compilers: compilers{pid: running.PID()}}
		t.servers[of] = s
		if err := s.describe(ctx); err != nil {
			return err
		}
	}
	if s == nil {
		var err error
		if s, err = startServer(ctx, of, address); err != nil {
			return err
		}
		t.servers[of] = s
		if err := s.describe(ctx); err != nil {
			return err
		}
	}
	var points []*point
	for _, r := range requests(t.cfg.Sizes, t.cfg.Batches) {
		p := t.newPoint(kind, s, r)
		points = append(points, p)
		t.points = append(t.points, &measure.Point{Name: fmt.Sprintf("%s, %v", kind, r), Chain: &measure.Chain{Keys: p.keys, Job: p.job, Means: p.means}})
	}
	t.addRested(kind, s, points[0].request)
	t.addIdle(kind, s)
	if s.warm {
		return nil
	}
	s.warm = true
	return t.warmUp(s, points)
}

// startServer starts a broker on loopback, or takes a user's.
func startServer(ctx context.Context, kind, address string) (*server, error) {
	if address != "" {
		return &server{kind: kind, address: address}, nil
	}
	own, err := local.Start(ctx, local.Options{Kind: kind})
	if err != nil {
		return nil, err
	}
	return &server{kind: kind, address: own.Address, own: own, compilers: compilers{pid: own.PID()}}, nil
}

// enter opens the lane of a point; the one that was open goes, so that no consumer of another waits at the broker, and what was sent
// is deleted.
func (t *target) enter(p *point) (*lane, error) {
	if t.in == p {
		return t.lane, nil
	}
	t.leave()
	t.topics++
	l, err := openLane(t.ctx, p.server, p.kind, fmt.Sprintf("vsim-profile-%d-%d", os.Getpid(), t.topics), p.request, t.values)
	if err != nil {
		return nil, err
	}
	t.in, t.lane = p, l
	return l, nil
}

// leave closes the lane that is open.
func (t *target) leave() {
	if t.lane != nil {
		t.lane.close()
	}
	t.in, t.lane = nil, nil
}

// Points are the requests of each broker, with all stages.
func (t *target) Points() []*measure.Point { return t.points }

// Disturbed has nothing to add to the Bench's own watch on other processes.
func (t *target) Disturbed() (cause string, err error) { return "", nil }

// HelpersTime is the processor time of the brokers: what they use is no disturbance.
func (t *target) HelpersTime() (sum time.Duration) {
	for _, s := range t.servers {
		if s.own != nil {
			used, _ := s.own.CPUTime() // of one that is gone, nothing can be measured: Alive says so
			sum += time.Duration(used)
		}
	}
	return sum
}

// Finish has nothing left to measure.
func (t *target) Finish(context.Context) error { return nil }

// Alive errs when a broker of our own is gone.
func (t *target) Alive() error {
	for _, s := range t.servers {
		if s.own != nil && s.own.PID() == 0 {
			return fmt.Errorf("%s ended by itself", s.kind)
		}
	}
	return nil
}

// LeftOut is nothing beside the points that failed.
func (t *target) LeftOut() []string { return nil }

// Close ends the brokers that were started.
func (t *target) Close() {
	t.leave()
	for _, s := range t.servers {
		if s.own != nil && !s.stays {
			s.own.Stop()
		}
	}
	t.servers = map[string]*server{}
}

// Describe adds versions and settings.
func (t *target) Describe(p *profile.Profile) {
	pr := &p.Provenance
	pr.Libraries = map[string]string{}
	for _, s := range t.servers {
		maps.Copy(pr.Libraries, s.libraries)
		pr.Notes = append(pr.Notes, s.notes...)
	}
	slices.Sort(pr.Notes)
}

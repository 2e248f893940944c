package broker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/process"
	"vsim/profile/measure"
	"vsim/profile/measure/machine"
)

// server is a broker that runs.
type server struct {
	kind, address string
	own           *local.Server // nil for a user's
	compilers     compilers
	stays         bool    // it ran before, and is not ours to stop
	idle          float64 // processors that it uses with nothing to do
	warm          bool
	notes         []string
	libraries     map[string]string
}

// spent is processor time since processes began, at a moment; the server's without its compilers'.
type spent struct{ at, client, server, compilers time.Duration }

// spend reads the clocks. The server's is 0 where it is a user's.
func (s *server) spend() (out spent, err error) {
	out.at = measure.Now()
	client, err := process.CPUTime(os.Getpid())
	if err != nil {
		return out, err
	}
	out.client = time.Duration(client)
	if s.own == nil {
		return out, nil
	}
	used, err := s.own.CPUTime()
	out.compilers = s.compilers.used()
	out.server = time.Duration(used) - out.compilers
	return out, err
}

// since is what was spent from one moment to another.
func (a spent) since(b spent) spent {
	return spent{a.at - b.at, a.client - b.client, a.server - b.server, a.compilers - b.compilers}
}

// during is what was spent while something was done.
func (s *server) during(do func() error) (spent, error) {
	before, err := s.spend()
	if err != nil {
		return spent{}, err
	}
	if err := do(); err != nil {
		return spent{}, err
	}
	after, err := s.spend()
	return after.since(before), err
}

// meter keeps the processor times of the requests of a stage: what client and server used during a round of them, divided by
// their number. What a server uses with nothing to do is taken off.
type meter struct {
	server         *server
	client, broker int // parts of the chain; the broker's is measure.Skip where it is a user's
}

// round does n requests and keeps their processor times.
func (m *meter) round(b *measure.Burst, n int, requests func() error) error {
	used, err := m.server.during(requests)
	if err == nil {
		m.keep(b, n, used)
	}
	return err
}

// keep keeps what was spent on n requests.
func (m *meter) keep(b *measure.Burst, n int, used spent) {
	background := m.server.idle * float64(used.at)
	b.Keep(m.client, float64(used.client)/float64(n))
	b.Keep(m.broker, max(1, float64(used.server)-background)/float64(n)) // a time is above 0
}

// Looks at a server with nothing to do: a median, since what it was busy with may not be over, and now and then it tidies up.
const (
	idleLooks = 6
	idleLook  = 500 * time.Millisecond
	busyLook  = 200 * time.Millisecond // on a machine whose cores all work
)

// watchIdle notes what a server uses with nothing to do.
func (s *server) watchIdle(ctx context.Context) error {
	if s.own == nil {
		return nil
	}
	s.compilers.look()
	var looks []float64
	for range idleLooks {
		used, err := s.during(func() error {
			select {
			case <-ctx.Done():
			case <-time.After(idleLook):
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
		looks = append(looks, float64(used.server)/float64(used.at))
	}
	slices.Sort(looks)
	s.idle = max(0, stat.Quantile(0.5, stat.LinInterp, looks, nil))
	s.notes = append(s.notes, fmt.Sprintf("%s uses %.2g %% of a core with nothing to do; that is taken off its CPU times", s.kind, 100*s.idle))
	return nil
}

// keepBusy has so many cores work for a time.
func keepBusy(cores int, d time.Duration) {
	var working sync.WaitGroup
	for range cores {
		working.Go(func() {
			runtime.LockOSThread() // the thread ends with it
			for end := measure.Now() + d; measure.Now() < end; {
			}
		})
	}
	working.Wait()
}

// addIdle measures what a server uses with nothing to do on a machine whose cores all work, of each kind of broker that it is.
func (t *target) addIdle(kind string, s *server) {
	if s.own == nil {
		return
	}
	t.points = append(t.points, &measure.Point{Name: kind + ", idle", Chain: &measure.Chain{
		Keys: []profile.Key{{Stage: profile.Idle + profile.ServerSuffix, Resource: "cpu", Broker: kind}},
		Job: func(b *measure.Burst) error {
			s.compilers.look()
			used, err := s.during(func() error { keepBusy(machine.Cores(), busyLook); return t.ctx.Err() })
			b.Keep(0, max(1, float64(used.server)*float64(time.Second)/float64(max(used.at, 1)))) // a time is above 0
			return err
		},
	}})
}

package broker

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
)

// server is a broker that runs.
type server struct {
	kind, address string
	own           *local.Server // nil for a user's
	stays         bool          // it ran before, and is not ours to stop
	idle          float64       // processors that it uses with nothing to do
	warm          bool
	notes         []string
	libraries     map[string]string
}

// spent is processor time since processes began, at a moment.
type spent struct{ at, client, server time.Duration }

// spend reads the clocks. The server's is 0 where it is a user's.
func (s *server) spend() (out spent, err error) {
	out.at = measure.Now()
	client, err := local.CPUTime(os.Getpid())
	if err != nil {
		return out, err
	}
	out.client = time.Duration(client)
	if s.own == nil {
		return out, nil
	}
	used, err := s.own.CPUTime()
	out.server = time.Duration(used)
	return out, err
}

// meter keeps the processor times of the requests of a stage: what client and server used during a round of them, divided by
// their number. What a server uses with nothing to do is taken off.
type meter struct {
	server         *server
	client, broker int // parts of the chain; the broker's is measure.Skip where it is a user's
}

// round does n requests and keeps their processor times.
func (m *meter) round(b *measure.Burst, n int, requests func() error) error {
	before, err := m.server.spend()
	if err != nil {
		return err
	}
	if err := requests(); err != nil {
		return err
	}
	after, err := m.server.spend()
	if err != nil {
		return err
	}
	background := m.server.idle * float64(after.at-before.at)
	b.Keep(m.client, float64(after.client-before.client)/float64(n))
	b.Keep(m.broker, max(0, float64(after.server-before.server)-background)/float64(n))
	return nil
}

// Looks at a server with nothing to do: a median, since what it was busy with may not be over, and now and then it tidies up.
const (
	idleLooks = 6
	idleLook  = 500 * time.Millisecond
)

// watchIdle notes what a server uses with nothing to do.
func (s *server) watchIdle(ctx context.Context) error {
	if s.own == nil {
		return nil
	}
	var looks []float64
	for range idleLooks {
		before, err := s.spend()
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(idleLook):
		}
		after, err := s.spend()
		if err != nil {
			return err
		}
		looks = append(looks, float64(after.server-before.server)/float64(after.at-before.at))
	}
	slices.Sort(looks)
	s.idle = stat.Quantile(0.5, stat.LinInterp, looks, nil)
	s.notes = append(s.notes, fmt.Sprintf("%s uses %.2g %% of a core with nothing to do; that is taken off its CPU times", s.kind, 100*s.idle))
	return nil
}

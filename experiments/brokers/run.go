package brokers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"vsim/profile/device/broker/local"
	measured "vsim/profile/measure/broker"
	"vsim/profile/measure/machine"
)

// Run is what was measured of a cell in one round, at one load.
type Run struct {
	Cell
	Round       int     `json:"round"`
	Load        float64 `json:"load"`                    // share of the throughput; 0 is a closed loop
	OfferedPerS float64 `json:"offered_per_s,omitempty"` // of an open loop
	PerS        float64 `json:"per_s"`                   // messages that arrived
	P50Ns       float64 `json:"p50_ns,omitempty"`
	P99Ns       float64 `json:"p99_ns,omitempty"`
	Messages    int64   `json:"messages"`
	Lost        int64   `json:"lost,omitempty"`
	ClientNs    float64 `json:"client_cpu_ns"`           // processor time of producers and consumers for a message
	BrokerNs    float64 `json:"broker_cpu_ns,omitempty"` // and of the broker; 0 where it is a user's
	Seconds     float64 `json:"seconds"`
}

// Machine is where it was measured.
type Machine struct {
	Name  string `json:"name"`
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	OS    string `json:"os"`
}

// Report is all that was measured.
type Report struct {
	Machine  Machine           `json:"machine"`
	Date     string            `json:"date"`
	Build    string            `json:"build"`
	Command  string            `json:"command"`
	Versions map[string]string `json:"versions"`
	Notes    []string          `json:"notes"`
	Rounds   int               `json:"rounds"`
	Runs     []Run             `json:"runs"`
	Warnings []string          `json:"warnings,omitempty"`
	Complete bool              `json:"complete"`
}

// server is a broker that runs; own is nil for a user's.
type server struct {
	address string
	own     *local.Server
}

// campaign is a measurement under way.
type campaign struct {
	*Options
	*Report
	servers map[string]*server // by local's kind
	done    int                // of cells and rounds
}

// Measure measures all cells. After an error it gives what had been measured, too: nil if that was nothing. The folder of the
// results is written after each cell.
func Measure(ctx context.Context, o Options) (*Report, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	c := &campaign{Options: &o, Report: newReport(&o), servers: map[string]*server{}}
	defer c.stop()
	if err := c.openFolder(); err != nil {
		return nil, err
	}
	if err := c.start(ctx); err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted while brokers were started and warmed up: nothing was measured")
		}
		return nil, err
	}
	err := c.rounds(ctx)
	if ctx.Err() != nil {
		err = errInterrupted
	}
	c.Complete = err == nil && len(c.Warnings) == 0
	if len(c.Runs) == 0 {
		return nil, err
	}
	if writeErr := c.write(); err == nil {
		err = writeErr
	}
	return c.Report, err
}

// errInterrupted is the error of a measurement that was ended early.
var errInterrupted = errors.New("interrupted before all was measured; with -o the same command and --resume goes on")

func newReport(o *Options) *Report {
	return &Report{
		Machine: Machine{Name: machine.Name(false), CPU: machine.CPU(), Cores: machine.Cores(), OS: machine.OS()},
		Date:    time.Now().UTC().Format(time.DateOnly), Build: machine.Build(), Command: o.Command, Rounds: o.Rounds,
		Versions: map[string]string{},
	}
}

func kindOf(b string) string {
	if isKafka(b) {
		return local.Kafka
	}
	return local.Redis
}

// start starts the brokers that are asked for, notes what they are, and warms them up.
func (c *campaign) start(ctx context.Context) error {
	address := map[string]string{local.Kafka: c.Kafka, local.Redis: c.Redis}
	for _, kind := range []string{local.Redis, local.Kafka} {
		if !slices.ContainsFunc(c.Brokers, func(b string) bool { return kindOf(b) == kind }) {
			continue
		}
		s := &server{address: address[kind]}
		if s.address == "" {
			own, err := local.Start(ctx, local.Options{Kind: kind})
			if err != nil {
				return err
			}
			s.own, s.address = own, own.Address
		}
		c.servers[kind] = s
		if err := c.describe(ctx, kind, s); err != nil {
			return err
		}
		if err := c.warmUp(ctx, kind); err != nil {
			return err
		}
	}
	return nil
}

func (c *campaign) describe(ctx context.Context, kind string, s *server) error {
	versions, notes, err := measured.Describe(ctx, kind, s.address, s.own)
	maps.Copy(c.Versions, versions)
	for _, n := range notes {
		if !slices.Contains(c.Notes, n) {
			c.Notes = append(c.Notes, n)
		}
	}
	return err
}

// A broker is warm when small messages have not become faster by this share for so long.
const (
	faster  = 0.05
	settled = 12 * time.Second
)

// warmUp sends messages of all sizes until that gets no faster: Java compiles what is used often, for which Kafka takes a minute.
func (c *campaign) warmUp(ctx context.Context, kind string) error {
	best, since := 0.0, time.Now()
	for until := since.Add(c.WarmUpMost); ; {
		now, err := c.pass(ctx, kind)
		if err != nil {
			return err
		}
		if now > (1+faster)*best {
			best, since = now, time.Now()
		}
		switch {
		case kind == local.Redis || time.Since(since) > settled:
			return nil
		case time.Now().After(until):
			c.Notes = append(c.Notes, fmt.Sprintf("%s was warmed up for %v and may have become faster since", kind, c.WarmUpMost))
			return nil
		}
	}
}

// pass sends messages of all sizes, and gives the throughput of the smallest, of all brokers of a kind together.
func (c *campaign) pass(ctx context.Context, kind string) (smallest float64, err error) {
	for _, b := range c.Brokers {
		if kindOf(b) != kind {
			continue
		}
		for _, size := range c.Sizes {
			cell := Cell{b, size, slices.Max(c.Concurrency)}
			l, err := openLane(ctx, cell, c.servers[kind].address)
			if err != nil {
				return 0, fmt.Errorf("%v: %w", cell, err)
			}
			length := c.Closed / 4
			if size == c.Sizes[0] {
				length = c.Closed
			}
			run, err := l.closed(ctx, nil, 0, length)
			l.close()
			if err != nil {
				return 0, fmt.Errorf("%v: %w", cell, err)
			}
			if size == c.Sizes[0] {
				smallest += run.PerS
			}
		}
	}
	return smallest, nil
}

func (c *campaign) stop() {
	for _, s := range c.servers {
		if s.own != nil {
			s.own.Stop()
		}
	}
}

// rounds measures each cell once a round, every second round from the last to the first. A cell that fails is a warning.
func (c *campaign) rounds(ctx context.Context) error {
	for round := range c.Options.Rounds {
		cells := c.cells()
		if round%2 == 1 {
			slices.Reverse(cells)
		}
		for _, cell := range cells {
			if !c.has(cell, round) {
				runs, err := c.measure(ctx, cell, round)
				if ctx.Err() != nil {
					return nil
				}
				if err != nil {
					c.Warnings = append(c.Warnings, fmt.Sprintf("%v: %v", cell, err))
				}
				c.Runs = append(c.Runs, runs...)
				if err := c.keep(); err != nil {
					return err
				}
			}
			c.advance(len(cells) * c.Options.Rounds)
		}
	}
	return nil
}

func (c *campaign) advance(all int) {
	c.done++
	if c.Progress != nil {
		c.Progress(float64(c.done) / float64(all))
	}
}

func (c *campaign) has(cell Cell, round int) bool {
	return slices.ContainsFunc(c.Runs, func(r Run) bool { return r.Cell == cell && r.Round == round })
}

// measure is a round of a cell: its throughput, and the loads. All rounds have the loads that the first found.
func (c *campaign) measure(ctx context.Context, cell Cell, round int) ([]Run, error) {
	s := c.servers[kindOf(cell.Broker)]
	l, err := openLane(ctx, cell, s.address)
	if err != nil {
		return nil, err
	}
	defer l.close()
	full, err := l.closed(ctx, s.own, c.Warm, c.Closed)
	if err != nil {
		return nil, err
	}
	full.Cell, full.Round = cell, round
	runs := []Run{full}
	capacity := c.capacity(cell, full.PerS)
	for _, share := range c.Loads {
		run, err := l.open(ctx, s.own, share*capacity, c.Open, uint64(round))
		if err != nil {
			return nil, err
		}
		run.Cell, run.Round, run.Load = cell, round, share
		runs = append(runs, run)
	}
	return runs, nil
}

// capacity is a cell's throughput in the first round, or this round's where there was none.
func (c *campaign) capacity(cell Cell, now float64) float64 {
	for _, r := range c.Runs {
		if r.Cell == cell && r.Load == 0 {
			return r.PerS
		}
	}
	return now
}

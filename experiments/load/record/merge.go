package record

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"vsim/sim/scenario"
)

// Merge makes one load of those that several generators put on a server at the same time, by the clocks of their machines: the
// window is the time within which all of them were measuring. dirs name the runs in errors, which are *scenario.InputError.
func Merge(dirs []string, runs []*Run) (*Run, error) {
	first := runs[0]
	if len(runs) == 1 {
		return first, nil
	}
	out := &Run{Header: first.Header}
	out.BeganNs = math.MaxInt64
	for i, r := range runs {
		if err := r.mergeable(first, dirs[i], dirs[0]); err != nil {
			return nil, err
		}
		same := func(other *Run) bool { return other.Generator == r.Generator && other.BeganNs == r.BeganNs }
		if k := slices.IndexFunc(runs[:i], same); k >= 0 {
			return nil, scenario.BadInput(filepath.Join(dirs[i], File), "is the load in %s (%s, %s) again; name each generator's folder once",
				dirs[k], r.Generator, r.Began().UTC().Format(time.RFC3339))
		}
		out.BeganNs = min(out.BeganNs, r.BeganNs)
	}
	if err := out.common(dirs, runs); err != nil {
		return nil, err
	}
	out.Clients, out.RateRPS, out.Generators = 0, 0, 0
	for _, r := range runs {
		out.add(r)
	}
	out.Load = fmt.Sprintf("%s, and those of %d more", first.Load, len(runs)-1)
	out.mergeEnds(runs)
	return out, nil
}

// mergeable says what keeps a run from being one with the first.
func (r *Run) mergeable(first *Run, dir, firstDir string) error {
	refuse := func(key, found, want string) error {
		return &scenario.InputError{Faults: []scenario.Fault{{File: filepath.Join(dir, File), Key: "load." + key, Found: found,
			Rule: fmt.Sprintf("the load in %s has %s", firstDir, want), Remedy: "merge loads of one server and model that ran at the same time"}}}
	}
	switch {
	case r.Server != first.Server:
		return refuse("server", r.Server, first.Server)
	case r.Model != first.Model:
		return refuse("model", r.Model, first.Model)
	case r.Batch != first.Batch:
		return refuse("batch", fmt.Sprint(r.Batch), fmt.Sprint(first.Batch))
	case r.Finite != first.Finite || (r.Clients > 0) != (first.Clients > 0):
		return refuse("load", r.Load, first.Load)
	}
	return nil
}

// common sets the window within which all measured.
func (r *Run) common(dirs []string, runs []*Run) error {
	from, to := int64(0), int64(math.MaxInt64)
	for i, other := range runs {
		shift := other.BeganNs - r.BeganNs
		a, b := other.Window()
		if from, to = max(from, a+shift), min(to, b+shift); from >= to && !r.Finite {
			return scenario.BadInput(filepath.Join(dirs[i], File), "%s at %s was not measured at the same time as the loads before it; merge loads that ran at the same time, on machines whose clocks agree",
				other.Load, other.Began().UTC().Format(time.RFC3339))
		}
	}
	r.WarmUpNs, r.MeasureNs = from, max(to-from, 0)
	return nil
}

// add takes the requests of a generator over.
func (r *Run) add(other *Run) {
	shift := other.BeganNs - r.BeganNs
	for _, q := range other.Requests {
		q.DueNs, q.SentNs, q.CameNs = q.DueNs+shift, q.SentNs+shift, q.CameNs+shift
		r.Requests = append(r.Requests, q)
	}
	for _, g := range other.Gauges {
		r.Gauges = append(r.Gauges, Gauge{g.InFlight, g.FromNs + shift, g.ToNs + shift})
	}
	r.Clients, r.RateRPS, r.Generators = r.Clients+other.Clients, r.RateRPS+other.RateRPS, r.Generators+other.Generators
	r.Torn, r.Thinks, r.Stationary = r.Torn || other.Torn, r.Thinks || other.Thinks, r.Stationary && other.Stationary
}

// mergeEnds takes the busiest client for all, and the server's times from the first generator that has them: they are of one
// server. There is no end where a generator has none.
func (r *Run) mergeEnds(runs []*Run) {
	end := &End{}
	for _, other := range runs {
		e := other.End
		if e == nil {
			return
		}
		end.Unanswered += e.Unanswered
		end.Interrupted = end.Interrupted || e.Interrupted
		if end.FirstFailure == "" {
			end.FirstFailure = e.FirstFailure
		}
		if end.Server == nil {
			end.Server, end.ServerNote = e.Server, e.ServerNote
		}
		if e.Client.Busy() >= end.Client.Busy() {
			end.Client = e.Client
		}
	}
	r.End = end
}

// Busy is the part of the processors that the generator may use which it used; 0 where that is not known.
func (c *Client) Busy() float64 {
	if c.SpanS <= 0 || c.Cores <= 0 {
		return 0
	}
	return c.CPUS / (c.SpanS * float64(c.Cores))
}

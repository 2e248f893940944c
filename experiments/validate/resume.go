package validate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/measure/machine"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// plan is what a validation writes before its live runs, so that another can go on with it: the same cases, at the same rates, for as
// long, on the same machine.
type plan struct {
	CPU   string    `json:"cpu"`
	Cores int       `json:"cores"`
	Cases []planned `json:"cases"`
}

// planned is a case of a plan.
type planned struct {
	Case     string  `json:"name"`
	SHA256   string  `json:"sha256"`         // of the scenario as it stood before anything was measured
	Load     float64 `json:"load,omitempty"` // of the capacity
	RPS      float64 `json:"rps,omitempty"`  // at this load
	MeasureS float64 `json:"measure_s"`
}

// newPlan is that of the cases as they stand.
func (v *validation) newPlan() (*plan, error) {
	out := &plan{CPU: machine.CPU(), Cores: machine.Cores()}
	for _, c := range v.m.Cases {
		text, err := c.text(v.m.File)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		out.Cases = append(out.Cases, planned{Case: c.Name, SHA256: hex.EncodeToString(sum[:]), Load: c.Load})
	}
	return out, nil
}

// differs says why a folder with this plan is not that of another, "" where it is. The file of a machine that the folder is of may be named by
// another path.
func (p *plan) differs(now *plan) string {
	switch {
	case p.CPU != now.CPU || p.Cores != now.Cores:
		return fmt.Sprintf("it is of %s with %d cores, this machine is %s with %d", p.CPU, p.Cores, now.CPU, now.Cores)
	case len(p.Cases) != len(now.Cases):
		return fmt.Sprintf("it has %d cases, and now there are %d: another level, or another file", len(p.Cases), len(now.Cases))
	}
	for i, was := range p.Cases {
		if is := now.Cases[i]; was.Case != is.Case || was.SHA256 != is.SHA256 || was.Load != is.Load {
			return fmt.Sprintf("its case %d is %q, and now %q, or the two say different things", i+1, was.Case, is.Case)
		}
		if !(was.MeasureS >= 0 && was.MeasureS <= longestRun.Seconds()) || !(was.RPS >= 0) || was.Load > 0 && was.MeasureS > 0 && was.RPS == 0 {
			return fmt.Sprintf("its case %q has rps = %g and measure_s = %g, which no validation writes", was.Case, was.RPS, was.MeasureS)
		}
	}
	return ""
}

// longestRun is longer than any live run that a plan is of.
const longestRun = 24 * time.Hour

// begin makes the plan, and takes over what an earlier validation left in the folder where that is asked for.
func (v *validation) begin() (err error) {
	if v.plan, err = v.newPlan(); err != nil || !v.opt.Resume || v.store == nil {
		return err
	}
	if err := v.resume(); err != nil {
		return scenario.BadInput("--resume "+v.opt.Output, "%v; leave --resume out to begin anew", err)
	}
	return nil
}

// resume takes over rates and lengths, the live runs that count, and the profile.
func (v *validation) resume() error {
	var was plan
	text, err := userfile.Read(v.store.path(planFile), userfile.MaxConfigBytes)
	if err != nil {
		return fmt.Errorf("there is nothing to go on with: no live run had begun (%s: %w)", planFile, userfile.Reason(err))
	}
	if err := json.Unmarshal(text, &was); err != nil {
		return fmt.Errorf("%s: %w", planFile, err)
	}
	if why := was.differs(v.plan); why != "" {
		return errors.New(why)
	}
	for i, c := range v.m.Cases {
		if p := was.Cases[i]; p.MeasureS > 0 {
			c.rps, c.Measure, c.free = p.RPS, time.Duration(p.MeasureS*float64(time.Second)), false
		}
	}
	if v.earlier, err = profile.Load(v.store.path(profileFile)); err != nil {
		return err
	}
	v.earlier.Residuals = nil // of the very runs that are compared again
	records, err := v.store.resume()
	if err != nil {
		return err
	}
	v.takeOver(records)
	return nil
}

// takeOver makes attempts of the records that count.
func (v *validation) takeOver(records []*record) {
	for _, c := range v.m.Cases {
		for _, r := range records {
			if r.Case != c.Name || !r.counts() || r.Round > v.opt.Rounds {
				continue
			}
			run, result := liveRun{c, r.Round - 1}, r.result()
			v.has[run] = true
			v.seedOf(result, r.Seed)
			v.kept[result] = r.own()
			v.tries(run, attempt{result, r.OtherCores, r.WithinNs})
		}
	}
	v.warn("%d of %d live runs are of an earlier session", len(v.has), len(v.m.Cases)*v.opt.Rounds)
}

// counts says whether a record is of a live run that can be compared, and has nothing in it that no live run shows.
func (r *record) counts() bool {
	wrong := func(x seconds) bool { return !(x > 0) }
	return r.Error == "" && len(r.Latencies)+len(r.Quantiles) > 0 && r.Round >= 1 && r.MeasuredS > 0 && r.WithinNs >= 0 && r.Throughput >= 0 && r.Completed > 0 &&
		!slices.ContainsFunc(r.Latencies, wrong) && !slices.ContainsFunc(r.Quantiles, wrong)
}

// result is what a record keeps of a live run: all but what each single request went through, and with more than latencyPoints
// latencies their quantiles in their place.
func (r *record) result() *load.Result {
	out := &load.Result{ThroughputRPS: r.Throughput, Completed: r.Completed, Failed: r.Failed, FirstFailure: r.FirstFault, Dropped: r.Dropped,
		Unanswered: r.Unanswered, Span: time.Duration(r.MeasuredS * float64(time.Second)), Energy: load.Energy{GPUJ: r.GPUJ, HostJ: r.HostJ}}
	for _, x := range slices.Concat(r.Latencies, r.Quantiles) {
		out.LatencyS = append(out.LatencyS, float64(x))
	}
	for _, s := range r.Stages {
		out.Stages = append(out.Stages, load.Stage{Name: s.Name, MeanS: float64(s.MeanS)})
	}
	return out
}

// resume reads the live runs of a folder and goes on behind them. A line that a killed process left unfinished goes.
func (s *store) resume() (out []*record, err error) {
	text, err := userfile.Read(s.path(liveFile), 2*maxLive)
	if err != nil {
		return nil, err
	}
	var whole []byte
	for line := range bytes.Lines(text) {
		r := &record{}
		if json.Unmarshal(line, r) != nil || !bytes.HasSuffix(line, []byte("\n")) {
			continue
		}
		out, whole = append(out, r), append(whole, line...)
	}
	s.size, s.cleared = len(whole), true
	if len(whole) < len(text) {
		err = profile.WriteFile(s.path(liveFile), whole)
	}
	return out, err
}

// storePlan writes the plan with what is now known of its cases.
func (v *validation) storePlan() error {
	if v.store == nil {
		return nil
	}
	for i, c := range v.m.Cases {
		v.plan.Cases[i].RPS, v.plan.Cases[i].MeasureS = c.rps, c.Measure.Seconds()
	}
	text, err := json.MarshalIndent(v.plan, "", "  ")
	if err != nil {
		return err
	}
	return v.store.write(planFile, append(text, '\n'))
}

// richer is the profile for which more was measured: one of two sessions on the same machine, whole, since what belongs together in a
// profile was measured together.
func richer(now, earlier *profile.Profile) *profile.Profile {
	if earlier != nil && samples(earlier) > samples(now) {
		return earlier
	}
	return now
}

func samples(p *profile.Profile) (n int) {
	for i := range p.Services {
		n += p.Services[i].N
	}
	return n
}

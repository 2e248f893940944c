package check

import (
	"fmt"

	"vsim/experiments/validate"
)

// curvesName is the name of the plots by clients and by load.
const curvesName = "curves"

// store is the folder of what was found; a nil one writes nothing.
type store struct{ *validate.Results }

// profileOf is the file of a model's times.
func profileOf(model string) string { return fmt.Sprintf("profile-%s.toml", model) }

// forecast writes the scenario of a case, and the profile that it looks times up in.
func (s store) forecast(c *Case, f *forecast) error {
	text, err := f.profile.Encode()
	if err == nil {
		err = s.Write(profileOf(c.Model), text)
	}
	if err != nil {
		return err
	}
	head := fmt.Sprintf("# %s: a case of vsim validate triton. Predict it: vsim simulate THIS\n", c.Name)
	return s.Case(c.slug(), append([]byte(head), f.text...))
}

// record is a line of the file of live runs. Times are seconds.
type record struct {
	Case        string             `json:"name"`
	Round       int                `json:"round"` // from 1
	MeasuredS   float64            `json:"measured_s,omitempty"`
	Seed        uint64             `json:"seed,omitempty"` // of the traffic
	OfferedRPS  float64            `json:"offered_rps,omitempty"`
	Completed   int                `json:"completed"`
	Failed      int                `json:"failed"`
	Unanswered  int                `json:"unanswered"`
	Dropped     map[string]int     `json:"dropped,omitempty"`
	Throughput  float64            `json:"throughput_rps"`
	MeanS       float64            `json:"latency_mean_s"`
	P50S        float64            `json:"latency_p50_s"`
	P99S        float64            `json:"latency_p99_s"`
	Splits      []Split            `json:"server,omitempty"`
	ClassS      map[string]float64 `json:"latency_mean_by_class_s,omitempty"`
	ServerCores float64            `json:"server_cores"`
	OwnCores    float64            `json:"own_cores"`
	OtherCores  float64            `json:"other_cores"`     // that other processes used
	Error       string             `json:"error,omitempty"` // why the run is not compared
	// What the reference job of package measure took before and after the run: a slow machine is slow there, too.
	ReferenceNs [2]float64 `json:"reference_ns"`
}

// live adds a live run, with what the reference job took around it; shown is nil where there is none.
func (s store) live(c *Case, round int, shown *Shown, referenceNs [2]float64, err error) error {
	out := record{Case: c.Name, Round: round + 1, OfferedRPS: c.rps, ReferenceNs: referenceNs}
	if err != nil {
		out.Error = err.Error()
	}
	if shown != nil {
		out.MeasuredS, out.Seed, out.Completed, out.Failed, out.Unanswered = shown.Span.Seconds(), shown.seed, shown.Completed, shown.Failed, shown.Unanswered
		out.Dropped, out.Throughput, out.Splits, out.ClassS = shown.Dropped, shown.ThroughputRPS, shown.Splits, shown.ClassS
		out.ServerCores, out.OwnCores, out.OtherCores = shown.ServerCores, shown.OwnCores, shown.OtherCores
		if shown.Completed > 0 {
			out.MeanS, out.P50S, out.P99S = shown.Mean(), shown.Quantile(0.5), shown.Quantile(0.99)
		}
	}
	return s.Live(out)
}

// report writes a report.
func (s store) report(r *Report) error {
	return s.Report(r.Report, []byte(r.page()), curvesName, r.draw, r)
}

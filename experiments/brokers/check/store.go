package check

import (
	"vsim/experiments/brokers/live"
	"vsim/experiments/validate"
	"vsim/profile"
)

// Names within the folder of what was found.
const (
	profileFile = "profile.toml"
	facesName   = "faces" // the plots by faces
)

// store is the folder of what was found; a nil one writes nothing.
type store struct{ *validate.Results }

// record is a line of the file of live runs. Times are seconds.
type record struct {
	Case        string        `json:"name"`
	Round       int           `json:"round"` // from 1
	MeasuredS   float64       `json:"measured_s,omitempty"`
	Completed   int           `json:"completed"`
	Failed      int           `json:"failed"`
	Unanswered  int           `json:"unanswered"`
	Throughput  float64       `json:"throughput_rps"`
	MeanS       float64       `json:"latency_mean_s"`
	P50S        float64       `json:"latency_p50_s"`
	P99S        float64       `json:"latency_p99_s"`
	Parts       []part        `json:"parts,omitempty"`
	OwnCores    float64       `json:"own_cores"`
	BrokerCores float64       `json:"broker_cores"`
	OtherCores  float64       `json:"other_cores"` // that other processes used
	Messages    live.Messages `json:"messages"`
	Losses      live.Losses   `json:"losses"`
	Error       string        `json:"error,omitempty"` // why the run is not compared
	// What the reference job of package measure took before and after the run: a slow machine is slow there, too.
	ReferenceNs [2]float64 `json:"reference_ns"`
}

type part struct {
	Name  string  `json:"name"`
	MeanS float64 `json:"mean_s"`
}

// live adds a live run, with what the reference job took around it; shown is nil where there is none.
func (s store) live(r liveRun, shown *live.Shown, referenceNs [2]float64, err error) error {
	out := record{Case: r.c.Name, Round: r.round + 1, ReferenceNs: referenceNs}
	if err != nil {
		out.Error = err.Error()
	}
	if shown != nil {
		out.MeasuredS, out.Completed, out.Failed, out.Unanswered = shown.Span.Seconds(), shown.Completed, shown.Failed, shown.Unanswered
		out.Throughput, out.OwnCores, out.BrokerCores, out.OtherCores = shown.ThroughputRPS, shown.OwnCores, shown.BrokerCores, shown.OtherCores
		out.Messages, out.Losses = shown.Messages, shown.Losses
		if shown.Completed > 0 {
			out.MeanS, out.P50S, out.P99S = shown.Mean(), shown.Quantile(0.5), shown.Quantile(0.99)
		}
		for _, stage := range shown.Stages {
			out.Parts = append(out.Parts, part{stage.Name, stage.MeanS})
		}
	}
	return s.Live(out)
}

// report writes a report, and the profile that it is predicted from.
func (s store) report(r *Report, p *profile.Profile) error {
	text, err := p.Encode()
	if err == nil {
		err = s.Write(profileFile, text)
	}
	if err != nil {
		return err
	}
	return s.Report(r.Report, []byte(r.page()), facesName, r.faces, r)
}

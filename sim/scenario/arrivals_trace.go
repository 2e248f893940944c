package scenario

import (
	"bytes"

	"vsim/profile/userfile"
	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// TraceKeys are the keys of recorded arrivals.
type TraceKeys struct {
	File      string  `toml:"file,omitempty" doc:"CSV with a header, a column time_s, time_ms, time_us or time_ns and, if wanted, class; relative to this file" example:"requests.csv"`
	TimeScale float64 `toml:"time_scale,omitzero" above:"0" max:"1e6" default:"1, of trace" doc:"all times by this factor; 0.5 is twice the rate" example:"0.5"`
}

var traceArrivals = arrivalKind{
	name:    "trace",
	about:   "as recorded",
	needs:   []string{"file"},
	may:     []string{"period", "time_scale"},
	implied: "file",
	fill:    func(s *Scenario) { setDefault(&s.Workload.TimeScale, 1, s.Given("workload.time_scale")) },
	note:    noteMeanRate,
	start: func(s *Scenario, source *engine.Source) (key string, err error) {
		source.Arrivals, err = s.trace()
		return "file", err
	},
}

// trace reads the recorded arrivals.
func (s *Scenario) trace() (workload.Arrivals, error) {
	text, err := userfile.Read(s.Path(s.Workload.File), userfile.MaxTraceBytes)
	if err != nil {
		return nil, err
	}
	var classes []string
	for _, c := range s.General().Classes {
		classes = append(classes, c.Name)
	}
	if len(classes) == 0 {
		classes = []string{DefaultClass}
	}
	t, err := workload.ReadTrace(bytes.NewReader(text), classes)
	if err != nil {
		return nil, err
	}
	t.Period, t.Scale = s.Workload.Period.Duration(), s.Workload.TimeScale
	return workload.Replay(t)
}

package validate

import (
	"bytes"
	"fmt"
	"time"

	"vsim/profile/userfile"
	"vsim/sim/engine/workload"
	"vsim/sim/scenario"
)

// Shorten has no case measured for longer than most. It refuses traffic that is then shown only a part of.
func (m *Matrix) Shorten(most time.Duration) error {
	for _, c := range m.Cases {
		c.Measure = min(c.Measure, most)
		if err := c.checkTraffic(m.File); err != nil {
			return err
		}
	}
	return nil
}

// checkTraffic refuses traffic that a live run of the case's length would show only a part of: the
// prediction is of whole periods, and of all traffic that ends. Of traffic that repeats itself it has whole
// periods measured.
func (c *Case) checkTraffic(file string) error {
	w := &c.Scenario.Workload
	refuse := func(key, found, rule, remedy string) error {
		return &scenario.InputError{Faults: []scenario.Fault{{File: file, Key: key, Found: found, Rule: fmt.Sprintf("case %q: %s", c.Name, rule), Remedy: remedy}}}
	}
	if c.Load > 0 && (w.ThinkTime != nil || w.Arrivals != "closed" && w.Rate == 0 && len(w.States) == 0) {
		return refuse("workload", "", "load = ... replaces the workload by arrivals at a rate", "remove load, or the workload's other keys")
	}
	key, length, err := period(c.Scenario)
	if err != nil {
		return refuse(key, "", err.Error(), "")
	}
	if c.Measure == 0 {
		return nil // At asks again
	}
	if length > c.Measure {
		return refuse(key, "", fmt.Sprintf("the traffic lasts %v, a live run %v", length, c.Measure), fmt.Sprintf("measure for %v with the case's measure or --measure, or shorten the traffic", length))
	}
	if length > 0 {
		c.Measure = c.Measure.Truncate(length)
	}
	return nil
}

// period is the time after which traffic ends or repeats itself, 0 if it does neither, and the key that says
// so.
func period(s *scenario.Scenario) (key string, length time.Duration, err error) {
	w := &s.Workload
	switch w.Arrivals {
	case "piecewise":
		for _, span := range w.Spans {
			length += span.For.Duration()
		}
		return "workload.spans", length, nil
	case "diurnal":
		return "workload.period", w.Period.Duration(), nil
	case "trace":
		length, err = traceLength(s)
		return "workload.file", length, err
	}
	return "workload.arrivals", 0, nil
}

func traceLength(s *scenario.Scenario) (time.Duration, error) {
	text, err := userfile.Read(s.Path(s.Workload.File), userfile.MaxTraceBytes)
	if err != nil {
		return 0, err
	}
	var classes []string
	for _, c := range s.General().Classes {
		classes = append(classes, c.Name)
	}
	t, err := workload.ReadTrace(bytes.NewReader(text), classes)
	if err != nil {
		return 0, err
	}
	length := s.Workload.Period.Duration()
	if n := len(t.Times); length == 0 && n > 0 {
		length = time.Duration(t.Times[n-1])
	}
	return time.Duration(float64(length) * s.Workload.TimeScale), nil
}

package calibrate

import (
	"context"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// A server whose times vary gives a table whose p99 tells by how much; without p99 it is assumed, and said to be.
func TestSpreadFromThePercentilesOfOneTable(t *testing.T) {
	truth := knownLoad(2, 8, false)
	truth.Times = Spread{CV: 0.3}
	table := truth.table(t, 2, 4, 6, 16)
	c := calibrated(t, table, Options{Formation: "growing"})
	near(t, "cv", c.Model.Times.CV, 0.3, 0.2)
	if _, largest := MedianAndLargest(c.tailErrors()); len(c.tailErrors()) != 1 || largest > 0.1 {
		t.Errorf("p99 of the row that is not used is %.1f %% off", 100*largest)
	}
	if c.Model.Times.Assumed {
		t.Error("the spread is called assumed")
	}
	s, err := scenario.Parse("x.toml", c.Scenario("x", ""), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range s.Stages[1].Steps {
		if step.Service[0].CV != c.Model.Times.CV {
			t.Errorf("%s is written with a cv of %v", step.Name, step.Service[0].CV)
		}
	}
	for i := range table.Online {
		table.Online[i].P99S = 0
	}
	c.Anchors = table.Online
	for _, given := range []*float64{nil, new(float64)} {
		got, err := c.spread(context.Background(), given)
		if err != nil || !got.Assumed || (given == nil) != (got.CV == scenario.AssumedSpread) {
			t.Errorf("without p99: %+v, %v", got, err)
		}
		c.Model.Times = got
		if text := string(c.Scenario("x", "")); strings.Contains(text, "[scaling]") != (given == nil) {
			t.Errorf("the assumed spread is not written as one:\n%s", text)
		}
	}
}

// perf_analyzer's p99 is in microseconds.
func TestP99OfPerfAnalyzer(t *testing.T) {
	if got := fromFile(t, "testdata/perf.csv")[0].Online[0].P99S; got != 6400e-6 {
		t.Errorf("p99 of one client is %v s", got)
	}
}

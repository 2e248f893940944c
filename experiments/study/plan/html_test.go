package plan

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vsim/sim"
	"vsim/sim/report"
	"vsim/sim/report/pagetest"
)

// read is a page as it is written, and what is to be read on it. It is the same for an answer that took longer.
func read(t *testing.T, a *Answer, title string) (source, text string) {
	t.Helper()
	var b, again bytes.Buffer
	other := *a
	other.WallS, other.FirstS = 2*a.WallS+1, a.FirstS+1
	if err := HTML(&b, a, title); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&again, &other, title); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the page of an answer that took longer differs; %v", err)
	}
	source = b.String()
	pagetest.Alone(t, source)
	return source, pagetest.Text(source)
}

// written says that a text has a number, to the three digits that are written, in a unit.
func written(text, unit string, want float64) bool {
	got, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSuffix(text, unit), ",", ""), 64)
	return err == nil && math.Abs(got-want) <= 0.006*math.Abs(want)
}

// TestPageHasTheNumbersOfTheJSON of a plan that is searched.
func TestPageHasTheNumbersOfTheJSON(t *testing.T) {
	a := find(t, Question{Source: source(t, "testdata/c2-how-many.toml"), SLOs: objectives(t, "p99<10ms"), Load: Load{RPS: 10_000}})
	var b bytes.Buffer
	if err := JSON(&b, a); err != nil {
		t.Fatal(err)
	}
	var want Answer
	if err := json.Unmarshal(b.Bytes(), &want); err != nil {
		t.Fatal(err)
	}
	page, text := read(t, a, "c2")
	for i, row := range pagetest.Table(t, page, "What is predicted") {
		m := want.Plan.Met[i]
		times, unit := 1e3, " ms"
		if i > 0 {
			times, unit = 100, " %"
		}
		if row[0] != m.SLO || !written(row[1], unit, times**m.Value) || !written(row[len(row)-1], " %", 100**m.Headroom) {
			t.Errorf("row %q, want %+v", row, m)
		}
	}
	points := pagetest.Table(t, page, "The front: nothing that was simulated is cheaper and as quick")
	if len(points) != len(want.Pareto) || len(points) == 0 {
		t.Fatalf("%d points, want %d", len(points), len(want.Pareto))
	}
	for i, row := range points {
		p := want.Pareto[i]
		if !written(row[0], "", p.Cost) || !written(row[1], " ms", 1e3*p.P99S) && !written(row[1], " s", p.P99S) || (row[2] == "yes") != p.Holds {
			t.Errorf("row %q, want %+v", row, p)
		}
	}
	for i, row := range pagetest.Table(t, page, "Loads that were tried") {
		at := want.Boundary.Curve[i]
		if !written(row[0], "", at.RPS) || at.P99S != nil && !written(row[1], " ms", 1e3**at.P99S) || (row[2] == "yes") != at.Holds {
			t.Errorf("row %q, want %+v", row, at)
		}
	}
	for _, said := range []string{want.Boundary.FirstBreach, want.Boundary.Bottleneck, report.Digits(want.Boundary.HoldsRPS), want.Plan.Scenario, "the plan"} {
		if !strings.Contains(text, said) {
			t.Errorf("%q is not on the page", said)
		}
	}
}

// hostile is an answer with everything, whose names are markup.
func hostile() *Answer {
	const name = `<script>alert("1")</script>`
	slo := SLO{Metric: P99, Limit: 0.05, Text: "p99<50ms"}
	class := SLO{Class: name, Metric: P95, Limit: 0.02, Text: name + ":p95<20ms"}
	plan := Plan{Machine: name, Servers: 3, GPUs: 24, Units: &Setting{"servers.gpus", "8"}, PricePerHour: number(12.5), Settings: []Setting{{name, "</td>" + name}},
		Met:     []Met{{SLO: slo.Text, slo: slo, Value: number(0.04), Low: number(0.039), High: number(0.041), RunLow: number(0.03), RunHigh: number(0.06), Headroom: number(0.2)}, {SLO: class.Text, slo: class}},
		EnergyJ: number(1.5), HeadroomLoad: 0.25, BusiestName: name, Scenario: "name = '" + name + "'\n", Prediction: &sim.Prediction{Warnings: []string{name}, Notes: []string{name}}}
	return &Answer{Plan: &plan, LoadRPS: 1000, SLOs: []string{slo.Text, class.Text}, Currency: name, LeftOut: []string{name + ": is none", "b: neither"}, Evaluated: 5, Screened: 7,
		Boundary: &Boundary{Found: true, HoldsRPS: 1250, BreaksRPS: 1300, FirstBreach: class.Text, Bottleneck: name, Kind: Cliff, Growth: number(3),
			Curve: []AtLoad{{900, number(0.01), true}, {1250, number(0.04), true}, {1300, number(0.9), false}, {2000, nil, false}}},
		Prices: &Prices{RunnerUp: &RunnerUp{name, 2, 15}, MayRise: number(0.2), Others: []Contender{{name, 7.5, 2, 6.25}}},
		Pareto: []Point{{Machine: name, Servers: 1, GPUs: 8, Cost: 4, P99S: 2, Settings: []Setting{}}, {Machine: name, Servers: 3, GPUs: 24, Cost: 12.5, P99S: 0.04, Holds: true, Settings: plan.Settings}}}
}

// TestPageEscapesNames: what a file calls its machine stays text, and all of the answer is there.
func TestPageEscapesNames(t *testing.T) {
	const name = `<script>alert("1")</script>`
	_, text := read(t, hostile(), name)
	for _, want := range []string{"3 x " + name + " (24 GPUs, servers.gpus = 8, 12.50 " + name + " an hour) serve 1000 requests/s", "25.0 % more than is asked for", "40.0 ms", "30.0 ms - 60.0 ms",
		"20.0 %", "holds up to 1250/s", "Cliff: p99 grows 3.00-fold", "More", "The next machine is 2 x " + name, "may become 20.0 % dearer", "6.25 " + name, "Left out: 2 machines", "b: neither",
		"5 simulations; 7 systems", "1.50 J", "does not hold"} {
		if !strings.Contains(strings.ReplaceAll(text, "more arrives", "More"), want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// TestPageOfWhatDoesNotHold says what comes nearest, or that there is nothing; of a largest load it says that.
func TestPageOfWhatDoesNotHold(t *testing.T) {
	miss := hostile()
	miss.NearestMiss, miss.Plan, miss.Boundary, miss.Prices, miss.Pareto = &Miss{Plan: *miss.Plan, Why: "it is 60 ms"}, nil, nil, nil, nil
	miss.NearestMiss.Machine = "near"
	_, text := read(t, miss, "miss")
	for _, want := range []string{"Nothing that was searched holds p99<50ms", "What comes nearest is 3 x near", "it is 60 ms.", "nearest miss", "40.0 ms"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	miss.NearestMiss = nil
	if _, text = read(t, miss, "nothing"); strings.Contains(text, "Objectives") || !strings.Contains(text, "Nothing that was searched holds") {
		t.Error(text)
	}
	most := hostile()
	most.LoadRPS, most.Prices, most.Pareto, most.Plan.Machine, most.Plan.Servers = 0, nil, nil, "8gpu", 1
	if _, text = read(t, most, "most"); !strings.Contains(text, "holds p99<50ms and ") || !strings.Contains(text, "up to 1250 requests/s.") || strings.Contains(text, "more than is asked") {
		t.Error(text)
	}
}

// TestPageMarksThePlan on the front, and only where it lies.
func TestPageMarksThePlan(t *testing.T) {
	a := hostile()
	if marks := a.frontChart().Marks; len(marks) != 1 || marks[0].X != 12.5 {
		t.Errorf("marks %v", marks)
	}
	a.Pareto = slices.Delete(a.Pareto, 1, 2)
	if marks := a.frontChart().Marks; len(marks) > 0 {
		t.Errorf("marks %v", marks)
	}
}

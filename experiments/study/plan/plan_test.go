package plan

import (
	"context"
	"flag"
	"slices"
	"strings"
	"testing"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/scenario"
)

func objectives(t *testing.T, texts ...string) (out []SLO) {
	t.Helper()
	for _, text := range texts {
		o, err := ParseSLO(text)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, o)
	}
	return out
}

func axis(t *testing.T, text string) study.Axis {
	t.Helper()
	a, err := study.ParseAxis(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func find(t *testing.T, q Question) *Answer {
	t.Helper()
	if q.Least == "" {
		q.Least = LeastCost
	}
	a, err := Find(context.Background(), &q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// predicted simulates a file with keys set.
func predicted(t *testing.T, src *scenario.Source, sets ...scenario.Override) *sim.Prediction {
	t.Helper()
	p, err := sim.Predict(context.Background(), sim.From(src, append(sets, override("run.max_events", 2_000_000))...), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestHowManyGPUs: the plan of a scenario of one's own is the smallest number of GPUs that brute force finds, and its
// boundary is where brute force finds it.
func TestHowManyGPUs(t *testing.T) {
	src := source(t, "testdata/c2-how-many.toml")
	slos := objectives(t, "p99<10ms")
	a := find(t, Question{Source: src, SLOs: slos, Load: Load{RPS: 10_000}})
	want := 1
	for ; judge(predicted(t, src, override("servers.gpus", want), override("workload.rate", scenario.Rate(10_000))), slos).point > 1; want++ {
	}
	if a.Plan == nil || a.Plan.GPUs != want || a.Plan.Units == nil || a.Plan.Units.Key != "servers.gpus" {
		t.Fatalf("%+v, want %d GPUs", a.Plan, want)
	}
	b := a.Boundary
	if !b.Found || b.HoldsRPS < 10_000 || b.BreaksRPS > 1.021*b.HoldsRPS || b.FirstBreach != "p99<10ms" {
		t.Errorf("boundary %+v", b)
	}
	for rps, holds := range map[float64]bool{0.97 * b.HoldsRPS: true, 1.03 * b.BreaksRPS: false} {
		p := predicted(t, src, override("servers.gpus", want), override("workload.rate", scenario.Rate(rps)), override("run.seed", 7))
		if (judge(p, slos).point <= 1) != holds {
			t.Errorf("at %g requests/s p99 is %g s; the boundary is %g to %g", rps, p.LatencyS.P99.Value, b.HoldsRPS, b.BreaksRPS)
		}
	}
	if len(a.Pareto) == 0 || !slices.IsSortedFunc(a.Pareto, func(x, y Point) int {
		if x.Cost < y.Cost && x.P99S > y.P99S {
			return -1
		}
		return 1
	}) {
		t.Errorf("front %+v", a.Pareto)
	}
}

// TestTheFilesOwnLoad: where --load is not given, the file's rate counts.
func TestTheFilesOwnLoad(t *testing.T) {
	if a := find(t, Question{Source: source(t, "testdata/c2-how-many.toml"), SLOs: objectives(t, "p99<10ms")}); a.Plan == nil || a.Plan.GPUs != 1 || a.LoadRPS != 1000 {
		t.Errorf("%+v", a)
	}
}

// TestHowManyWorkers: Erlang's C formula says five desks (33.5 ms on average; four have 45 ms).
func TestHowManyWorkers(t *testing.T) {
	a := find(t, Question{Source: source(t, "testdata/workers.toml"), SLOs: objectives(t, "mean<36ms"), Axes: []study.Axis{axis(t, "stage.desk.workers=1..20")}})
	if a.Plan == nil || a.Plan.Units == nil || *a.Plan.Units != (Setting{"stage.desk.workers", "5"}) || a.Plan.GPUs != 0 {
		t.Fatalf("%+v", a.Plan)
	}
	for _, p := range a.Pareto {
		if p.GPUs != 0 || p.Workers == nil || p.Workers.Key != "stage.desk.workers" {
			t.Errorf("%+v: desks are no GPUs", p)
		}
	}
}

// photosQuestion is one about machines with prices.
func photosQuestion(t *testing.T, rps float64, machines ...string) Question {
	t.Helper()
	return Question{Source: source(t, "testdata/photos.toml"), Set: []scenario.Override{override("run.max_events", 1_000_000)}, SLOs: objectives(t, "p99<40ms"), Load: Load{RPS: rps}, Machines: machines,
		Axes: []study.Axis{axis(t, "batcher.max_batch=8,32"), axis(t, "inference.instances=1,2"), axis(t, "batcher.max_queue_delay=0ns,1ms")}}
}

// TestBruteForceFindsNothingCheaper: of the whole grid nothing that is cheaper than the plan holds.
func TestBruteForceFindsNothingCheaper(t *testing.T) {
	q := photosQuestion(t, 9000, "testdata/small.toml", "testdata/large.toml", "testdata/cores.toml")
	a := find(t, q)
	if a.Plan == nil || a.Plan.PricePerHour == nil || len(a.LeftOut) != 1 || !strings.HasPrefix(a.LeftOut[0], "cores: ") {
		t.Fatalf("%+v, left out %q", a.Plan, a.LeftOut)
	}
	cheaper := 0
	for machine, price := range map[string]float64{"small.toml": 1, "large.toml": 3.4} {
		for servers := 1; price*float64(servers) < *a.Plan.PricePerHour; servers++ {
			for _, side := range []string{"gpu", "cpu"} {
				for _, batch := range []int{8, 32} {
					for _, instances := range []int{1, 2} {
						cheaper++
						p := predicted(t, q.Source, override("hardware", machine), override("servers.count", servers), override("pipeline.preprocessing", side),
							override("batcher.max_batch", batch), override("inference.instances", instances), override("batcher.max_queue_delay", "0ns"),
							override("workload.rate", scenario.Rate(9000)), override("run.p99_goal", 0.1))
						if v := judge(p, q.SLOs); v.holds() {
							t.Errorf("%d x %s, %s preprocessing, batches of %d, %d instances hold at %g an hour: p99 %g s; the plan costs %g",
								servers, machine, side, batch, instances, price*float64(servers), p.LatencyS.P99.Value, *a.Plan.PricePerHour)
						}
					}
				}
			}
		}
	}
	if cheaper == 0 {
		t.Error("nothing is cheaper than the plan: the test tests nothing")
	}
	t.Logf("%s: %g an hour; %d cheaper candidates of the grid do not hold; %d simulations", a.Plan.name(a.Currency), *a.Plan.PricePerHour, cheaper, a.Evaluated)
}

// seeds are how many TestPlanHoldsWithOtherSeeds tries: go test -run OtherSeeds -seeds 100.
var seeds = flag.Int("seeds", 6, "seeds to simulate the plan with")

// TestPlanHoldsWithOtherSeeds: its scenario is one that vsim simulate takes, and meets the objectives whatever the seed.
func TestPlanHoldsWithOtherSeeds(t *testing.T) {
	q := photosQuestion(t, 5000, "testdata/small.toml", "testdata/large.toml")
	a := find(t, q)
	if a.Plan == nil {
		t.Fatal("no plan")
	}
	src := scenario.Text(t.TempDir()+"/plan.toml", []byte(a.Plan.Scenario))
	for seed := range *seeds {
		if p := predicted(t, src, override("run.seed", 100+seed)); judge(p, q.SLOs).point > 1 {
			t.Errorf("seed %d: p99 %g s", 100+seed, p.LatencyS.P99.Value)
		}
	}
	if p := predicted(t, src); p.OfferedRPS.Value < 4900 || p.OfferedRPS.Value > 5100 {
		t.Errorf("the plan's scenario has %g requests/s, not the 5000 that were asked for", p.OfferedRPS.Value)
	}
}

// TestPricesMayMove: at a price just below what the answer says the plan's machine still wins, and just above the other.
func TestPricesMayMove(t *testing.T) {
	q := photosQuestion(t, 5000, "testdata/small.toml", "testdata/large.toml")
	a := find(t, q)
	if a.Plan == nil || a.Prices == nil || a.Prices.RunnerUp == nil || len(a.Prices.Others) != 1 {
		t.Fatalf("%+v", a.Prices)
	}
	price := map[string]float64{"small": 1, "large": 3.4}
	for factor, same := range map[float64]bool{0.97: true, 1.03: false} {
		q.Prices = map[string]float64{a.Plan.Machine: price[a.Plan.Machine] * (1 + *a.Prices.MayRise) * factor}
		if again := find(t, q); (again.Plan.Machine == a.Plan.Machine) != same {
			t.Errorf("at %v the plan is of %s", q.Prices, again.Plan.Machine)
		}
		other := a.Prices.Others[0]
		q.Prices = map[string]float64{other.Machine: other.WinsBelow * (2 - factor)}
		if again := find(t, q); (again.Plan.Machine == a.Plan.Machine) != same {
			t.Errorf("at %v the plan is of %s", q.Prices, again.Plan.Machine)
		}
	}
}

// TestNearestMiss: where the service times alone are above the limit, the answer says so, and what comes nearest.
func TestNearestMiss(t *testing.T) {
	q := photosQuestion(t, 500, "testdata/small.toml")
	q.SLOs = objectives(t, "p99<1ms")
	a := find(t, q)
	if a.Plan != nil || a.NearestMiss == nil || !strings.Contains(a.NearestMiss.Why, "service times alone") || a.NearestMiss.Met[0].Value == nil || *a.NearestMiss.Met[0].Value < 1e-3 {
		t.Fatalf("%+v", a)
	}
	var b strings.Builder
	if err := Text(&b, a); err != nil || !strings.Contains(b.String(), "Nearest miss: ") {
		t.Errorf("%v:\n%s", err, b.String())
	}

	q = Question{Source: source(t, "testdata/workers.toml"), SLOs: objectives(t, "mean<36ms"), Axes: []study.Axis{axis(t, "stage.desk.workers=1..4")}}
	if a := find(t, q); a.Plan != nil || a.NearestMiss == nil || a.NearestMiss.Units.Value != "4" {
		t.Fatalf("four desks are too few, and nearest: %+v", a)
	}
}

// TestLeastEnergy: nothing of the grid that holds takes less.
func TestLeastEnergy(t *testing.T) {
	q := photosQuestion(t, 5000, "testdata/small.toml", "testdata/large.toml")
	q.Least = LeastEnergy
	q.Prices = map[string]float64{"large": 0.5} // the cheapest, and it idles the most
	q.Axes = []study.Axis{axis(t, "batcher.max_batch=8,32"), axis(t, "inference.instances=1,2"), axis(t, "batcher.max_queue_delay=0ns")}
	a := find(t, q)
	if a.Plan == nil || a.Plan.EnergyJ == nil {
		t.Fatalf("%+v", a.Plan)
	}
	for _, machine := range []string{"small.toml", "large.toml"} {
		for servers := 1; servers <= 3; servers++ {
			for _, side := range []string{"gpu", "cpu"} {
				for _, batch := range []int{8, 32} {
					p := predicted(t, q.Source, override("hardware", machine), override("servers.count", servers), override("pipeline.preprocessing", side),
						override("batcher.max_batch", batch), override("inference.instances", 2), override("batcher.max_queue_delay", "0ns"),
						override("workload.rate", scenario.Rate(5000)), override("run.p99_goal", 0.1))
					if e := energyOf(p).Value; judge(p, q.SLOs).holds() && e < 0.99**a.Plan.EnergyJ {
						t.Errorf("%d x %s, %s, batches of %d: %g J; the plan takes %g J", servers, machine, side, batch, e, *a.Plan.EnergyJ)
					}
				}
			}
		}
	}
}

// TestMaxLoad: an M/M/1 queue has a mean of 5 ms at 800/s where it serves in 1 ms.
func TestMaxLoad(t *testing.T) {
	a, err := MaxLoad(context.Background(), &Question{Source: source(t, "testdata/mm1.toml"), SLOs: objectives(t, "mean<5ms"), Least: LeastCost})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "largest load", a.Boundary.HoldsRPS, 800, 0.03)
	if a.Boundary.Kind != Smooth || a.Boundary.FirstBreach != "mean<5ms" {
		t.Errorf("%+v", a.Boundary)
	}
}

// TestMaxLoadInCameras: the boundary is a whole number of cameras, and the next breaks.
func TestMaxLoadInCameras(t *testing.T) {
	src, slos := source(t, "testdata/cameras.toml"), objectives(t, "p99<15ms")
	a, err := MaxLoad(context.Background(), &Question{Source: src, SLOs: slos, Least: LeastCost})
	if err != nil {
		t.Fatal(err)
	}
	b := a.Boundary
	if b.HoldsCameras < 1 || b.BreaksCams != b.HoldsCameras+1 || b.HoldsRPS != 25*float64(b.HoldsCameras) {
		t.Fatalf("%+v", b)
	}
	for n, holds := range map[int]bool{b.HoldsCameras - 1: true, b.BreaksCams + 1: false} {
		if p := predicted(t, src, override("workload.cameras", n)); (judge(p, slos).point <= 1) != holds {
			t.Errorf("%d cameras: p99 %g s; boundary %+v", n, p.LatencyS.P99.Value, b)
		}
	}
}

// TestNothingHoldsBeyondWhatIsServed, however loose the objective: 32 cameras are all that one GPU can do.
func TestNothingHoldsBeyondWhatIsServed(t *testing.T) {
	a, err := MaxLoad(context.Background(), &Question{Source: source(t, "testdata/cameras.toml"), SLOs: objectives(t, "p99<1000s"), Least: LeastCost})
	if err != nil {
		t.Fatal(err)
	}
	if b := a.Boundary; b.HoldsCameras != 31 || b.BreaksCams != 32 || b.Kind != Cliff || !b.Overloaded {
		t.Errorf("%+v", b)
	}
}

// TestQuestionsThatMakeNoSense end with one line that says what to do.
func TestQuestionsThatMakeNoSense(t *testing.T) {
	photos := source(t, "testdata/photos.toml")
	for want, q := range map[string]Question{
		"no objective is given":      {Source: photos},
		"no load is given":           {Source: source(t, "8gpu"), SLOs: objectives(t, "p99<50ms")},
		`did you mean "8gpu"?`:       {Source: photos, SLOs: objectives(t, "p99<50ms"), Machines: []string{"8gpus"}},
		`there is no class "large"`:  {Source: photos, SLOs: objectives(t, "large:p99<50ms"), Machines: []string{"testdata/small.toml"}},
		"the workload has no camera": {Source: photos, SLOs: objectives(t, "p99<50ms"), Load: Load{Cameras: 3}, Machines: []string{"testdata/small.toml"}},
		"no machine of this name is searched": {Source: photos, SLOs: objectives(t, "p99<50ms"), Machines: []string{"testdata/small.toml"},
			Prices: map[string]float64{"smal": 2}},
		"batcher.max_batch": {Source: photos, SLOs: objectives(t, "p99<50ms"), Machines: []string{"testdata/small.toml"}, Axes: []study.Axis{axis(t, "batcher.max_batch=-3")}},
	} {
		q.Least = LeastCost
		_, err := Find(context.Background(), &q)
		if coded, ok := err.(interface{ ExitCode() int }); !ok || coded.ExitCode() != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %q and exit status 2", err, want)
		}
	}
}

// TestSameQuestionSameAnswer but for the time it took.
func TestSameQuestionSameAnswer(t *testing.T) {
	q := photosQuestion(t, 2500, "testdata/small.toml")
	a, b := find(t, q), find(t, q)
	for _, x := range []*Answer{a, b} {
		x.WallS, x.FirstS = 0, 0
		x.Plan.Prediction = nil
	}
	var first, second strings.Builder
	if err := JSON(&first, a); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&second, b); err != nil || first.String() != second.String() {
		t.Errorf("%v\n%s\n%s", err, first.String(), second.String())
	}
	for _, want := range []string{`"plan": {`, `"machine": "small"`, `"servers": `, `"gpus": `, `"price_per_hour": `, `"scenario": `, `"boundary": {`, `"holds_rps": `,
		`"breaks_rps": `, `"first_breach": `, `"kind": "`, `"pareto": [`, `"evaluated": `, `"wall_s": `} {
		if !strings.Contains(first.String(), want) {
			t.Errorf("the answer lacks %s:\n%s", want, first.String())
		}
	}
	var text strings.Builder
	if err := Text(&text, a); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Plan for 2500 requests/s (vit-base on medium images): ", "Boundary: holds up to ", "Cost against p99", "an hour"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text lacks %q:\n%s", want, text.String())
		}
	}
}

// TestDaysArePlannedForTheirPeak: the scenario that is written has the whole day again.
func TestDaysArePlannedForTheirPeak(t *testing.T) {
	q := photosQuestion(t, 2000, "testdata/small.toml")
	q.Set = append(q.Set, override("workload.arrivals", "diurnal"), override("workload.rate", scenario.Rate(1000)), override("workload.peak", scenario.Rate(1800)))
	a := find(t, q)
	if a.Plan == nil || a.LoadRPS != 3600 || !a.Peak {
		t.Fatalf("planned for %v/s, peak %v: want 3600/s, twice the peak as written: %+v", a.LoadRPS, a.Peak, a.Plan)
	}
	s, err := scenario.Text("plan.toml", []byte(a.Plan.Scenario)).Scenario()
	if err != nil {
		t.Fatal(err)
	}
	if w := &s.Workload; w.Arrivals != "diurnal" || w.Rate != 2000 || w.Peak != 3600 {
		t.Errorf("written: %s, mean %v, peak %v: want a day of 2000/s, up to 3600/s", w.Arrivals, w.Rate, w.Peak)
	}
}

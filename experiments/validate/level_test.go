package validate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/sim/scenario"
)

func namesOf(m *Matrix) (out []string) {
	for _, c := range m.Cases {
		out = append(out, c.Name)
	}
	return out
}

// A case belongs to its level and to all larger ones; where no case names one, all belong to each.
func TestLevels(t *testing.T) {
	const cases = "[[case]]\nname = \"a\"\nlevel = \"quick\"\n[[case]]\nname = \"b\"\n[[case]]\nname = \"c\"\nlevel = \"full\"\n"
	for level, want := range map[Level][]string{Quick: {"a"}, Standard: {"a", "b"}, Full: {"a", "b", "c"}} {
		for text, want := range map[string][]string{cases: want, strings.ReplaceAll(cases, "level", "#"): {"a", "b", "c"}} {
			m, err := Read(write(t, text), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.At(level); err != nil || !slices.Equal(namesOf(m), want) {
				t.Errorf("%s: %v, cases %q, want %q", level, err, namesOf(m), want)
			}
		}
	}
	if _, err := Read(write(t, "[[case]]\nname = \"a\"\nlevel = \"huge\"\n"), nil, 0); err == nil || !strings.Contains(err.Error(), `case "a": level = "huge", must be one of quick, default and full`) {
		t.Errorf("error %v", err)
	}
}

// Who does not say how long a case runs leaves it to the level; what is said counts, but for a quick validation.
func TestLengthsByLevel(t *testing.T) {
	text := "[[case]]\nname = \"free\"\n[[case]]\nname = \"own\"\nmeasure = \"20s\"\n[[case]]\nname = \"daily\"\nset = [\"workload.arrivals=diurnal\", \"workload.rate=10/s\", \"workload.peak=15/s\", \"workload.period=9s\"]\n"
	for _, c := range []struct {
		level   Level
		measure time.Duration
		want    []time.Duration
	}{
		{Standard, 0, []time.Duration{8 * time.Second, 20 * time.Second, 9 * time.Second}},
		{Standard, 12 * time.Second, []time.Duration{12 * time.Second, 20 * time.Second, 9 * time.Second}},
		{Quick, 12 * time.Second, []time.Duration{12 * time.Second, 20 * time.Second, 9 * time.Second}},
	} {
		m, err := Read(write(t, text), nil, c.measure)
		if err == nil {
			err = m.At(c.level)
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if m.Cases[i].Measure != want {
				t.Errorf("%s, %v: %s runs for %v, want %v", c.level, c.measure, m.Cases[i].Name, m.Cases[i].Measure, want)
			}
		}
	}
	m, err := Read(write(t, text[:strings.LastIndex(text, "[[case]]")]), nil, 0)
	if err != nil || m.At(Quick) != nil || m.Cases[0].Measure != 5*time.Second || m.Cases[1].Measure != 5*time.Second {
		t.Errorf("quick: %v, %v and %v", err, m.Cases[0].Measure, m.Cases[1].Measure)
	}
}

// The default matrix has what it promises: models, pictures, loads, arrivals, batches, instances, workers, threads.
func TestDefaultMatrixIsVaried(t *testing.T) {
	m, err := Read("cpu", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[any]bool{}
	cores := map[string]map[int]bool{"workers": {}, "instances": {}, "threads": {}, "clients": {}}
	for _, c := range m.Cases {
		s := c.Scenario
		seen[s.Pipeline.Model], seen[s.Workload.Arrivals], seen[c.Load] = true, true, true
		for _, im := range s.Pipeline.Images {
			seen[im.Size] = true
		}
		seen["preferred"] = seen["preferred"] || len(s.Batcher.Preferred) > 0
		cores["workers"][s.Preprocess.Workers], cores["instances"][s.Inference.Instances], cores["threads"][s.Inference.IntraOpThreads] = true, true, true
		cores["clients"][s.Workload.Concurrency] = true
	}
	for _, want := range []any{"mobilenetv2", "resnet50", "deit-tiny", "deit-small", "tinyvit-5m", "small", "medium", "large", scenario.Arrivals("closed"), scenario.Arrivals("gamma"), scenario.Arrivals("mmpp"), 0.3, 0.5, 0.6, 0.8, 0.9, 0.95, "preferred"} {
		if !seen[want] {
			t.Errorf("no case has %v", want)
		}
	}
	if len(m.Cases) < 40 || !cores["workers"][3] || !cores["instances"][2] || !cores["threads"][2] || !cores["clients"][1] || !cores["clients"][256] {
		t.Errorf("%d cases, %v", len(m.Cases), cores)
	}
	sizes := map[Level]int{}
	for _, l := range []Level{Full, Standard, Quick} {
		if err := m.At(l); err != nil {
			t.Fatal(err)
		}
		sizes[l] = len(m.Cases)
	}
	if sizes[Quick] < 10 || sizes[Standard] <= sizes[Quick] || sizes[Full] < 40 {
		t.Errorf("%v", sizes)
	}
}

// Arrivals at a part of the capacity keep their kind: a rate that changes changes in the same proportion.
func TestLoadsOfBursts(t *testing.T) {
	m, err := Read(write(t, "[workload]\nstates = [{rate = \"1/s\", mean_time = \"3s\"}, {rate = \"5/s\", mean_time = \"1s\"}]\n[[case]]\nname = \"a\"\nload = 0.5\n"), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Cases[0].atRate(80)
	if err != nil || s.Workload.Arrivals != "mmpp" || s.Workload.States[0].Rate != 40 || s.Workload.States[1].Rate != 200 {
		t.Errorf("%v, %+v", err, s.Workload)
	}
	if full, err := m.Cases[0].saturated(); err != nil || full.Workload.Arrivals != "closed" {
		t.Errorf("%v, %+v", err, full)
	}
}

// alike is what a queue shows: of many runs of an M/M/1 queue the means scatter as if so many waits in a row were one.
func TestRequestsThatAreAlike(t *testing.T) {
	const runs, length = 400, 3000
	for _, load := range []float64{0.5, 0.8} {
		rng := rand.New(rand.NewPCG(1, 2))
		var means, single []float64
		for range runs {
			wait, sum := 0.0, 0.0
			for i := range 2 * length {
				wait = math.Max(0, wait+rng.ExpFloat64()-rng.ExpFloat64()/load)
				if i >= length {
					sum += wait
				}
				if i >= length && i%50 == 0 {
					single = append(single, wait)
				}
			}
			means = append(means, sum/length)
		}
		got := length * stat.Variance(means, nil) / stat.Variance(single, nil)
		if want := alike(load); got < 0.75*want || got > 1.3*want {
			t.Errorf("at load %g %.1f waits are as good as one, want %.1f", load, got, want)
		}
	}
	if independent != 368 {
		t.Errorf("%g independent latencies bound p99", independent)
	}
}

// Open loops run as long as their noise demands, and no longer than the level has time for.
func TestLengthsByNoise(t *testing.T) {
	at := func(load, rps float64) *Case {
		return &Case{Load: load, rps: rps, free: true, Measure: efforts[Full].least, Scenario: &scenario.Scenario{Workload: scenario.Workload{}}}
	}
	fast, slow, closed := at(0.3, 100), at(0.9, 100), at(0, 0)
	own := at(0.9, 100)
	own.free, own.Measure = false, 3*time.Second
	for _, many := range []int{1, 40} {
		v := &validation{m: &Matrix{level: Full}, opt: Options{Rounds: 2, Slice: 4 * time.Second}}
		v.pace.began = time.Now()
		for range many {
			v.cases = append(v.cases, at(0.9, 100))
		}
		v.cases = append(v.cases, fast, slow, closed, own)
		v.lengthen()
		most := efforts[Full].most
		if many > 1 {
			most = slow.Measure
			if used := v.planned(); used > efforts[Full].all || used < efforts[Full].all-time.Minute {
				t.Errorf("all of it takes %v of %v", used, efforts[Full].all)
			}
		}
		if slow.Measure < 25*time.Second || slow.Measure > most+time.Second || fast.Measure > 15*time.Second || fast.Measure < 10*time.Second || closed.Measure != 8*time.Second || own.Measure != 3*time.Second {
			t.Errorf("%d cases: load 0.9 runs for %v, 0.3 for %v, a closed loop for %v, one with its own length for %v", many, slow.Measure, fast.Measure, closed.Measure, own.Measure)
		}
	}
}

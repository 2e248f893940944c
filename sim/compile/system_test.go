package compile

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/random"
	"vsim/sim/scenario"
)

// step finds a step of a pool by name.
func step(t *testing.T, p engine.Pool, name string) engine.Step {
	t.Helper()
	for _, s := range p.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("pool %q has no step %q: %+v", p.Name, name, p.Steps)
	return engine.Step{}
}

func pool(t *testing.T, sys *engine.System, name string) engine.Pool {
	t.Helper()
	for _, p := range sys.Pools {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no pool %q", name)
	return engine.Pool{}
}

func preset(t *testing.T, file string) *engine.System {
	t.Helper()
	text := presets(t)[file]
	return mustBuild(t, text, embedded(t, text)).System
}

// Preprocessed inputs fill the GPU's memory from when they are made until they are inferred; evicted
// ones cross the link again, with the call's latency in the same step.
func TestSeparatePreprocessingFillsGPUMemory(t *testing.T) {
	sys := preset(t, "separate.toml")
	if len(sys.Memories) != 1 || sys.Memories[0].SizeBytes != 64<<20 || sys.Memories[0].Full != engine.Evict {
		t.Fatalf("memories are %+v", sys.Memories)
	}
	pre, inf := pool(t, sys, "gpu preprocess"), pool(t, sys, "inference")
	if pre.Take == nil || pre.Take.SizeBytes[0] != 602112 || !reflect.DeepEqual(inf.Give, []int{0}) || pre.Give != nil {
		t.Errorf("preprocessing takes %+v, inference gives %v", pre.Take, inf.Give)
	}
	reload := step(t, inf, "reload")
	if !reload.Spilled || !reload.Service.PerItem || inf.Steps[0].Name != "reload" {
		t.Errorf("reload is %+v of %+v", reload, inf.Steps)
	}
	near(t, "reload", reload.Service.At[0][0].Mean(), 6e3+602112/25.)
	last := sys.Route[len(sys.Route)-1]
	if !last.Sticky || sys.Pools[last.Pools[0]].Name != "inference" {
		t.Errorf("inputs must stay on their GPU: %+v", last)
	}
}

func TestEnginesOfAGPU(t *testing.T) {
	sys := preset(t, "separate.toml")
	pre := pool(t, sys, "gpu preprocess")
	decode := step(t, pre, "decode")
	engines := sys.Resources[decode.Resource[0]]
	if decode.Parallel != 5 || engines.Slots != 1 || engines.Name != "jpeg0" || engines.Capacity != 0 {
		t.Errorf("decode %+v on %+v; a call must keep all five engines busy, and calls take turns", decode, engines)
	}
	if link := sys.Resources[step(t, pre, "h2d").Resource[0]]; link.Slots != 1 {
		t.Errorf("one copy engine for each direction, not %d", link.Slots)
	}
}

// What crosses the link is the compressed image, the decoded one, or the tensor; a core copies it before, as these profiles have no work of
// the host that would leave it in pinned memory.
func TestWhatCrossesTheLink(t *testing.T) {
	for preprocessing, want := range map[string]float64{"gpu": 121e3, "split": 562500, "none": 602112, "cpu": 602112} {
		text := "hardware = '1gpu-rtx4090'\n[cpu]\nprofile = 'x86-core-published'\n[gpu]\nprofile = 'rtx4090-published'\n[pipeline]\npreprocessing = '" + preprocessing +
			"'\n[link]\nmemory = 'pageable'"
		sys := mustBuild(t, text, embedded(t, text)).System
		inf := pool(t, sys, "inference")
		near(t, preprocessing+" h2d", step(t, inf, "h2d").Service.At[0][0].Mean(), want/25.)
		staging := step(t, inf, "staging")
		near(t, preprocessing+" staging", staging.Service.At[0][0].Mean(), want/5.7)
		if sys.Resources[staging.Resource[0]].Name != "cpu" {
			t.Errorf("%s: staging runs on %s", preprocessing, sys.Resources[staging.Resource[0]].Name)
		}
	}
}

// The published bandwidths of pageable memory (Quadro RTX 6000) follow from those of pinned memory and
// the default of the staging copy: 3.7 of 11.0 GB/s at 1 MB, 3.2 of 6.9 GB/s at 128 kB.
func TestPageableFitsWhatIsPublished(t *testing.T) {
	for _, c := range []struct{ pinned, bytes, pageable float64 }{{11.0, 1e6, 3.7}, {6.9, 128e3, 3.2}} {
		text := fmt.Sprintf("[cpu]\ncores=1\n[gpu]\ncount=1\n[link]\nbandwidth='%gGB/s'\nmemory='pageable'\n"+
			"[pipeline]\npreprocessing='none'\ntensor='%gkB'\n[times]\ninfer='1ms'\nd2h='1us'", c.pinned, c.bytes/1e3)
		inf := pool(t, mustBuild(t, text, nil).System, "inference")
		ns := step(t, inf, "staging").Service.At[0][0].Mean() + step(t, inf, "h2d").Service.At[0][0].Mean()
		if got := c.bytes / ns; math.Abs(got-c.pageable) > 0.1 {
			t.Errorf("%g B: %.2f GB/s, published is %.1f", c.bytes, got, c.pageable)
		}
	}
}

func TestQueueRulesReachTheBatcher(t *testing.T) {
	b := pool(t, preset(t, "batcher.toml"), "inference").Batch
	want := engine.Batch{Max: 16, Delay: time.Millisecond, Preferred: []int{8, 16}, Prefetch: true, Closed: true,
		Queues: []engine.Queue{{Limit: 9}, {Timeout: 5 * time.Millisecond, Defer: true}}}
	if !reflect.DeepEqual(b, want) {
		t.Errorf("batch is %+v, want %+v", b, want)
	}
	if q := pool(t, preset(t, "defaults.toml"), "inference").Batch.Queues; q != nil {
		t.Errorf("without policies there is one queue that takes all, not %+v", q)
	}
}

func TestModelsHavePoolsOfTheirOwn(t *testing.T) {
	sys := preset(t, "two-models.toml")
	if sys.Classes[0].Name != "resnet50 medium" || sys.Classes[0].Priority != 1 || sys.Classes[1].Priority != 0 {
		t.Errorf("classes are %+v", sys.Classes)
	}
	a, b := pool(t, sys, "inference resnet50"), pool(t, sys, "inference vit-base")
	if !slices.Equal(a.Classes, []int{0}) || !slices.Equal(b.Classes, []int{1}) || len(sys.Route) != 2 || len(sys.Route[1].Pools) != 16 {
		t.Errorf("pools serve %v and %v; route %+v", a.Classes, b.Classes, sys.Route)
	}
	gpu := func(p engine.Pool) int { return step(t, p, "infer").Resource[0] }
	if gpu(a) != gpu(b) {
		t.Error("both models share the first GPU")
	}
}

func TestServersAndOutages(t *testing.T) {
	sys := preset(t, "servers.toml")
	if sys.Servers != (engine.Servers{Count: 2, Balance: engine.PowerOfTwo}) || sys.Route[1].Balance != engine.RandomPool {
		t.Errorf("servers %+v, balance %v", sys.Servers, sys.Route[1].Balance)
	}
	if last := sys.Pools[len(sys.Pools)-1]; len(sys.Pools) != 18 || last.Server != 1 || last.Place != 16 ||
		sys.Resources[step(t, last, "infer").Resource[0]].Name != "gpu15" {
		t.Errorf("the last of %d pools is %+v", len(sys.Pools), last)
	}
	gpu, server := sys.Outages[0], sys.Outages[1]
	if !slices.Equal(gpu.Pools, []int{2}) || gpu.Lose || !slices.Equal(gpu.Schedule, []engine.Span{{From: 5 * time.Second, To: 6 * time.Second}}) {
		t.Errorf("outage of a GPU: %+v", gpu)
	}
	if len(server.Pools) != 9 || server.Pools[0] != 1 || server.Pools[1] != 10 || !server.Lose || server.Schedule != nil {
		t.Errorf("outage of a server: %+v", server)
	}
	near(t, "time to a failure", server.Up.Mean(), 60e9)
	near(t, "time to a repair", server.Down.Mean(), 10e9)
}

func TestFacesAreCopiesThatJoin(t *testing.T) {
	sys := preset(t, "faces.toml")
	fork := sys.Route[2]
	if len(fork.Fork) != 1 || fork.Fork[0].First != 3 || fork.Next != engine.End || sys.Route[3].Next != engine.End || !sys.Route[3].Sticky {
		t.Fatalf("route is %+v", sys.Route)
	}
	if got := fork.Fork[0].Copies.Mean(); math.Abs(got-5) > 0.01 {
		t.Errorf("%v faces on average, want 5", got)
	}
}

func TestPowerOfAMachine(t *testing.T) {
	cpu := preset(t, "faces-on-a-cpu.toml").Resources[0]
	for _, k := range cpu.Kinds {
		want := 9.
		if k.Name == "decode" {
			want = 12
		}
		if k.Watts != want {
			t.Errorf("%s draws %v W, want %v", k.Name, k.Watts, want)
		}
	}
	text := "hardware='1gpu-rtx4090'\n[cpu]\nidle_power='20W'\n[gpu]\nidle_power='30W'\nactive_power='400W'"
	sys := mustBuild(t, text, embedded(t, text)).System
	if r := sys.Resources[0]; r.Name != "cpu" || r.IdleWatts != 20 {
		t.Errorf("a CPU with nothing to do draws its idle power: %+v", r)
	}
	gpu := sys.Resources[1]
	if gpu.IdleWatts != 30 {
		t.Errorf("gpu: %+v", gpu)
	}
	for _, k := range gpu.Kinds { // what the machine has of stages goes before active_power
		if want := map[string]float64{"decode": 99, "resize": 99, "infer": 400}[k.Name]; k.Watts != want {
			t.Errorf("%s draws %v W, want %v", k.Name, k.Watts, want)
		}
	}
}

// A GPU's slow-downs say how its jobs share it; pairs of which nothing is known take turns.
func TestSlowdownsReplaceEqualSharing(t *testing.T) {
	text := "hardware='1gpu-rtx4090'\n[gpu]\nslowdown={stage='infer', beside='infer', neighbours=[1], factors=[1.4]}"
	gpu := mustBuild(t, text, embedded(t, text)).System.Resources[1] // after the CPU
	if gpu.Capacity != 0 {
		t.Errorf("capacity %v beside slow-downs", gpu.Capacity)
	}
	at := func(i, j int) float64 { return curveAt(gpu.Excess[i][j], 1) }
	if infer, decode := 2, 0; math.Abs(at(infer, infer)-0.4) > 1e-9 || math.Abs(at(decode, infer)-1) > 1e-9 {
		t.Errorf("one neighbour costs %v and %v, want 0.4 and 1", at(infer, infer), at(decode, infer))
	}
}

// One curve for every stage beside every other counts all neighbours together, whatever they do.
func TestOneCurveForACPU(t *testing.T) {
	cpu := preset(t, "no-profile.toml").Resources[0]
	if len(cpu.Kinds) != 1 || len(cpu.Excess) != 1 || len(cpu.Excess[0][0]) != 2 || math.Abs(cpu.Excess[0][0][1].Excess-0.5) > 1e-9 {
		t.Errorf("kinds %+v, excess %+v", cpu.Kinds, cpu.Excess)
	}
}

func curveAt(c engine.Curve, n float64) float64 {
	return c[0].Excess * min(n/c[0].Neighbours, 1)
}

func TestTablesByBatch(t *testing.T) {
	text := "[[stage]]\nname='a'\nmax_batch=B\nservice={dist='table', batches=[1,2,4], means=['2ms','3ms','7ms'], cv=0.5}\n"
	row := mustBuild(t, strings.Replace(text, "B", "4", 1), nil).System.Pools[0].Steps[0].Service.At[0]
	for i, want := range []float64{2e6, 3e6, 5e6, 7e6} {
		if got := row[i].Mean(); math.Abs(got-want) > 1e-4*want {
			t.Errorf("batch %d: mean %v, want %v", i+1, got, want)
		}
	}
	_, err := Build(load(t, strings.Replace(text, "B", "5", 1)), nil)
	if err == nil || !strings.Contains(err.Error(), "stage.0.service: its table does not reach") {
		t.Errorf("beyond the table: %v", err)
	}
	built := mustBuild(t, strings.Replace(text, "B", "5", 1)+"[scaling]\nallow_extrapolation=true", nil)
	near(t, "batch 5", built.System.Pools[0].Steps[0].Service.At[0][4].Mean(), 9e6)
	if built.Topology.Stages[0].Steps[0].Times != "extrapolated" || !strings.Contains(strings.Join(built.Warnings, "\n"), "a: 1 batch size beyond") {
		t.Errorf("times %v, warnings %q", built.Topology.Stages[0].Steps, built.Warnings)
	}
}

func TestServicesByClass(t *testing.T) {
	text := "[[class]]\nname='x'\n[[class]]\nname='y'\n[[stage]]\nname='a'\nservice=[{class='y', mean='3ms'}, {class='x', mean='1ms'}]"
	s := mustBuild(t, text, nil).System.Pools[0].Steps[0].Service
	near(t, "x", s.At[0][0].Mean(), 1e6)
	near(t, "y", s.At[1][0].Mean(), 3e6)
}

// Counts draw every value with its probability, and nothing else: the number of draws of a value lies within
// four standard deviations of its binomial.
func TestCountsHaveTheirProbabilities(t *testing.T) {
	poisson := func(k int) float64 {
		lg, _ := math.Lgamma(float64(k) + 1)
		return math.Exp(float64(k)*math.Log(3) - 3 - lg)
	}
	of := func(p map[int]float64) func(int) float64 { return func(k int) float64 { return p[k] } }
	for name, c := range map[string]struct {
		count scenario.Count
		p     func(k int) float64
	}{
		"uniform":  {scenario.Count{Dist: "uniform", Min: 2, Max: 5}, of(map[int]float64{2: 0.25, 3: 0.25, 4: 0.25, 5: 0.25})},
		"poisson":  {scenario.Count{Dist: "poisson", Mean: 3}, poisson},
		"adjacent": {scenario.Count{Dist: "discrete", Values: []int{0, 1, 2}, Weights: []float64{7, 2, 1}}, of(map[int]float64{0: 0.7, 1: 0.2, 2: 0.1})},
		"distant":  {scenario.Count{Dist: "discrete", Values: []int{1, 100}, Weights: []float64{50, 50}}, of(map[int]float64{1: 0.5, 100: 0.5})},
		"unequal":  {scenario.Count{Dist: "discrete", Values: []int{1, 1000}, Weights: []float64{90, 10}}, of(map[int]float64{1: 0.9, 1000: 0.1})},
		"constant": {scenario.Count{Dist: "constant", Mean: 25}, of(map[int]float64{25: 1})},
	} {
		counts, err := counter(&c.count)
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, name, counts, c.p)
	}
}

// checkCounts compares what a counter draws with probabilities.
func checkCounts(t *testing.T, name string, c *random.Counter, p func(k int) float64) {
	t.Helper()
	const n = 200_000
	stream := random.NewStream(1, "test", 0)
	seen := map[int]int{}
	for range n {
		seen[c.Draw(&stream)]++
	}
	for k := range 1001 {
		if want, margin := n*p(k), 4*math.Sqrt(n*p(k)*(1-p(k))); math.Abs(float64(seen[k])-want) > margin+1 || p(k) == 0 && seen[k] > 0 {
			t.Errorf("%s: %d is drawn %d times, want %.0f +- %.0f", name, k, seen[k], want, margin)
		}
	}
}

// The example draws the faces that it says, and no others.
func TestFacesExampleDrawsWhatItSays(t *testing.T) {
	const file = "../../experiments/examples/faces.toml"
	s, err := scenario.Load(file, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.General().Stages {
		st := &s.General().Stages[i]
		if st.Copies == nil {
			continue
		}
		c, err := counter(st.Copies)
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, file, c, func(k int) float64 { return map[int]float64{0: 0.2, 1: 0.4, 2: 0.3, 10: 0.1}[k] })
		return
	}
	t.Error("no stage has copies")
}

func TestTrafficOfAllKinds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte("time_s,class\n0.5,request\n1.0,request\n2.0,request\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for workload, want := range map[string]float64{
		"states = [{rate='100/s', mean_time='3s'}, {rate='900/s', mean_time='1s'}]":   300,
		"spans = [{for='10s', rate='100/s'}, {for='10s', rate='100/s', to='300/s'}]":  150,
		"arrivals = 'diurnal'\nrate = '50/s'\npeak = '80/s'\nperiod = '1h'\ncv = 1.5": 50,
		"file = 't.csv'\ntime_scale = 0.5":                                            3,
	} {
		s, err := scenario.Parse(filepath.Join(dir, "s.toml"), []byte("[[stage]]\nname='a'\nservice='1ms'\n[workload]\n"+workload), scenario.Options{})
		if err != nil {
			t.Errorf("%s: %v", workload, err)
			continue
		}
		built, err := Build(s, nil)
		if err != nil {
			t.Errorf("%s: %v", workload, err)
			continue
		}
		if got := built.System.Source.Arrivals.MeanRate(); math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s: %v/s on average, want %v/s", workload, got, want)
		}
	}
	for workload, want := range map[string]float64{"arrivals='deterministic'\nrate='500/s'": 2e6, "arrivals='gamma'\ncv=2.0\nrate='500/s'": 2e6, "rate='500/s'": 2e6} {
		gap := mustBuild(t, "[[stage]]\nname='a'\nservice='1ms'\n[workload]\n"+workload, nil).System.Source.Gap
		if got := gap.Mean(); math.Abs(got-want) > 1e-5*want {
			t.Errorf("%s: a gap of %v ns on average, want %v", workload, got, want)
		}
	}
	_, err := Build(load(t, "[[stage]]\nname='a'\nservice='1ms'\n[workload]\nfile='none.csv'"), nil)
	if err == nil || !strings.Contains(err.Error(), "workload.file") || !strings.Contains(err.Error(), "none.csv") {
		t.Errorf("a trace that is not there: %v", err)
	}
}

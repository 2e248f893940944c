package compile

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// measured is a profile of a CPU as the profiler writes it, with times that are easy to recognise.
func measured() *profile.Profile {
	p := &profile.Profile{Schema: profile.Schema, Name: "test", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	add := func(k profile.Key, meanNs float64) {
		p.Services = append(p.Services, profile.Service{Key: k, N: 1000, MeanNs: meanNs,
			Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{0.5 * meanNs, meanNs, 1.5 * meanNs}})
	}
	add(profile.Key{Stage: "decode", Resource: "cpu", Image: "small"}, 1e5)
	add(profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}, 2e6)
	add(profile.Key{Stage: "resize", Resource: "cpu", Image: "small"}, 5e4)
	add(profile.Key{Stage: "resize", Resource: "cpu", Image: "medium"}, 3e5)
	add(profile.Key{Stage: "copy", Resource: "cpu", Model: "resnet50"}, 6e4)
	add(profile.Key{Stage: "post", Resource: "cpu", Model: "resnet50"}, 1e4)
	for _, threads := range []int{1, 2} {
		for _, batch := range []int{1, 2, 4, 8} {
			add(profile.Key{Stage: "infer", Resource: "cpu", Model: "resnet50", Batch: batch, Threads: threads}, 1e6+float64(batch)*6e6/float64(threads))
		}
	}
	p.Contention = []profile.Contention{
		{Resource: "cpu", Stage: "infer", Beside: "decode", Neighbours: 1, Slowdown: 1.08, N: 10},
		{Resource: "cpu", Stage: "decode", Beside: "infer", Neighbours: 1, Slowdown: 1.24, N: 10},
	}
	return p
}

func load(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	s, err := scenario.Parse("test.toml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustBuild(t *testing.T, text string, p *Profiles) *Built {
	t.Helper()
	b, err := Build(load(t, text), p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func embedded(t *testing.T, text string) *Profiles {
	t.Helper()
	p, err := LoadProfiles(load(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*want+1 { // samplers hold fractions of a nanosecond
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

const cpuScenario = `
hardware = "2cpu"
[pipeline]
model = "resnet50"
images = [{size = "small"}, {size = "medium", weight = 3}]
[preprocess]
workers = 3
[batcher]
max_batch = 6
max_queue_delay = "5ms"
[inference]
instances = 2
intra_op_threads = 2
`

func TestCPUPipelineMirrorsTheServer(t *testing.T) {
	sys := mustBuild(t, cpuScenario, FromProfile(measured(), nil)).System
	if len(sys.Resources) != 1 || sys.Resources[0].Capacity != 2 || len(sys.Route) != 2 {
		t.Fatalf("resources %+v, route %+v; want one CPU of 2 cores and two nodes", sys.Resources, sys.Route)
	}
	if got := names(sys); got != "preprocess: decode resize; inference: copy infer post" {
		t.Errorf("steps are %q", got)
	}
	pre, inf := sys.Pools[0], sys.Pools[1]
	if pre.Workers != 3 || pre.Batch.Max > 1 || inf.Workers != 2 || inf.Batch.Max != 6 || inf.Batch.Delay != 5e6 {
		t.Errorf("pools are %+v and %+v", pre, inf)
	}
	near(t, "decode of small", pre.Steps[0].Service.At[0][0].Mean(), 1e5)
	near(t, "decode of medium", pre.Steps[0].Service.At[1][0].Mean(), 2e6)
	if !inf.Steps[0].Service.PerItem || inf.Steps[1].Service.PerItem || !inf.Steps[2].Service.PerItem {
		t.Error("copy and post must be drawn for each request, inference once a batch")
	}
	row := inf.Steps[1].Service.At[0]
	near(t, "inference of 4, measured", row[3].Mean(), 1e6+4*3e6)
	near(t, "inference of 6, between 4 and 8", row[5].Mean(), 1e6+6*3e6)
	near(t, "its minimum", row[5].At(0), (1e6+6*3e6)/2)
	if w := kind(sys, "infer").Width; w != 2 {
		t.Errorf("an inference of 2 threads keeps %v cores busy", w)
	}
}

func TestMeasuredContentionBecomesExcess(t *testing.T) {
	cpu := mustBuild(t, cpuScenario, FromProfile(measured(), nil)).System.Resources[0]
	at := map[string]int{}
	for i, k := range cpu.Kinds {
		at[k.Name] = i
	}
	curve := cpu.Excess[at["infer"]][at["decode"]]
	if len(curve) != 1 || curve[0].Neighbours != 1 || math.Abs(curve[0].Excess-0.08) > 1e-12 {
		t.Errorf("infer beside decode: %+v, want 8 %% at 1 neighbour", curve)
	}
	if c := cpu.Excess[at["decode"]][at["decode"]]; c != nil {
		t.Errorf("decode beside decode was not measured but is %+v", c)
	}
	quiet := measured()
	quiet.Contention = nil
	if x := mustBuild(t, cpuScenario, FromProfile(quiet, nil)).System.Resources[0].Excess; x != nil {
		t.Errorf("nothing was measured, but the excess is %+v", x)
	}
}

func TestHandoffIsServedWhereItWasMeasured(t *testing.T) {
	p := measured()
	p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: "handoff", Resource: "cpu"}, N: 9, MeanNs: 2e4,
		Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e4, 3e4}})
	if got := names(mustBuild(t, cpuScenario, FromProfile(p, nil)).System); got != "preprocess: handoff decode resize; inference: copy infer post" {
		t.Errorf("steps are %q", got)
	}
}

func TestGPUPreprocessing(t *testing.T) {
	text := "hardware = '8gpu'\n[link]\ngpus_per_bridge = 2\n[pipeline]\nimages=[{size='medium'},{size='large'}]"
	built := mustBuild(t, text, embedded(t, text))
	sys := built.System
	if len(sys.Route) != 2 || len(sys.Route[1].Pools) != 8 || sys.Route[1].Balance != engine.LeastOutstanding {
		t.Fatalf("route is %+v, want a second node of 8 pools, least outstanding", sys.Route)
	}
	if got, want := names(sys), "receive: handoff; inference: h2d latency h2d decode resize infer d2h latency d2h"; !strings.HasPrefix(got, want) {
		t.Errorf("steps are %q, want %q", got, want)
	}
	h2d := func(i int) engine.Step { return sys.Pools[1+i].Steps[1] }
	bridge := sys.Resources[h2d(0).Resource[0]]
	if h2d(0).Resource[0] != h2d(1).Resource[0] || h2d(1).Resource[0] == h2d(2).Resource[0] {
		t.Error("two GPUs each must share a bridge")
	}
	if h2d(0).Kind == h2d(1).Kind || bridge.Capacity != 1 || bridge.Kinds[0].Limit != 1 || len(bridge.Kinds) != 2 {
		t.Errorf("a bridge must tell its GPUs apart and give each no more than its own link: %+v", bridge)
	}
	near(t, "latency of a call", sys.Pools[1].Steps[0].Service.At[0][0].Mean(), 6e3)
	near(t, "upload of medium", h2d(0).Service.At[0][0].Mean(), 121e3/25.)
	near(t, "upload of large", h2d(0).Service.At[1][0].Mean(), 9528e3/25.)
	if built.Profile == "" || !strings.Contains(strings.Join(built.Notes, "\n"), "published figures, not measured") {
		t.Errorf("the report would not say that the profile is published: %q %q", built.Profile, built.Notes)
	}
}

func TestCPUPreprocessingForGPUs(t *testing.T) {
	text := "hardware = '1gpu-rtx4090'\n[pipeline]\npreprocessing='cpu'"
	sys := mustBuild(t, text, embedded(t, text)).System
	if got := names(sys); got != "preprocess: handoff decode resize forward; inference: copy h2d latency h2d launch infer d2h latency d2h" {
		t.Errorf("steps are %q", got)
	}
	tensors := step(t, sys.Pools[1], "h2d").Service
	if tensors.PerItem {
		t.Error("the tensors of a batch cross in one transfer")
	}
	near(t, "transfer of 8 tensors", tensors.At[0][7].Mean(), 8*602112/25.)
}

// A measured CPU profile given beside a machine's published GPU profile serves the CPU and no more.
func TestProfileServesTheResourcesThatItHas(t *testing.T) {
	dir := t.TempDir()
	if err := measured().Save(dir + "/cpu.toml"); err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load("8gpu", scenario.Options{Profile: dir + "/cpu.toml", Set: []string{"pipeline.preprocessing=cpu"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := LoadProfiles(s)
	if err != nil {
		t.Fatal(err)
	}
	built, err := Build(s, p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(built.Profile, "test sha256:") || !strings.Contains(built.Profile, "; rtx4090-published sha256:") {
		t.Errorf("profiles used: %q", built.Profile)
	}
	near(t, "decode, measured", built.System.Pools[0].Steps[0].Service.At[0][0].Mean(), 2e6)
}

func TestExtrapolationIsAnErrorUnlessAllowed(t *testing.T) {
	text := strings.Replace(cpuScenario, "max_batch = 6", "max_batch = 10", 1)
	_, err := Build(load(t, text), FromProfile(measured(), nil))
	if err == nil || !strings.Contains(err.Error(), "batcher.max_batch: a batch of 9 is beyond") {
		t.Errorf("got %v", err)
	}
	built := mustBuild(t, text+"[scaling]\nallow_extrapolation = true", FromProfile(measured(), nil))
	near(t, "inference of 10", built.System.Pools[1].Steps[1].Service.At[0][9].Mean(), 1e6+10*3e6)
	want := "infer: 2 batch sizes beyond the known ones are extrapolated"
	if !strings.Contains(strings.Join(built.Warnings, "\n"), want) {
		t.Errorf("warnings %q lack %q", built.Warnings, want)
	}
}

// Two noisy batch sizes, of which the larger took less time, make no negative times and no shorter ones
// (a Redis measured with batches 1 and 5 beside a busy neighbour was refused).
func TestTimesThatFallAreNotExtrapolatedDownwards(t *testing.T) {
	text := strings.Replace(cpuScenario, "max_batch = 6", "max_batch = 100", 1) + "[scaling]\nallow_extrapolation = true"
	noisy := measured()
	for i := range noisy.Services {
		if s := &noisy.Services[i]; s.Stage == "infer" && s.Batch == 8 {
			noisy.Services[i] = *noisy.Find(profile.Key{Stage: "infer", Resource: "cpu", Model: "resnet50", Batch: 2, Threads: s.Threads})
			noisy.Services[i].Batch = 8
		}
	}
	built := mustBuild(t, text, FromProfile(noisy, nil))
	infer := built.System.Pools[1].Steps[1].Service.At[0]
	near(t, "inference of 8", infer[7].Mean(), 1e6+2*3e6)
	near(t, "inference of 100", infer[99].Mean(), 1e6+2*3e6)
	want := "infer: its time falls from batch 4 to 8, which is noise"
	if !strings.Contains(strings.Join(built.Warnings, "\n"), want) {
		t.Errorf("warnings %q lack %q", built.Warnings, want)
	}
}

func TestWhatAProfileLacksIsSaidAtOnce(t *testing.T) {
	text := strings.NewReplacer(`"resnet50"`, `"resnet5"`, `"small"`, `"tiny"`).Replace(cpuScenario)
	_, err := Build(load(t, text), FromProfile(measured(), nil))
	for _, want := range []string{"has no decode tiny on cpu; it has: decode small, decode medium",
		"has no resize tiny", "has no copy resnet5 on cpu; it has: copy resnet50", "has no infer resnet5 (2 threads) on cpu; it has: infer resnet50 (1 threads)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got\n%v\nwant it to contain %q", err, want)
		}
	}
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("want five faults, got\n%v", err)
	}
	_, err = Build(load(t, "hardware='2cpu'"), embedded(t, "hardware='2cpu'"))
	if err == nil || !strings.Contains(err.Error(), "vsim profile --cpu -o FILE and pass it with --profile FILE") || strings.Contains(err.Error(), "\n") {
		t.Errorf("without a profile: got %v", err)
	}
}

func TestSyntheticDistributionsKeepTheirMeans(t *testing.T) {
	for service, want := range map[string]float64{
		`"2ms"`:                                     2e6,
		`{dist="exponential", mean="2ms"}`:          2e6,
		`{dist="lognormal", mean="2ms", cv=0.3}`:    2e6,
		`{dist="gamma", mean="2ms", cv=0.8}`:        2e6,
		`{dist="erlang", mean="2ms", shape=4}`:      2e6,
		`{dist="uniform", min="1ms", max="4ms"}`:    2.5e6,
		`{dist="hyperexponential",mean="2ms",cv=3}`: 2e6,
		`{dist="empirical", probabilities=[0,0.5,1], quantiles=["0ns","1ms","5ms"]}`: 1.75e6,
	} {
		sys := mustBuild(t, "[[stage]]\nname='a'\nservice="+service, nil).System
		if got := sys.Pools[0].Steps[0].Service.At[0][0].Mean(); math.Abs(got-want) > 1e-4*want { // whole nanoseconds
			t.Errorf("%s: mean %v, want %v", service, got, want)
		}
	}
	sys := mustBuild(t, "[[stage]]\nname='a'\nmax_batch=8\nservice={dist='gamma', mean='2ms', per_image='0.5ms', cv=1}", nil).System
	for i, s := range sys.Pools[0].Steps[0].Service.At[0] {
		if want := 2e6 + 5e5*float64(i+1); math.Abs(s.Mean()-want) > 1e-4*want {
			t.Errorf("batch %d: mean %v, want %v", i+1, s.Mean(), want)
		}
	}
}

// names lists pools and steps: "pool: step step; pool: step".
func names(sys *engine.System) string {
	var pools []string
	for _, p := range sys.Pools {
		text := p.Name + ":"
		for _, s := range p.Steps {
			text += " " + s.Name
		}
		pools = append(pools, text)
	}
	return strings.Join(pools, "; ")
}

func kind(sys *engine.System, name string) engine.Kind {
	for _, k := range sys.Resources[0].Kinds {
		if k.Name == name {
			return k
		}
	}
	return engine.Kind{}
}

// batchDecoding is a profile of a GPU that was measured decoding and resizing in batches, and batchScenario one that
// uses it.
func batchDecoding() *profile.Profile {
	p := measured()
	add := func(stage string, batch int, meanNs float64) {
		k := profile.Key{Stage: stage, Resource: "gpu", Batch: batch}
		if stage == "infer" {
			k.Model = "resnet50"
		} else {
			k.Image = "medium"
		}
		p.Services = append(p.Services, profile.Service{Key: k, MeanNs: meanNs})
	}
	for _, stage := range []string{"decode", "resize"} {
		add(stage, 0, 100e3)
		add(stage, 4, 160e3)
		add(stage, 8, 240e3)
	}
	add("infer", 1, 1e6)
	add("infer", 8, 2e6)
	return p
}

const batchScenario = "[cpu]\ncores=2\n[gpu]\ncount=1\n[link]\nbandwidth='10GB/s'\n[pipeline]\nmodel='resnet50'\nimage='medium'\n[batcher]\nmax_batch=8"

// A GPU that was measured decoding in batches is simulated so where all images are alike, between the
// measured sizes too; a mix of images takes the sum of its images one by one.
func TestDecodingInBatches(t *testing.T) {
	p, text := batchDecoding(), batchScenario
	decode := step(t, pool(t, mustBuild(t, text, FromProfile(p, nil)).System, "inference"), "decode").Service
	if decode.PerItem || len(decode.At) != 1 || len(decode.At[0]) != 8 {
		t.Fatalf("decode is %+v, want one time for each of 8 batch sizes", decode)
	}
	for batch, want := range map[int]float64{1: 100e3, 2: 120e3, 4: 160e3, 6: 200e3, 8: 240e3} {
		near(t, fmt.Sprintf("decoding %d", batch), decode.At[0][batch-1].Mean(), want)
	}
	for i := range p.Services { // the small images, to be mixed in
		if s := p.Services[i]; s.Resource == "gpu" && s.Image == "medium" {
			s.Image = "small"
			p.Services = append(p.Services, s)
		}
	}
	mixed := strings.Replace(text, "image='medium'", "images=[{size='medium'},{size='small'}]", 1)
	if decode := step(t, pool(t, mustBuild(t, mixed, FromProfile(p, nil)).System, "inference"), "decode").Service; !decode.PerItem {
		t.Errorf("mixed batches are decoded as %+v, want one by one", decode)
	}
}

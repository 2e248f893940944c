package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/sim/engine/oracle"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// config writes a model configuration into a model repository of its own and returns its path.
func config(t *testing.T, model, text string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), model)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config.pbtxt")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// imported imports a configuration and simulates what comes out; flags of both commands are parted by "--".
func imported(t *testing.T, file string, flags ...string) predict.Prediction {
	t.Helper()
	out := filepath.Join(t.TempDir(), "imported.toml")
	importFlags, simulateFlags := flags, []string(nil)
	for i, f := range flags {
		if f == "--" {
			importFlags, simulateFlags = flags[:i], flags[i+1:]
		}
	}
	if code, stdout, errOut := vsim(append([]string{"import", "triton", file, "-o", out}, importFlags...)...); code != 0 || stdout != "" {
		t.Fatalf("exit %d, stdout %q, stderr %s", code, stdout, errOut)
	}
	code, text, errOut := vsim(append([]string{"simulate", out, "--json"}, simulateFlags...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errOut)
	}
	var p predict.Prediction
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// The configurations of sim/scenario/triton are imported and simulated.
func TestImportedConfigurationsSimulate(t *testing.T) {
	const models = "../../sim/scenario/triton/testdata/models/"
	for _, c := range []struct {
		model  string
		flags  []string
		stages string
	}{
		{"resnet50", nil, "resnet50 resnet50 output"}, // of which the machine's published profile has times
		{"priorities", []string{"--times", "2ms + 0.2ms/image", "--shares", "1=10,3=90"}, "priorities"},
		{"pipeline", []string{"--hardware", "8gpu", "--image", "medium", "--times", "1ms"}, "preprocess classifier detector postprocess"},
		{"named", []string{"--hardware", "8gpu", "--times", "2ms"}, "named"},
		{"cpu", []string{"--hardware", "2cpu", "--times", "20ms + 9ms/image"}, "cpu"},
		{"unbatched", []string{"--times", "2ms"}, "unbatched"},
	} {
		p := imported(t, models+c.model+"/config.pbtxt", append(c.flags, "--", "--set", "workload.concurrency=8", "--set", "run.replications=2", "--set", "run.max_events=200000")...)
		var queues []string
		for _, st := range p.Stages {
			queues = append(queues, st.Name)
		}
		if got := strings.Join(queues, " "); got != c.stages || p.ThroughputRPS.Value <= 0 {
			t.Errorf("%s: stages %s at %v/s, want %s", c.model, got, p.ThroughputRPS.Value, c.stages)
		}
	}
}

// Without dynamic batching, one instance is M/D/1 whatever max_batch_size is; its service is the transfers
// of one request and the inference.
func TestImportedWithoutBatchingIsMD1(t *testing.T) {
	p := imported(t, "../../sim/scenario/triton/testdata/models/unbatched/config.pbtxt", "--times", "2ms", "--spread", "0",
		"--", "--set", "workload.rate=350/s", "--set", "run.replications="+replications, "--set", "run.throughput_goal=1e-9", "--set", "run.max_events=4000000")
	service := 0.002 + 2*6e-6 + (3*224*224*4+1000*4)/25e9
	within3(t, "mean latency", p.LatencyS.Mean, oracle.MD1Wait(350, service)+service)
}

// TensorRT's instance takes the next batch while answers are copied; that of ONNX Runtime copies them itself.
func TestImportedOutputCopies(t *testing.T) {
	const in, out = 6e-6 + 3*1024*1024*4/25e9, 6e-6 + 1024*1024*4/25e9
	for platform, service := range map[string]float64{"tensorrt_plan": in + 0.002, "onnxruntime_onnx": in + 0.002 + out} {
		p := imported(t, config(t, "segmenter", `platform: "`+platform+`" max_batch_size: 1
			input { name: "x" data_type: TYPE_FP32 dims: [ 3, 1024, 1024 ] }
			output { name: "y" data_type: TYPE_FP32 dims: [ 1, 1024, 1024 ] }`), "--times", "2ms", "--",
			"--set", "workload.concurrency=8", "--set", "run.replications=2", "--set", "run.max_events=400000")
		if got := p.ThroughputRPS.Value * service; got < 0.999 || got > 1.001 {
			t.Errorf("%s: %v/s, want %v/s", platform, p.ThroughputRPS.Value, 1/service)
		}
	}
}

// Two models on GPUs of their own that need the only one of a resource execute in turns, with their copies.
func TestImportedRateLimiterHasModelsTakeTurns(t *testing.T) {
	text := func(gpu string) string {
		return `max_batch_size: 4 input { name: "x" data_type: TYPE_FP32 dims: [ 3, 1024, 1024 ] } output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] } dynamic_batching { }
			instance_group { gpus: ` + gpu + ` rate_limiter { resources { name: "R1" count: 1 global: true } } }`
	}
	models := filepath.Dir(filepath.Dir(config(t, "a", text("0"))))
	if err := os.MkdirAll(filepath.Join(models, "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(models, "b", "config.pbtxt"), []byte(text("1")), 0o644); err != nil {
		t.Fatal(err)
	}
	served := 0.002 + 2*6e-6 + 4*(3*1024*1024*4+32)/25e9
	for limit, want := range map[string]float64{"execution_count": 4 / served, "off": 8 / served} {
		p := imported(t, models, "--hardware", "8gpu", "--times", "2ms", "--rate-limit", limit,
			"--", "--set", "workload.concurrency=200", "--set", "run.replications=4", "--set", "run.max_events=1000000")
		if got := p.ThroughputRPS.Value; got < 0.98*want || got > 1.02*want {
			t.Errorf("--rate-limit %s: %v/s, want %v/s", limit, got, want)
		}
	}
}

// The models of a repository share the GPU, each with its share of the requests.
func TestImportedRepositorySharesTheGPU(t *testing.T) {
	const text = `max_batch_size: 1 input { name: "x" data_type: TYPE_FP32 dims: [ 8 ] } output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] }`
	models := filepath.Dir(filepath.Dir(config(t, "slow", text)))
	if err := os.MkdirAll(filepath.Join(models, "fast"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(models, "fast", "config.pbtxt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := imported(t, models, "--times", "slow=8ms", "--times", "fast=1ms", "--traffic", "slow=1,fast=3",
		"--", "--set", "workload.concurrency=64", "--set", "run.replications=4", "--set", "run.max_events=2000000")
	if len(p.Classes) != 2 || p.Classes[0].Name != "fast" {
		t.Fatalf("classes %+v", p.Classes)
	}
	// The GPU never idles, as there is always a request for slow.
	near := func(what string, got, want float64) {
		if got < 0.98*want || got > 1.02*want {
			t.Errorf("%s: %v/s, want %v/s", what, got, want)
		}
	}
	near("all", p.ThroughputRPS.Value, 1/(0.25*0.008+0.75*0.001))
	near("fast", p.Classes[0].ThroughputRPS.Value, 0.75*p.ThroughputRPS.Value)
}

// Times of which nobody gives more than the mean have a spread: the same server waits as M/G/1 does, longer by the
// square of the cv, and what is assumed is said in a line.
func TestImportedTimesHaveASpread(t *testing.T) {
	p := imported(t, "../../sim/scenario/triton/testdata/models/unbatched/config.pbtxt", "--times", "2ms", "--spread", "0.5",
		"--", "--set", "workload.rate=350/s", "--set", "run.replications="+replications, "--set", "run.throughput_goal=1e-9", "--set", "run.max_events=4000000")
	service := 0.002 + 2*6e-6 + (3*224*224*4+1000*4)/25e9
	cv := 0.5 * 0.002 / service
	within3(t, "mean latency", p.LatencyS.Mean, oracle.MD1Wait(350, service)*(1+cv*cv)+service)
	if notes := strings.Join(p.Notes, "\n"); strings.Count(notes, "Assumed, not measured: times of which only the mean is known vary with a cv of 0.5 (scaling.spread; 0 is none).") != 1 {
		t.Errorf("notes:\n%s", notes)
	}
	p = imported(t, "../../sim/scenario/triton/testdata/models/unbatched/config.pbtxt", "--times", "2ms", "--", "--set", "run.max_events=100000")
	if notes := strings.Join(p.Notes, "\n"); !strings.Contains(notes, fmt.Sprintf("a cv of %v (", scenario.AssumedSpread)) {
		t.Errorf("notes without --spread:\n%s", notes)
	}
}

// Priorities are those of a queue whose head is served next, by Cobham's formula for constant services,
// whose rest, found by a newcomer, is half that of exponential ones.
func TestImportedPrioritiesAreCobhams(t *testing.T) {
	file := config(t, "watch", `
		max_batch_size: 1
		input { name: "x" data_type: TYPE_FP32 dims: [ 3, 224, 224 ] }
		output { name: "y" data_type: TYPE_FP32 dims: [ 1000 ] }
		dynamic_batching { priority_levels: 2 default_priority_level: 2 }`)
	p := imported(t, file, "--times", "2ms", "--spread", "0", "--shares", "1=20,2=80",
		"--", "--set", "workload.rate=350/s", "--set", "run.replications="+replications, "--set", "run.throughput_goal=1e-9", "--set", "run.max_events=6000000")
	service := 0.002 + 2*6e-6 + (3*224*224*4+1000*4)/25e9
	for i, wait := range oracle.PriorityWaits([]float64{70, 280}, 1/service) {
		within3(t, p.Classes[i].Name, p.Classes[i].LatencyS.Mean, wait/2+service)
	}
}

// The scenario is written whole or not at all, and the same goes to standard output.
func TestImportWritesWhatItPrints(t *testing.T) {
	file := config(t, "m", "max_batch_size: 4 response_cache { enable: true }")
	out := filepath.Join(t.TempDir(), "m.toml")
	code, text, errOut := vsim("import", "triton", file, "--times", "1ms")
	if code != 0 || !strings.Contains(text, `name = "m"`) {
		t.Fatalf("exit %d, %s%s", code, text, errOut)
	}
	if want := ":1: response_cache.enable = true: left out"; !strings.HasPrefix(errOut, "vsim: warning: ") || !strings.Contains(errOut, want) {
		t.Errorf("stderr %q, want a warning with %q", errOut, want)
	}
	if code, stdout, _ := vsim("import", "triton", file, "--times", "1ms", "-o", out); code != 0 || stdout != "" {
		t.Fatalf("exit %d, stdout %q", code, stdout)
	}
	if written, err := os.ReadFile(out); err != nil || string(written) != text {
		t.Errorf("%v; written\n%s\nprinted\n%s", err, written, text)
	}
}

// Paths of profiles are relative to the scenario, wherever the machine's file lies.
func TestImportedOnAMachineOfOnesOwn(t *testing.T) {
	machine := filepath.Join(filepath.Dir(cpuProfile(t, "mine.toml")), "machine.toml")
	if err := os.WriteFile(machine, []byte("[cpu]\ncores = 4\nprofile = \"./mine.toml\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	p := imported(t, config(t, "vit-base", "instance_group { kind: KIND_CPU count: 3 }"), "--hardware", machine,
		"--", "--set", "run.replications="+replications, "--set", "run.throughput_goal=1e-9", "--set", "run.max_events=1000000")
	within3(t, "throughput", p.ThroughputRPS, 3/0.007) // of three instances that are always busy
}

// What a configuration cannot say is asked for in one line a model, by the import and by the next command alike; and
// what either says helps.
func TestImportedWithoutTimesSaysWhatIsMissing(t *testing.T) {
	const missing = `profile "i9-13900k-rtx4090-published" has no infer own_model on gpu`
	out, file := filepath.Join(t.TempDir(), "m.toml"), config(t, "own_model", `backend: "pytorch" max_batch_size: 4`+tensors)
	code, _, errOut := vsim("import", "triton", file, "-o", out)
	if code != 0 || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, missing) || !strings.Contains(errOut, `--times "own_model=2ms + 0.05ms/image"`) {
		t.Errorf("exit %d, %s", code, errOut)
	}
	code, _, errOut = vsim("simulate", out)
	if code != 2 || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, "m.toml: stage.own_model.steps.infer.service: "+missing) || !strings.Contains(errOut, `write a time there, such as "2ms"`) {
		t.Errorf("exit %d, %s", code, errOut)
	}
	few := []string{"--set", "run.max_events=10000", "--set", "run.replications=2"}
	if code, _, errOut := vsim(append([]string{"simulate", out, "--set", "stage.own_model.steps.infer.service=2ms"}, few...)...); code != 0 {
		t.Errorf("exit %d, %s", code, errOut)
	}
	if code, _, errOut := vsim("import", "triton", file, "-o", out, "--times", "own_model=2ms + 0.05ms/image"); code != 0 || errOut != "" {
		t.Errorf("exit %d, %s", code, errOut)
	}
	if code, _, errOut := vsim(append([]string{"simulate", out}, few...)...); code != 0 {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// Import warns of a time exactly where simulate would refuse the scenario for want of it.
func TestImportWarnsWhereSimulateWouldRefuse(t *testing.T) {
	for _, c := range []struct {
		model, text string
		flags       []string
		lacks       string
	}{
		{"vit-base", "max_batch_size: 8 dynamic_batching { }", nil, ""},
		{"vit-base", "max_batch_size: 2048 dynamic_batching { }", nil, "a batch of 2048 is beyond what profile"},
		{"vit-base", "instance_group { kind: KIND_CPU }", nil, "has no infer on cpu at all"},
		{"m", "instance_group [ { kind: KIND_CPU }, { kind: KIND_GPU } ]", []string{"--times", "@gpu=2ms"}, "on cpu"},
		{"m", "", []string{"--hardware", "2cpu"}, "no profile gives times of the CPU"},
		{"m", "", []string{"--times", "2ms"}, ""},
	} {
		out := filepath.Join(t.TempDir(), "m.toml")
		code, _, errOut := vsim(append([]string{"import", "triton", config(t, c.model, c.text+tensors), "-o", out}, c.flags...)...)
		if code != 0 || strings.Contains(errOut, "has no time, without which vsim simulate refuses the scenario") != (c.lacks != "") || !strings.Contains(errOut, c.lacks) {
			t.Errorf("%s %s: exit %d, %s", c.model, c.text, code, errOut)
		}
		if code, _, errOut := vsim("simulate", out, "--set", "run.max_events=10000", "--set", "run.replications=2"); (code != 0) != (c.lacks != "") {
			t.Errorf("%s %s: simulate: exit %d, %s", c.model, c.text, code, errOut)
		}
	}
}

// tensors are the input and output of a small model.
const tensors = `
	input { name: "x" data_type: TYPE_FP32 dims: [ 8 ] }
	output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] }`

func TestBadImportExits2WithOneLine(t *testing.T) {
	file := config(t, "m", "max_batch_size: 4\ndynamic_baching { }")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{file}, `config.pbtxt:2: dynamic_baching: no field of Triton's model configuration; did you mean "dynamic_batching"?`},
		{[]string{"no/such.pbtxt"}, "no/such.pbtxt: cannot be read: no such file or directory"},
		{nil, "takes one config.pbtxt or folder of models, but got 0"},
		{[]string{file, "--shares", "high=3"}, "--shares high=3: the level must be a number"},
		{[]string{file, "--times", "m=1ms", "--times", "m=2ms"}, `--times: "m=2ms": "m=1ms" is of the same instances; keep one of them`},
		{[]string{file, "--traffic", "m=1,m=2"}, `for "--traffic" flag: m stands twice, as 1 and 2; keep one of them`},
		{[]string{file, "--items", "m=1", "--items", "m=2"}, `for "--items" flag: m stands twice, as 1 and 2; keep one of them`},
		{[]string{file, "--shares", "1=10,1=20"}, `for "--shares" flag: 1 stands twice, as 10 and 20; keep one of them`},
		{[]string{file, "--shares", "1"}, `"1" is no name and whole number, such as NAME=3`},
		{[]string{file, "--hardware", "9gpu"}, "no machine of this name is embedded"},
	} {
		code, out, errOut := vsim(append([]string{"import", "triton"}, c.args...)...)
		if code != 2 || out != "" || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, c.want) {
			t.Errorf("%v: exit %d, stdout %q, stderr %swant one line with %q", c.args, code, out, errOut, c.want)
		}
	}
	if code, _, errOut := vsim("import", "trition"); code != 2 || !strings.Contains(errOut, `did you mean "triton"?`) {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

// Of many warnings of an import the first ones reach the terminal, and how many more there are.
func TestManyWarningsOfAnImport(t *testing.T) {
	text := `backend: "pytorch" max_batch_size: 1 input { name: "x" data_type: TYPE_FP32 dims: 8 } output { name: "y" data_type: TYPE_FP32 dims: 8 }` + strings.Repeat("\ninstance_group { host_policy: \"numa0\" }", 50)
	code, _, errOut := vsim("import", "triton", config(t, "m", text), "--times", "2ms")
	if code != 0 || strings.Count(errOut, "\n") != 21 || !strings.HasSuffix(errOut, "\nvsim: warning: and 30 more\n") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// A size of 0 is not the default.
func TestDefaultMaxBatchSizeOfZero(t *testing.T) {
	code, _, errOut := vsim("import", "triton", config(t, "m", tensors), "--default-max-batch-size", "0")
	if want := "vsim: --default-max-batch-size: 0 is no batch size; write 1 for a server that fills in no batches\n"; code != 2 || errOut != want {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// TestImportedLaunchesAsTheProfileHasIt: where a profile tells launching apart, an inference of the profile has it, and one of --times has not.
func TestImportedLaunchesAsTheProfileHasIt(t *testing.T) {
	file := config(t, "vit-base", "max_batch_size: 1"+tensors)
	for _, c := range []struct {
		flags  []string
		launch bool
	}{{nil, true}, {[]string{"--hardware", "8gpu"}, false}, {[]string{"--times", "vit-base=2ms"}, false}} {
		out := filepath.Join(t.TempDir(), "m.toml")
		if code, _, errOut := vsim(append([]string{"import", "triton", file, "-o", out}, c.flags...)...); code != 0 {
			t.Fatalf("exit %d, %s", code, errOut)
		}
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), `{name = "launch", resource = "cpu"`); got != c.launch {
			t.Errorf("%q: launch %v, want %v:\n%s", c.flags, got, c.launch, text)
		}
	}
}

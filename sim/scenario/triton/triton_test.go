package triton

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/sim/compile"
	"vsim/sim/golden"
	"vsim/sim/scenario"
)

// The models in testdata/models are stories: each configuration begins with a comment that says what it
// is about, and the golden file shows what becomes of it.
func TestGoldens(t *testing.T) {
	for name, opt := range map[string]Options{
		"resnet50":   {Hardware: "8gpu"},
		"priorities": {Times: []string{"2ms + 0.2ms/image"}, Shares: map[int]int{1: 10, 3: 90}},
		"pipeline":   {Hardware: "8gpu", Image: "medium", Times: []string{"3ms", "classifier=1ms + 0.2ms/image"}},
		"named":      {Hardware: "8gpu", Times: []string{"2ms"}},
		"cpu":        {Hardware: "2cpu", Times: []string{"20ms + 9ms/image"}},
		"unbatched":  {Times: []string{"2ms"}, Spread: 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Import("testdata/models/"+name+"/config.pbtxt", opt)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, "testdata/"+name+".toml", r.TOML)
			mustBuild(t, r.TOML)
		})
	}
}

// mustBuild loads a scenario and makes the simulator's system of it.
func mustBuild(t *testing.T, toml []byte) *compile.Built {
	t.Helper()
	s, err := scenario.Parse("imported.toml", toml, scenario.Options{})
	if err != nil {
		t.Fatalf("what was imported does not load: %v\n%s", err, toml)
	}
	profiles, err := compile.LoadProfiles(s)
	if err != nil {
		t.Fatal(err)
	}
	built, err := compile.Build(s, profiles)
	if err != nil {
		t.Fatalf("what was imported cannot be built: %v\n%s", err, toml)
	}
	return built
}

// repository is model configurations by model.
type repository map[string]string

// importing imports a model of a repository that lies nowhere.
func (r repository) importing(name string, opt Options) (*Result, error) {
	im := &importer{opt: opt, read: func(file string) ([]byte, error) {
		if text, ok := r[filepath.Base(filepath.Dir(file))]; ok {
			return []byte(text), nil
		}
		return nil, fs.ErrNotExist
	}}
	return im.run(filepath.Join("models", name, "config.pbtxt"))
}

// tensors are the input and output of a small model.
const tensors = `
	input { name: "x" data_type: TYPE_FP32 dims: [ 8 ] }
	output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] }`

// stageOf imports a model and returns its only stage.
func stageOf(t *testing.T, text string, opt Options) *scenario.Stage {
	t.Helper()
	r, err := repository{"m": text}.importing("m", opt)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("m.toml", r.TOML, scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, r.TOML)
	}
	if len(s.Stages) != 1 {
		t.Fatalf("%d stages, want one\n%s", len(s.Stages), r.TOML)
	}
	return &s.Stages[0]
}

func TestInstances(t *testing.T) {
	for _, c := range []struct {
		groups, backend, hardware string
		workers                   int
		on                        string
	}{
		{"", "onnxruntime", "8gpu", 8, "gpu"},
		{"", "onnxruntime", "2cpu", 2, "cpu"}, // ONNX Runtime's default on the CPU
		{"", "pytorch", "2cpu", 1, "cpu"},
		{"", "openvino", "8gpu", 1, "cpu"}, // asks for the CPU
		{"instance_group { count: 3 }", "pytorch", "8gpu", 24, "gpu"},
		{"instance_group { count: 3 }", "pytorch", "2cpu", 3, "cpu"},
		{"instance_group { count: 0 }", "pytorch", "8gpu", 8, "gpu"},
		{"instance_group { gpus: 3 }", "pytorch", "8gpu", 1, "gpu of m"},
		{"instance_group { gpus: [ 3, 9 ] count: 2 }", "pytorch", "8gpu", 2, "cpu"}, // AUTO, and GPU 9 is missing
		{"instance_group { kind: KIND_GPU gpus: [ 0, 0, 1 ] count: 2 }", "pytorch", "8gpu", 6, "gpu of m"},
		{"instance_group [ { gpus: 0 count: 2 }, { gpus: [ 1, 2 ] } ]", "pytorch", "8gpu", 4, "gpu of m"},
		{"instance_group { kind: KIND_CPU count: 5 } instance_group { kind: KIND_GPU passive: true }", "pytorch", "8gpu", 5, "cpu"},
		{"instance_group { kind: KIND_MODEL count: 2 }", "pytorch", "8gpu", 2, "gpu"},
		{"instance_group { kind: KIND_MODEL count: 2 }", "pytorch", "2cpu", 2, "cpu"},
	} {
		st := stageOf(t, `name: "m" backend: "`+c.backend+`"`+tensors+c.groups, Options{Hardware: c.hardware, Times: []string{"1ms"}})
		infer := slices.IndexFunc(st.Steps, func(s scenario.Step) bool { return s.Name == "infer" })
		if on := st.Steps[infer].Resource; st.Workers != c.workers || on != c.on {
			t.Errorf("%q, %s on %s: %d workers on %q, want %d on %q", c.groups, c.backend, c.hardware, st.Workers, on, c.workers, c.on)
		}
	}
}

// Instances on CPU and GPU are alternatives with a queue each.
func TestInstancesOnBothKinds(t *testing.T) {
	r, err := repository{"m": `max_batch_size: 4` + tensors + `
		instance_group [ { kind: KIND_GPU count: 2 }, { kind: KIND_CPU count: 3 } ]`}.importing("m", Options{Times: []string{"m@gpu=1ms", "@cpu=1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	built := mustBuild(t, r.TOML)
	if p := built.System.Pools; len(p) != 2 || p[0].Workers != 2 || p[1].Workers != 3 || len(built.System.Route) != 1 || len(built.System.Route[0].Pools) != 2 {
		t.Errorf("pools %+v on the route %+v", p, built.System.Route)
	}
	if w := r.Warnings; len(w) == 0 || !strings.Contains(w[0].String(), "one queue before CPU and GPU instances") {
		t.Errorf("warnings %v", w)
	}
}

func TestBatching(t *testing.T) {
	for _, c := range []struct {
		text string
		want scenario.Stage
	}{
		{"max_batch_size: 8", scenario.Stage{MaxBatch: 1}},
		{"max_batch_size: 8 dynamic_batching { }", scenario.Stage{MaxBatch: 8, QueueRules: scenario.QueueRules{Prefetch: true}}},
		{"dynamic_batching { }", scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{Prefetch: true}}},
		{"max_batch_size: 8 dynamic_batching { preferred_batch_size: [ 8, 2, 2 ] max_queue_delay_microseconds: 1500 }",
			scenario.Stage{MaxBatch: 8, MaxQueueDelay: 1_500_000, QueueRules: scenario.QueueRules{Preferred: []int{2, 8}, Prefetch: true}}},
		{"dynamic_batching { default_queue_policy { timeout_action: DELAY } }", // no timeout, no action
			scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{Prefetch: true}}},
		{"dynamic_batching { default_queue_policy { allow_timeout_override: true } }", scenario.Stage{MaxBatch: 1}},
		{"dynamic_batching { default_queue_policy { default_timeout_microseconds: 3000 timeout_action: DELAY max_queue_size: 7 } }",
			scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{DefaultPolicy: &scenario.QueuePolicy{MaxQueueSize: 7, Timeout: 3_000_000, TimeoutAction: "delay"}}}},
		{"dynamic_batching { priority_levels: 1 default_priority_level: 1 }", scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{PriorityLevels: 1}}},
		{"dynamic_batching { priority_levels: 2 default_priority_level: 2 default_queue_policy { max_queue_size: 5 } priority_queue_policy { key: 1 value { } } }",
			scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{PriorityLevels: 2, DefaultPolicy: &scenario.QueuePolicy{MaxQueueSize: 5, TimeoutAction: "reject"}, Policies: []scenario.QueuePolicy{{Priority: 1, TimeoutAction: "reject"}}}}},
		{"dynamic_batching { priority_queue_policy { key: 1 value { max_queue_size: 3 } } }", // without levels, as Triton
			scenario.Stage{MaxBatch: 1, QueueRules: scenario.QueueRules{Prefetch: true}}},
	} {
		got := stageOf(t, c.text+tensors, Options{Times: []string{"1ms"}})
		want := c.want
		want.Name, want.After, want.Per, want.Workers, want.Steps = "m", []string{}, "server", 1, got.Steps
		wanted := scenario.Scenario{Stages: []scenario.Stage{want}}
		have := scenario.Scenario{Stages: []scenario.Stage{*got}}
		if !bytes.Equal(have.TOML(), wanted.TOML()) {
			t.Errorf("%s\nbecomes %s\nwant %s", c.text, have.TOML(), wanted.TOML())
		}
	}
}

// The same configuration in other words of the text format becomes the same scenario.
func TestTextFormat(t *testing.T) {
	want := ""
	for _, text := range []string{
		`max_batch_size: 16 dynamic_batching { preferred_batch_size: [ 4, 8 ] } instance_group [ { count: 2 gpus: [ 0 ] } ] optimization { priority: PRIORITY_MAX }`,
		`max_batch_size: 0x10, dynamic_batching: { preferred_batch_size: 4; preferred_batch_size: 8 } instance_group { count: 2, gpus: 0 } optimization { priority: 1 }`,
		`optimization < priority: PRIORITY_MAX > max_batch_size: 020 instance_group: [ < gpus: [ 0 ] count: 2 > ] dynamic_batching < preferred_batch_size: [ 4 ] preferred_batch_size: [ 8 ] >`,
		"\ufeffmax_batch_size: 16 dynamic_batching { preferred_batch_size: [ 4, 8 ] } instance_group { count: 2 gpus: 0 } optimization { priority: PRIORITY_MAX }",
		"# txtpbfmt: sort_fields_by_field_name\nmax_batch_size: # of images\n\n 16 # \"\ndynamic_batching { preferred_batch_size: [ 4, # small\n 8 ] }\ninstance_group { count: 2 gpus: 0 }\n# { [\noptimization { priority: PRIORITY_MAX }",
	} {
		st := stageOf(t, text+"\n"+tensors+` name: 'm' platform: "onnx" "runtime_onnx" parameters { key: "a\"b#c" value: { string_value: "\x41{" } }`, Options{Times: []string{"1ms"}})
		s := scenario.Scenario{Stages: []scenario.Stage{*st}}
		got := string(s.TOML())
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("%s\nbecomes %s\nwant %s", text, got, want)
		}
	}
	if !strings.Contains(want, "max_batch = 16") || !strings.Contains(want, "preferred_batch_sizes = [4, 8]") || !strings.Contains(want, "workers = 2") {
		t.Errorf("all alike, and wrong:\n%s", want)
	}
}

// Every field that is left out has a warning with its line.
func TestWarnings(t *testing.T) {
	for text, want := range map[string]string{
		"sequence_batching { oldest { max_candidate_sequences: 4 } }":                                    "m/config.pbtxt:5: sequence_batching: left out; sequences are not simulated",
		"dynamic_batching {\n preserve_ordering: true }\ninstance_group{count:2}":                        "m/config.pbtxt:6: dynamic_batching.preserve_ordering = true: left out; a response of one of the 2",
		"instance_group {\n rate_limiter { priority: 2 } }":                                              "m/config.pbtxt:6: instance_group.0.rate_limiter.priority = 2: left out",
		"instance_group {\n host_policy: \"numa0\" }":                                                    "m/config.pbtxt:6: instance_group.0.host_policy = \"numa0\": left out",
		"instance_group {\n count: -3 }":                                                                 "m/config.pbtxt:6: instance_group.0.count = -3: is taken as Triton's default, 1, as Triton does",
		"response_cache {\n enable: true }":                                                              "m/config.pbtxt:6: response_cache.enable = true: left out",
		"model_transaction_policy {\n decoupled: true }":                                                 "m/config.pbtxt:6: model_transaction_policy.decoupled = true: left out",
		"optimization {\n input_pinned_memory { enable: false } }":                                       "m/config.pbtxt:5: optimization: left out; that transfers are not from pinned memory",
		"optimization {\n execution_accelerators { gpu_execution_accelerator { name: \"tensorrt\" } } }": "m/config.pbtxt:6: optimization.execution_accelerators: left out",
		"instance_group {\n gpus: [ 4 ] }":                                                               "m/config.pbtxt:6: instance_group.0.gpus = [4]: not all are among the machine's 1; as in Triton, KIND_AUTO then means the CPU",
		"input {\n name: \"v\"\n dims: [ -1 ] }":                                                         "m/config.pbtxt:7: input.1.dims = [-1]: left out; its transfer: the size of \"v\" is not fixed; --image SIZE",
		"dynamic_batching { default_priority_level: 1 }":                                                 "m/config.pbtxt:5: dynamic_batching.default_priority_level: has no effect without priority_levels",
	} {
		r, err := repository{"m": "# one\nbackend: \"pytorch\"" + tensors + "\n" + text}.importing("m", Options{Times: []string{"1ms"}})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if len(r.Warnings) == 0 || !strings.Contains(r.Warnings[0].String(), want) {
			t.Errorf("%s\nwarns %v\nwant %s", text, r.Warnings, want)
		}
		for _, w := range r.Warnings {
			if !bytes.Contains(r.TOML, []byte("#   "+w.String()+"\n")) {
				t.Errorf("%s: the scenario's comments do not say %q", text, w)
			}
		}
	}
}

// Explicit defaults change no timing and have no warning.
func TestDefaultsDoNotWarn(t *testing.T) {
	r, err := repository{"m": tensors + `backend: "pytorch"
		response_cache { enable: false } model_transaction_policy { decoupled: false }
		optimization { priority: PRIORITY_DEFAULT input_pinned_memory { enable: true } eager_batching: false }
		dynamic_batching { preserve_ordering: true } version_policy { latest { num_versions: 2 } }
		model_warmup { name: "w" inputs { key: "x" value { zero_data: true } } } metric_tags { key: "a" value: "b" }`}.importing("m", Options{Times: []string{"1ms"}})
	if err != nil || len(r.Warnings) > 0 {
		t.Errorf("error %v, warnings %v", err, r.Warnings)
	}
}

// A spread that is none is refused.
func TestSpreadFaults(t *testing.T) {
	for _, spread := range []float64{-0.1, 2.5, math.NaN()} {
		_, err := Import("testdata/models/unbatched/config.pbtxt", Options{Spread: spread})
		if err == nil || !strings.Contains(err.Error(), "--spread: ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("spread %v: %v", spread, err)
		}
	}
}

// Tensors without a size have one warning together, and of many warnings the first are told and how many more there are.
func TestManyWarnings(t *testing.T) {
	var text strings.Builder
	text.WriteString("backend: \"pytorch\" max_batch_size: 1")
	for i := range 50 {
		fmt.Fprintf(&text, " input { name: \"x%02d\" data_type: TYPE_FP32 dims: -1 }\n instance_group { host_policy: \"numa%d\" }\n", i, i)
	}
	r, err := repository{"m": text.String()}.importing("m", Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	var ofInputs []string
	for _, w := range r.Warnings {
		if strings.Contains(w.String(), "--image") {
			ofInputs = append(ofInputs, w.String())
		}
	}
	if want := `models/m/config.pbtxt:1: input.0.dims = [-1]: left out; their transfer: the size of "x00", and of 49 more, is not fixed; --image SIZE gives that of a JPEG`; len(ofInputs) != 1 || ofInputs[0] != want {
		t.Errorf("warns %q, want once %s", ofInputs, want)
	}
	if got := bytes.Count(r.TOML, []byte("host_policy")); got != MaxWarnings || !bytes.Contains(r.TOML, []byte(fmt.Sprintf("#   and %d more\n", len(r.Warnings)-MaxWarnings))) {
		t.Errorf("%d of %d warnings in\n%s", got, len(r.Warnings), r.TOML)
	}
}

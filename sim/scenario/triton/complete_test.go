package triton

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// What a server fills in: dynamic batching where no scheduler is given, and max_batch_size where it is missing. Each
// time a warning says so; where nothing is filled in, there is none.
func TestAutoComplete(t *testing.T) {
	const (
		scheduler = "dynamic_batching: no scheduler is given: dynamic batching, as Triton auto-completes it"
		filled    = "max_batch_size: missing: auto-filled with 4"
		unknown   = "max_batch_size: missing: Triton takes that of the model's file"
	)
	for _, c := range []struct {
		text, auto string
		batch      int
		warns      []string
	}{
		{`platform: "onnxruntime_onnx" max_batch_size: 16` + tensors, "", 16, []string{scheduler, "which --auto-complete code simulates"}},
		{`platform: "onnxruntime_onnx" max_batch_size: 16` + tensors, "code", 1, nil},
		{`platform: "onnxruntime_onnx" max_batch_size: 16 input { name: "x" dims: 8 }`, "code", 16, []string{scheduler, "--auto-complete off"}},
		{`platform: "onnxruntime_onnx" max_batch_size: 16` + tensors, "off", 1, nil},
		{`platform: "onnxruntime_onnx" max_batch_size: 1` + tensors, "", 1, nil},
		{`platform: "onnxruntime_onnx" max_batch_size: 0` + tensors, "", 1, nil}, // dims say that it does not batch
		{`platform: "onnxruntime_onnx" max_batch_size: 0`, "", 4, []string{filled, scheduler}},
		{`platform: "onnxruntime_onnx"` + tensors, "", 4, []string{filled, scheduler}},
		{`platform: "onnxruntime_onnx" dynamic_batching { }` + tensors, "", 4, []string{filled}},
		{`platform: "onnxruntime_onnx"` + tensors, "code", 1, nil},
		{`platform: "onnxruntime_onnx"` + tensors, "off", 1, nil},
		{`platform: "onnxruntime_onnx" max_batch_size: 16 sequence_batching { }` + tensors, "", 1, []string{"sequences are not simulated"}},
		{`platform: "tensorrt_plan" max_batch_size: 16` + tensors, "", 16, []string{scheduler}},
		{`platform: "tensorrt_plan" max_batch_size: 16` + tensors, "code", 16, []string{scheduler}},
		{`platform: "tensorrt_plan" max_batch_size: 16` + tensors, "off", 1, nil},
		{`backend: "tensorrt"` + tensors, "", 1, []string{unknown}},
		{`backend: "dali" max_batch_size: 16` + tensors, "", 16, []string{scheduler}},
		{`backend: "openvino" max_batch_size: 16` + tensors, "", 16, []string{scheduler}},
		{`platform: "tensorflow_savedmodel" max_batch_size: 16` + tensors, "", 16, []string{scheduler}},
		{`backend: "pytorch" max_batch_size: 16` + tensors, "", 1, nil},
		{`backend: "mine" max_batch_size: 16` + tensors, "", 1, []string{`backend = "mine": what this one completes is not known here; requests are not put together; write dynamic_batching`}},
		{`backend: "mine" max_batch_size: 16` + tensors, "off", 1, nil},
		{`backend: "mine" max_batch_size: 1` + tensors, "", 1, nil},
		{`backend: "mine" max_batch_size: 0` + tensors, "", 1, nil},
		{`backend: "mine" max_batch_size: 16 dynamic_batching { }` + tensors, "", 16, nil},
		{`backend: "mine" dynamic_batching { }` + tensors, "", 1, []string{"what this one completes is not known here"}},
		{`backend: "mine" max_batch_size: 16 sequence_batching { }` + tensors, "", 1, []string{"sequences are not simulated"}},
		{`backend: "onnxruntime_onnx" max_batch_size: 16` + tensors, "", 1, []string{`did you mean backend: "onnxruntime"? else write dynamic_batching`}},
		{`platform: "onnx_runtime" max_batch_size: 16` + tensors, "", 1, []string{`platform = "onnx_runtime": what this one completes`, `did you mean backend: "onnxruntime"?`}},
		{`platform: "tensorflo_savedmodel" max_batch_size: 16` + tensors, "", 1, []string{`did you mean platform: "tensorflow_savedmodel"?`}},
		{`backend: "onnxruntim" max_batch_size: 16` + tensors, "", 1, []string{`did you mean backend: "onnxruntime"?`}},
		{`max_batch_size: 16` + tensors, "", 1, []string{`backend: missing, and no version with a model's file of a usual name, such as 1/model.onnx, lies here`}},
		{``, "", 1, []string{`backend: missing, and no version with a model's file of a usual name, such as 1/model.onnx, lies here`}},
		{`backend: "python" max_batch_size: 16` + tensors, "", 1, []string{`backend = "python": its code may turn dynamic batching on (auto_complete_config)`}},
		{`backend: "python" max_batch_size: 16 dynamic_batching { }` + tensors, "", 16, nil},
		{`default_model_filename: "net.onnx" max_batch_size: 16` + tensors, "", 16, []string{scheduler}},
	} {
		r, err := repository{"m": c.text}.importing("m", Options{Times: []string{"1ms"}, AutoComplete: c.auto})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		s, err := scenario.Parse("m.toml", r.TOML, scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Stages[0].MaxBatch; got != c.batch {
			t.Errorf("%s, auto-complete %q: batches of %d, want %d", c.text, c.auto, got, c.batch)
		}
		warnings := fmt.Sprint(r.Warnings)
		for _, want := range c.warns {
			if !strings.Contains(warnings, want) {
				t.Errorf("%s, auto-complete %q\nwarns %s\nwant %s", c.text, c.auto, warnings, want)
			}
		}
		if c.warns == nil && (strings.Contains(warnings, "auto-") || strings.Contains(warnings, "put together")) {
			t.Errorf("%s, auto-complete %q: warns %s", c.text, c.auto, warnings)
		}
	}
}

// A model without backend and platform goes by its file.
func TestBackendByFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a[b]", "m")
	if err := os.MkdirAll(filepath.Join(dir, "1"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "1", "model.plan"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &modelConfig{place: place{file: filepath.Join(dir, "config.pbtxt")}}
	if got := c.backend(); got != "tensorrt" {
		t.Errorf("backend %q", got)
	}
}

func TestAutoCompleteFaults(t *testing.T) {
	for want, opt := range map[string]Options{
		`--auto-complete: "yes" is none of its values; take on, code, off`: {AutoComplete: "yes"},
		`--default-max-batch-size: -3 is not from 1`:                       {DefaultMaxBatch: -3},
	} {
		if _, err := (repository{"m": tensors}).importing("m", opt); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", opt, err, want)
		}
	}
}

// 4096 is no limit of Triton's: what is configured is simulated, and what is too much is said in one line.
func TestHugeBatches(t *testing.T) {
	r := repository{"m": "max_batch_size: 20480 dynamic_batching { preferred_batch_size: [ 256, 20480 ] }" + tensors}
	st := stageOf(t, r["m"], Options{Times: []string{"1:1ms,20480:100ms"}})
	if st.MaxBatch != 20480 || st.Preferred[1] != 20480 {
		t.Errorf("batches of %d, preferred %v", st.MaxBatch, st.Preferred)
	}
	r["m"] = "max_batch_size: 2000000000" + tensors
	if _, err := r.importing("m", Options{}); fmt.Sprint(err) != "models/m/config.pbtxt:1: max_batch_size = 2000000000: at most 32768 are simulated" {
		t.Errorf("%v", err)
	}
}

// Engines that put the requests of language models together themselves are refused.
func TestEngines(t *testing.T) {
	for _, backend := range []string{"vllm", "tensorrtllm"} {
		_, err := repository{"m": `backend: "` + backend + `"` + tensors}.importing("m", Options{Times: []string{"1ms"}})
		if want := `m/config.pbtxt:1: backend = "` + backend + `": serves a language model`; err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want one line with %s", err, want)
		}
	}
}

package validate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
)

// A model whose file fixes the batch at 1 is served one by one; a case that says otherwise is refused in one line.
func TestFixedBatch(t *testing.T) {
	lib := nativetest.Require(t, native.ONNXRuntime)
	model := fakegpu.FixedModel(t)
	for batcher, want := range map[string]string{"": "", "max_batch = 4": "fixes the batch at 1; set it to 1 or leave it out"} {
		file := filepath.Join(t.TempDir(), "case.toml")
		text := fmt.Sprintf("[pipeline]\nmodel = %q\npreprocessing = \"cpu\"\ninference = \"cpu\"\nimage = \"small\"\n[preprocess]\nworkers = 1\n[inference]\ninstances = 1\nintra_op_threads = 1\n[batcher]\nmax_queue_delay = \"0ms\"\n%s\n[workload]\nconcurrency = 4\n", model, batcher)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		m, err := Read(file, nil, time.Second)
		if err != nil {
			t.Fatal(err)
		}
		v := &validation{m: m}
		if v.kit, err = prepare(t.Context(), m, Options{OrtLib: lib, CacheDir: t.TempDir()}); err != nil {
			t.Fatal(err)
		}
		err = v.fitBatches()
		switch {
		case want == "" && (err != nil || m.Cases[0].Scenario.Batcher.MaxBatch != 1 || len(v.warnings) != 1):
			t.Errorf("error %v, batches up to %d, warnings %q", err, m.Cases[0].Scenario.Batcher.MaxBatch, v.warnings)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

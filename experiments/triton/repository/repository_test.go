package repository_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/experiments/triton/repository"
	"vsim/sim/scenario/triton"
)

// What is written is read by vsim's own importer, and has no copy of the weights.
func TestWriteIsImportedAndSmall(t *testing.T) {
	dir := t.TempDir()
	for range 2 { // the second time over the first
		if err := repository.Write(dir, options); err != nil {
			t.Fatal(err)
		}
	}
	bytes := int64(0)
	filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			bytes += info.Size()
		}
		return err
	})
	if bytes == 0 || bytes > 20_000 {
		t.Errorf("the repository has %d bytes", bytes)
	}
	imported, err := triton.Import(filepath.Join(dir, repository.JPEG, "config.pbtxt"), triton.Options{Times: []string{"2ms + 5ms/image"}, Image: "medium"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"max_batch = 8", "max_queue_delay = \"2ms\"", "preferred_batch_sizes = [2, 4]", "priority_levels = 2"} {
		if !strings.Contains(string(imported.TOML), want) {
			t.Errorf("the scenario lacks %s:\n%s", want, imported.TOML)
		}
	}
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	for want, o := range map[string]repository.Options{
		"known models":       {Network: "resnet"},
		"does not classify":  {Network: "yolov8n"},
		"without Batching":   {Preferred: []int{4}, MaxBatch: 4},
		"whole microseconds": {Batching: true, MaxQueueDelay: 1500 * time.Nanosecond},
		"priority level 3":   {Batching: true, Levels: 2, DefaultLevel: 1, Policies: map[int]repository.Policy{3: {}}},
		"-1 instances":       {Instances: -1},
	} {
		if _, err := repository.Configs(o, "graph.onnx"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one that says %q", o, err, want)
		}
	}
}

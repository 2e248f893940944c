package check

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"vsim/experiments/triton/local"
	"vsim/experiments/validate"
	"vsim/profile/device/cache"
	"vsim/profile/device/native/nativetest"
)

// The real Triton is learned, predicted and run: JPEG files to the ensemble of both models. How far the
// prediction is off is not asked: other work on this machine decides that.
func TestTriton(t *testing.T) {
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	folder, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	r, err := Run(t.Context(), Options{Cases: []string{"JPEG, 4"}, CacheDir: folder, Output: dir,
		Measure: time.Second, First: 2 * time.Second, Slice: 100 * time.Millisecond, once: true}, quiet)
	if err != nil {
		if r != nil {
			t.Errorf("warnings %q", r.Warnings)
		}
		t.Fatal(err)
	}
	if !r.Complete || len(r.Sides) != 1 {
		t.Errorf("complete %v, %d cases, warnings %q", r.Complete, len(r.Sides), r.Warnings)
	}
	for _, s := range r.Sides {
		for _, metric := range []string{validate.Throughput, validate.LatencyP99, validate.StagePrefix + queuePart, validate.StagePrefix + computePart} {
			if row := rowOf(t, r, s.Case, metric); row.Measured <= 0 || row.Predicted <= 0 || row.Runs != 2 {
				t.Errorf("%+v", row)
			}
		}
		if s.ServerCores <= 0 || s.OwnCores <= 0 || s.Batch < 1 || s.PredictedBatch < 1 {
			t.Errorf("%+v", s)
		}
	}
	if row := rowOf(t, r, "JPEG, 4 clients", validate.StagePrefix+"preprocess_"+computePart); row.Measured <= 0 || row.Predicted <= 0 {
		t.Errorf("%+v", row)
	}
	for _, name := range []string{validate.ReportFile, validate.LiveFile, validate.PageFile, curvesName + ".svg", "profile-jpeg.toml", filepath.Join(validate.CasesFolder, "JPEG-4-clients.toml")} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

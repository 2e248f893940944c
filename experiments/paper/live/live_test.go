package live

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"vsim/experiments/paper"
	"vsim/experiments/validate"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
)

// The whole way in runs far too short to judge by: a profile, live runs, and figures that have their points.
func TestMeasuredPointsLieBesidePredictions(t *testing.T) {
	ort := nativetest.Require(t, native.ONNXRuntime)
	if _, err := device.Open(ort); err != nil {
		nativetest.SkipOrFail(t, err) // a binary without cgo
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	tiny, output := effort{first: time.Second, slice: 100 * time.Millisecond, measure: 1500 * time.Millisecond}, filepath.Join(t.TempDir(), "live")
	file, err := run(t.Context(), Options{OrtLib: ort, CacheDir: dir, Output: output}, tiny, validate.Quick, func(int, int, string) {})
	if err != nil {
		report, _ := os.ReadFile(filepath.Join(output, reportName))
		t.Fatalf("%v\n%s", err, report)
	}
	measured, err := Beside(file)
	if err != nil || len(measured) != 5 {
		t.Fatalf("%d live configurations, %v; want those of --quick", len(measured), err)
	}
	lab := &paper.Lab{Profile: file, Live: measured}
	for name, points := range map[string]int{"fig5": 3, "fig6": 2, "fig7": 1} {
		f, _ := paper.Named(name)
		sheet, err := f.Run(t.Context(), lab)
		if err != nil {
			t.Fatal(err)
		}
		if got := rowsMeasured(&sheet.Table); got != points {
			t.Errorf("%s: %d rows have live runs beside them, want %d:\n%v", name, got, points, sheet.Table.Rows)
		}
		for i := range sheet.Plots {
			if _, err := sheet.Plots[i].Drawn(".svg"); err != nil {
				t.Errorf("%s: %v", sheet.Plots[i].Name, err)
			}
		}
	}
	for _, m := range measured {
		if m.Preprocessing == "none" && (m.Parts["infer"] <= 0 || m.Parts["decode"] != 0) {
			t.Errorf("a server whose clients send tensors spent %v in its parts", m.Parts)
		}
	}
}

// rowsMeasured counts rows with a measured throughput, or that are of a live run.
func rowsMeasured(t *paper.Table) (n int) {
	for _, row := range t.Rows {
		found := false
		for i, column := range t.Columns {
			x, isNumber := row[i].(float64)
			found = found || row[i] == "measured" || isNumber && !math.IsNaN(x) && (column == "measured_throughput_ips" || column == "measured_end_to_end_ips")
		}
		if found {
			n++
		}
	}
	return n
}

// A profile with nothing beside it has no live runs.
func TestNothingBeside(t *testing.T) {
	if got, err := Beside(filepath.Join(t.TempDir(), profileName)); got != nil || err != nil {
		t.Errorf("%v, %v", got, err)
	}
}

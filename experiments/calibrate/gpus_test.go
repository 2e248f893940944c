package calibrate

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

var underRace bool // set where the race detector makes everything slow

func readFile[Row any](t *testing.T, name string, read func(string, io.Reader) ([]Row, error)) []Row {
	t.Helper()
	in, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	rows, err := read(name, in)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The recipe and its anchors, as they are for the A100, on GPUs that it was not made for. The bounds are the
// A100 experiment's for the median row. On the V100 and the T4 rows of 32 to 64 clients lie beyond that experiment's
// bound for single rows; see README.md.
func TestTheSameRecipeHoldsOnOtherGPUs(t *testing.T) {
	if underRace {
		t.Skip("compares figures, which the race detector does not change but makes slow")
	}
	bounds := [metrics]float64{Throughput: 0.04, Latency: 0.04, Queue: 0.20, Computing: 0.10, Batch: 0.10}
	for _, gpu := range []string{"a40", "v100", "t4"} {
		static := readFile(t, gpu+"-static.csv", ReadStatic)
		rows := readFile(t, gpu+"-online.csv", ReadOnline)
		anchors, err := Anchors(gpu, rows, []int{16, 96, 256})
		if err != nil {
			t.Fatal(err)
		}
		m, err := Fit(static, anchors, server)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := Compare(context.Background(), m, rows, anchors)
		if err != nil {
			t.Fatal(err)
		}
		for metric, bound := range bounds {
			e := Errors(cases, Metric(metric))
			t.Logf("%s %s: median error %.1f %%, largest %.1f %%", gpu, columns[metric].name, 100*Median(e), 100*e[len(e)-1])
			if len(e) != 13 || Median(e) > bound {
				t.Errorf("%s %s: median error %.1f %% of %d rows, want at most %.0f %% of 13", gpu, columns[metric].name, 100*Median(e), len(e), 100*bound)
			}
		}
	}
}

package calibrate

import (
	"context"
	"testing"
)

func TestTry(t *testing.T) {
	for _, a := range [][]int{nil, {2, 8, 16}, {2, 16}} {
		table := fromFile(t, "/work/shared/data/triton-tutorial-textrecognition-a100.csv")[0]
		c, err := CalibratePlain(context.Background(), "t.csv", &table, Options{Anchors: a, Formation: "growing"})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", c.Model)
		for i := range c.Cases {
			k := &c.Cases[i]
			t.Logf("%v %d used %v: %.0f %+.1f%% line %+.1f%%  p95 %.2f %+.1f %+.1f", k.Setup, k.Row.Clients, k.Used, k.Measured[0], 100*k.Error(0, false), 100*k.Error(0, true), 1e3*k.Measured[1], 100*k.Error(1, false), 100*k.Error(1, true))
		}
		for m := range plainMetrics {
			a, b := MedianAndLargest(c.Errors(m, false))
			x, y := MedianAndLargest(c.Errors(m, true))
			t.Logf("%.1f %.1f line %.1f %.1f", 100*a, 100*b, 100*x, 100*y)
		}
	}
}

package calibrate

import (
	"context"
	"math"
	"testing"
)

func TestTry(t *testing.T) {
	for k, a := range [][]int{{2}, {2}, {4}} {
		table := fromFile(t, "testdata/instances.csv")[min(k, 1)]
		c, err := CalibratePlain(context.Background(), "t.csv", &table, Options{Anchors: a})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", c.Model)
		for i := range c.Cases {
			k := &c.Cases[i]
			if true {
				t.Logf("%v %d used %v: %.0f %+.1f%% line %+.1f%%  p95 %.2f %+.1f %+.1f", k.Setup, k.Row.Clients, k.Used, k.Measured[0], 100*k.Error(0, false), 100*k.Error(0, true), 1e3*k.Measured[1], 100*k.Error(1, false), 100*k.Error(1, true))
			}
		}
		sum := 0.0
		for i := range c.Cases {
			if c.Cases[i].Used {
				sum += math.Pow(c.Cases[i].Error(0, false)/rateError, 2) + math.Pow(c.Cases[i].Error(1, false)/tailError, 2)
			}
		}
		t.Log("sum", sum)
		for m := range plainMetrics {
			a, b := MedianAndLargest(c.Errors(m, false))
			x, y := MedianAndLargest(c.Errors(m, true))
			t.Logf("%.1f %.1f line %.1f %.1f", 100*a, 100*b, 100*x, 100*y)
		}
	}
}

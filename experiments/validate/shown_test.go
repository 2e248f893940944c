package validate

import (
	"context"
	"slices"
	"strings"
	"testing"

	"vsim/profile"
)

// TestOneLiveRunHasItsInterval: where a prediction tells what one live run will show, a single one is judged by it, in all tables.
func TestOneLiveRunHasItsInterval(t *testing.T) {
	row := Row{Case: "a", Band: profile.Load80, Metric: latencyP50, Predicted: 0.02, Interval95: [2]float64{0.01, 0.03}, Measured: 0.04, Error: -0.5, Runs: 1, Judged: 1}
	r := &Report{Cases: []Row{row}}
	var text strings.Builder
	if err := r.Text(&text, false); err != nil {
		t.Fatal(err)
	}
	if said := text.String(); !strings.Contains(said, "10.00 ms .. 30.00 ms") || !strings.Contains(said, "-50.0 % outside  -") {
		t.Errorf("text: %s", said)
	}
	if got := strings.Join(row.cells()[4:12], ";"); got != "0.01;0.03;0.04;-0.5;;;;false" {
		t.Errorf("CSV: %s", got)
	}
	if got := strings.Join(r.caseCells()[0][4:7], ";") + ";" + r.caseCells()[0][9]; got != "10.00 ms .. 30.00 ms;40.00 ms;-50.0 %, outside;-" {
		t.Errorf("Markdown: %s", got)
	}
}

// TestLogTicks: an axis of less than a decade has numbers all the same.
func TestLogTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		want      string
	}{{65, 110, "70 80 90 100"}, {20, 900, "20 50 100 200 500"}, {9, 2000, "10 100 1000"}} {
		var got []string
		for _, tick := range (logTicks{}).Ticks(c.low, c.high) {
			if tick.Label != "" && tick.Value >= c.low && tick.Value <= c.high {
				got = append(got, tick.Label)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("from %v to %v: %q, want %s", c.low, c.high, got, c.want)
		}
	}
}

// TestInterruptWithAFolderSaysHowToGoOn, and how many live runs there were of all.
func TestInterruptWithAFolderSaysHowToGoOn(t *testing.T) {
	for _, folder := range []string{"", t.TempDir()} {
		m, opt := fakeMatrix(t), fakeOptions(t)
		opt.Output = folder
		ctx, cancel := context.WithCancel(t.Context())
		var done []int
		r, err := Run(ctx, m, opt, func(n, of int, what string) {
			if strings.HasPrefix(what, "round 2 of 2: ") {
				cancel()
			}
			if what == "comparing" {
				done = append(done, n, of)
			}
		})
		cancel()
		if r == nil || err == nil || strings.HasSuffix(err.Error(), "; the same command with --resume runs the rest") != (folder != "") {
			t.Errorf("folder %q: %v", folder, err)
		}
		if !slices.Equal(done, []int{2, 4}) {
			t.Errorf("comparing %v, want 2 of 4 live runs", done)
		}
	}
}

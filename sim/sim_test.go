package sim

import (
	"context"
	"errors"
	"testing"

	"vsim/sim/scenario"
)

// TestFrom: a file that is read once is predicted with keys overridden by values as with texts on a command line.
func TestFrom(t *testing.T) {
	file, err := scenario.Open("testdata/b7-rate-limiter.toml")
	if err != nil {
		t.Fatal(err)
	}
	for _, clients := range []int{1, 2} {
		byValue, err := Predict(context.Background(), From(file, scenario.Override{Key: "workload.concurrency", Value: clients}), Options{NoWhatIf: true})
		if err != nil {
			t.Fatal(err)
		}
		// One client is alone with its 1.7 + 6.633 ms; two keep the limiter busy.
		want := map[int]float64{1: 1 / 8.333e-3, 2: 1 / 6.633e-3}[clients]
		if !near(byValue.ThroughputRPS.Value, want, 0.005) {
			t.Errorf("%d clients: %v/s, want %v", clients, byValue.ThroughputRPS.Value, want)
		}
		byText := fromFile(t, "b7-rate-limiter", "workload.concurrency="+map[int]string{1: "1", 2: "2"}[clients])
		if byText.ThroughputRPS != byValue.ThroughputRPS {
			t.Errorf("%d clients: %v by value, %v by text", clients, byValue.ThroughputRPS, byText.ThroughputRPS)
		}
	}
	var input *scenario.InputError
	if _, err := Predict(context.Background(), From(file, scenario.Override{Key: "workload.concurrency", Value: -1}), Options{}); !errors.As(err, &input) {
		t.Errorf("a wrong value gives %v", err)
	}
}

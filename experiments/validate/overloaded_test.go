package validate

import (
	"encoding/json"
	"math"
	"testing"

	"vsim/experiments/load"
	"vsim/sim/predict"
)

// TestOverloadedCase: a case that is predicted to be overloaded has a throughput and no latency to compare.
func TestOverloadedCase(t *testing.T) {
	none := predict.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	sure := func(v float64) predict.Estimate { return predict.Estimate{Value: v, Low: v, High: v} }
	p := &predict.Prediction{
		Verdict: predict.Overloaded, ThroughputRPS: sure(100),
		LatencyS: predict.Latency{Mean: none, P50: none, P99: none},
		Stages:   []predict.Stage{{Name: "inference", Queue: predict.Queue{WaitS: none}, Steps: []predict.Step{{Name: "infer", AloneS: sure(0.01)}}}},
	}
	ran := &load.Result{ThroughputRPS: 98, LatencyS: []float64{1, 2, 3}, Completed: 3,
		Stages: []load.Stage{{Name: "inference queue", MeanS: 1.9}, {Name: "infer", MeanS: 0.011}}}
	c := &Case{Name: "too much"}
	v := &validation{cases: []*Case{c}, results: map[*Case][]*load.Result{c: {ran, ran}}}
	rows := v.rows(c, p, nil, 0.01)
	if len(rows) != 2 || rows[0].Metric != throughput || rows[1].Metric != "stage.infer_s" {
		t.Errorf("%+v", rows)
	}
	if _, err := json.Marshal(rows); err != nil {
		t.Error(err)
	}
}

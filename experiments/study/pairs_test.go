package study

import (
	"math"
	"testing"
	"time"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// shown makes a prediction with rounds at some seconds, in which two replications have so many requests/s.
func shown(done bool, rates map[int][2]float64, seconds ...int) *sim.Prediction {
	p := &sim.Prediction{}
	for i, s := range seconds {
		p.Rounds = append(p.Rounds, predict.Round{End: time.Duration(s) * time.Second, Done: done && i == len(seconds)-1,
			Replications: []predict.Replication{{ThroughputRPS: rates[s][0]}, {ThroughputRPS: rates[s][1]}}})
	}
	return p
}

func TestCommonIsTheLastMomentOfBoth(t *testing.T) {
	a := shown(false, nil, 1, 2, 4, 8)
	for _, c := range []struct {
		b    *sim.Prediction
		want time.Duration
	}{{shown(false, nil, 1, 2, 4), 4 * time.Second}, {shown(false, nil, 3), 0}, {shown(true, nil, 1, 5), 8 * time.Second}, {&sim.Prediction{}, 0}} {
		if got, back := Common(a, c.b), Common(c.b, a); got != c.want || back != c.want {
			t.Errorf("%v, and %v the other way round, want %v", got, back, c.want)
		}
	}
}

// TestPaired: the interval is of the pairs' differences, which may be equal although the replications are not.
func TestPaired(t *testing.T) {
	a, b := shown(false, map[int][2]float64{1: {100, 200}}, 1), shown(false, map[int][2]float64{1: {110, 210}}, 1)
	got := Paired(At(a, time.Second), At(b, time.Second), Throughput, Difference)
	if got != (sim.Estimate{Value: 10, Low: 10, High: 10}) || !Significant(got) {
		t.Errorf("%v", got)
	}
	same := Paired(At(a, time.Second), At(a, time.Second), Throughput, Ratio)
	if same != (sim.Estimate{}) || Significant(same) {
		t.Errorf("with itself: %v", same)
	}
	if wide := Paired(At(a, time.Second), At(b, time.Second), Throughput, Ratio); Significant(wide) || math.Abs(wide.Value-0.075) > 1e-12 {
		t.Errorf("of +10 %% and +5 %%: %v", wide)
	}
	if none := Paired(nil, At(b, time.Second), Throughput, Ratio); Known(none) || Significant(none) {
		t.Errorf("of nothing: %v", none)
	}
}

func TestCostPerMillion(t *testing.T) {
	s := &scenario.Scenario{Price: &scenario.Price{PerHour: 3.6}, Servers: scenario.Servers{Count: 2}}
	if got := CostPerMillion(s.PricePerHour())(&predict.Replication{ThroughputRPS: 1000}); math.Abs(got-2) > 1e-12 { // 7.2 an hour, 3.6 million requests
		t.Errorf("%v a million", got)
	}
	if got := CostPerMillion((&scenario.Scenario{}).PricePerHour())(&predict.Replication{ThroughputRPS: 1000}); !math.IsNaN(got) {
		t.Errorf("%v without a price", got)
	}
}

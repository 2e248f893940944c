package paper

import (
	"context"
	"fmt"
	"math"
	"testing"

	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// facesAt predicts one of figure 11's scenarios.
func facesAt(t *testing.T, file string, set ...string) *sim.Prediction {
	t.Helper()
	set = append([]string{"run.max_events=400000", "run.p99_goal=1"}, set...)
	p, err := sim.Predict(context.Background(), sim.File("fig11-"+file+".toml", scenario.Options{Set: set}), sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// idle is a system with a single client.
const idle = "workload.concurrency=1"

// sending is the part of an idle system's time during which the broker has messages of the frame that are not acknowledged: its
// producer, which sends one at a time, is busy.
func sending(p *sim.Prediction) float64 {
	for i := range p.Stages {
		if st := &p.Stages[i]; st.Name == "identify produce" {
			return st.Utilization.Value
		}
	}
	return math.NaN()
}

// alone is the part of an idle system's latency that steps take on an idle resource, of the given names.
func alone(p *sim.Prediction, names ...string) (share float64) {
	for i := range p.Stages {
		for k := range p.Stages[i].Steps {
			for _, name := range names {
				if s := &p.Stages[i].Steps[k]; s.Name == name {
					share += s.AloneS.Value / p.LatencyS.Mean.Value
				}
			}
		}
	}
	return share
}

// overtakes is the number of faces from which on Redis serves more frames than a fused process, 0 where it does not with 25; few says
// that the fused one serves more than both brokers with fewer.
func overtakes(t *testing.T) (from int, few bool) {
	few = true
	for _, faces := range []int{1, 2, 3, 5, 7, 9, 12, 16, 20, 25} {
		set := fmt.Sprintf("stage.identify.copies=%d", faces)
		redis, kafka, fused := facesAt(t, "redis", set).ThroughputRPS, facesAt(t, "kafka", set).ThroughputRPS, facesAt(t, "fused", set).ThroughputRPS
		t.Logf("     %2d faces: fused %.2f frames/s, Redis %.2f, Kafka %.2f", faces, fused.Value, redis.Value, kafka.Value)
		switch more := redis.Low > fused.High; {
		case !more:
			from = 0
		case from == 0:
			from = faces
		}
		few = few && (from > 0 || fused.Low > max(redis.High, kafka.High))
	}
	return from, few
}

// claim is one of the paper's figure 11, with what it says, and how it came out when the scenarios were written. One that was
// fitted to is no prediction.
type claim struct {
	id, text  string
	paper     string
	predicted string
	holds     bool // now
	held      bool // as README.md says
}

// TestFigure11 asks each claim of figure 11 of the simulator, and prints what it answers. Numbers hold within a fifth, shares within
// five points. Only 11c was fitted to (see the scenarios); a claim that comes out otherwise than README.md says is told here.
func TestFigure11(t *testing.T) {
	kafka, redis := facesAt(t, "kafka"), facesAt(t, "redis")
	kafkaIdle, redisIdle := facesAt(t, "kafka", idle), facesAt(t, "redis", idle)
	tax := facesAt(t, "aitax")
	gain := redis.ThroughputRPS.Value / kafka.ThroughputRPS.Value
	less := 1 - redisIdle.LatencyS.Mean.Value/kafkaIdle.LatencyS.Mean.Value
	shares := [2]float64{sending(kafkaIdle), sending(redisIdle)}
	broker, dnn := tax.Brokers[0].Share.Value, alone(tax, "detect", "identify")
	from, few := overtakes(t)
	near := func(got, want float64) bool { return math.Abs(got-want) <= 0.05 }
	percents := func(all ...float64) string {
		text := ""
		for i, x := range all {
			text += []string{"", ", "}[min(i, 1)] + fmt.Sprintf("%.1f %%", 100*x)
		}
		return text
	}
	for _, c := range []claim{
		{"11a", "Redis over Kafka, throughput with 25 faces", "2.25x", fmt.Sprintf("%.2fx", gain), math.Abs(gain/2.25-1) <= 0.2, true},
		{"11b", "Redis over Kafka, latency of an idle system", "-67 %", "-" + percents(less), near(less, 0.67), true},
		{"11c", "broker's share of it, Kafka and Redis (fitted to)", "71 %, 6 %", percents(shares[0], shares[1]), near(shares[0], 0.71) && near(shares[1], 0.06), true},
		{"11d", "Redis overtakes fused, which is best for few faces", "9 faces", map[bool]string{true: fmt.Sprintf("%d faces", from), false: "never, up to 25"}[from > 0], few && from >= 7 && from <= 12, false},
		{"11e", "inference on the CPU: shares of Kafka and DNN", "35.9 %, 60 %", percents(broker, dnn), near(broker, 0.359) && near(dnn, 0.6), false},
	} {
		t.Logf("%s  %-52s paper %-13s predicted %-26s holds: %v", c.id, c.text, c.paper, c.predicted, c.holds)
		if c.holds != c.held {
			t.Errorf("%s: holds: %v; README.md says %v", c.id, c.holds, c.held)
		}
	}
	if kafka.Verdict == predict.Overloaded || redis.Verdict == predict.Overloaded {
		t.Error("closed loops are overloaded")
	}
}

package paper

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim"
)

// A fused process does one thing after the other: of its throughput the closed form is one over the sum of its times.
func TestFusedProcessIsTheSumOfItsTimes(t *testing.T) {
	for _, faces := range []int{1, 9, 25} {
		p := predicted(t, "fig11-fused.toml", fmt.Sprintf("stage.identify.copies=%d", faces), "link.latency=10us", "link.bandwidth=10GB/s",
			`stage.process.steps=[{name="decode", resource="cpu", service="2ms", each=true}, {name="h2d", resource="link h2d", service={bytes="562500B"}}, {name="detect", resource="gpu", service="18.5ms"}]`)
		n := float64(faces)
		want := 1 / (2e-3 + 10e-6 + 562500/10e9 + 18.5e-3 + n*27e-6 + 0.720585e-3 + n*73.367e-6)
		if !near(p.ThroughputRPS.Value, want, 0.005) {
			t.Errorf("%d faces: %.3f frames/s, by hand %.3f", faces, p.ThroughputRPS.Value, want)
		}
	}
}

func TestOvertakes(t *testing.T) {
	line := func(f func(faces int) float64) (out []sim.Estimate) {
		for _, faces := range faceCounts {
			out = append(out, exactly(f(faces)))
		}
		return out
	}
	ten := line(func(int) float64 { return 10 })
	for _, c := range []struct {
		name string
		a    []sim.Estimate
		from float64
	}{
		{"rises past it at 8", line(func(n int) float64 { return 2.5 + float64(n) }), 8},
		{"always above", line(func(int) float64 { return 11 }), 1},
		{"never above", line(func(int) float64 { return 10 }), math.NaN()},
		{"above with few and again with many", line(func(n int) float64 { return 10 + math.Abs(float64(n)-5.5) - 4 }), 10},
		{"above but with the most", line(func(n int) float64 { return 30 - float64(n) }), math.NaN()},
	} {
		if got := overtakes(c.a, ten); got != c.from && !(math.IsNaN(got) && math.IsNaN(c.from)) {
			t.Errorf("%s: from %g faces, want %g", c.name, got, c.from)
		}
	}
}

// The least of fused over the better broker counts below the paper's crossing alone.
func TestFusedAtWorst(t *testing.T) {
	ways := []*link11{{}, {}, {}}
	for _, faces := range faceCounts {
		n := float64(faces)
		ways[0].served = append(ways[0].served, exactly(5))
		ways[1].served = append(ways[1].served, exactly(n+6)) // past Kafka from the first face
		ways[2].served = append(ways[2].served, exactly(14))
	}
	if worst, at := fusedAtWorst(ways); at != 8 || worst.Value != 1 {
		t.Errorf("at %d faces %v, want 1 at 8", at, worst)
	}
}

// FaceNet's times are those that the paper's machine gives any model, and the brokers' send_latency is what claim 11c gives.
func TestFigure11FollowsFromTheMachine(t *testing.T) {
	rate, gmacs, faceNet := 2841.25, 13.18, 1.42 // Inception-ResNet-v2: timm, compiled, images/s and G multiply-accumulates; FaceNet's
	want := Paper().InferTimes(time.Duration(1e9 / rate * faceNet / gmacs))
	for _, c := range []struct {
		file  string
		share float64
	}{{"fig11-kafka.toml", 0.71}, {"fig11-redis.toml", 0.06}, {"fig11-fused.toml", 0}} {
		text, err := files.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not have FaceNet's times, %s", c.file, want)
		}
		if got := sending(predicted(t, c.file, "workload.concurrency=1")).Value; !near(got, c.share, 0.005) {
			t.Errorf("%s: the broker takes %.4f of an idle system's latency, fitted to %g", c.file, got, c.share)
		}
	}
}

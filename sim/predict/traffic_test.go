package predict

import (
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/workload"
)

// daily is traffic with a peak of 1.9 times the mean.
func daily(mean float64, day, phase time.Duration) engine.Source {
	a, err := workload.Modulated(exponentialMs, workload.Diurnal{Mean: mean, Amplitude: 0.9, Period: day, Phase: phase})
	if err != nil {
		panic(err)
	}
	return engine.Source{Arrivals: a}
}

// TestDays: predictions are of whole days, so that the hour at which a simulation starts makes no
// difference; and that the peak is above the capacity is no overload.
func TestDays(t *testing.T) {
	notUnderRace(t)
	var at0 *Prediction
	for _, phase := range []time.Duration{0, 250 * time.Millisecond, 600 * time.Millisecond} {
		p := run(t, queue(1, daily(600, time.Second, phase)), Options{NoWhatIf: true})
		if p.Verdict == Overloaded || !within3(p.OfferedRPS, 600) {
			t.Errorf("phase %v: %q, offered %v", phase, p.Verdict, p.OfferedRPS)
		}
		if at0 == nil {
			at0 = p
		}
		a, b := at0.LatencyS.Mean, p.LatencyS.Mean
		if apart := math.Abs(a.Value - b.Value); apart > 1.5*math.Hypot(a.High-a.Value, b.High-b.Value) {
			t.Errorf("phase %v: a mean latency of %v, of %v without", phase, b, a)
		}
	}
}

// TestLongDays: where the goals are met long before the day is over, the study goes on.
func TestLongDays(t *testing.T) {
	notUnderRace(t)
	for _, phase := range []time.Duration{0, 25 * time.Second, 60 * time.Second} {
		p := run(t, queue(1, daily(60, 100*time.Second, phase)), Options{P99Goal: 0.2, ThroughputGoal: 0.1, NoWhatIf: true})
		if u := p.Stages[0].Utilization; !within3(u, 0.06) {
			t.Errorf("phase %v: busy %v", phase, u)
		}
	}
}

// TestFirstHours: a study whose events are used up before a day is over says so.
func TestFirstHours(t *testing.T) {
	p := run(t, queue(1, daily(600, time.Second, 0)), Options{MaxEvents: 5000, NoWhatIf: true})
	if p.Verdict != Backlogged || len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "traffic that repeats itself every 1s") {
		t.Errorf("%q %q", p.Verdict, p.Warnings)
	}
}

// TestOverloadedDays: more than the capacity in the mean is overload, by as much as is left over.
func TestOverloadedDays(t *testing.T) {
	p := run(t, queue(1, daily(1200, time.Second, 0)), Options{})
	if p.Verdict != Overloaded || !within3(*p.QueueGrowthRPS, 200) {
		t.Errorf("%q, growth %v", p.Verdict, p.QueueGrowthRPS)
	}
}

// TestBursts: traffic that is at random far above the capacity for a while, and below it in the mean.
func TestBursts(t *testing.T) {
	notUnderRace(t)
	a, err := workload.Modulated(exponentialMs, workload.MMPP{States: []workload.State{{Rate: 300, Sojourn: 30 * time.Millisecond}, {Rate: 1800, Sojourn: 10 * time.Millisecond}}})
	if err != nil {
		t.Fatal(err)
	}
	p := run(t, queue(1, engine.Source{Arrivals: a}), Options{P99Goal: 0.1, NoWhatIf: true})
	if p.Verdict == Overloaded || !within3(p.ThroughputRPS, 675) {
		t.Errorf("%q, throughput %v", p.Verdict, p.ThroughputRPS)
	}
}

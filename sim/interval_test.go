package sim

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/sim/scenario"
)

// quickly is how precise these predictions are.
var quickly = []string{"run.throughput_goal=0.05", "run.p99_goal=0.3"}

// uncertain gives a profile's services ten bursts each, whose means differ by a part of it, and what else a test wants.
func uncertain(t *testing.T, by float64, more func(p *profile.Profile)) string {
	t.Helper()
	path := measuredOf(t, aloneOf, []string{"medium"}, usual, one)
	p, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Services {
		for k := range 10 {
			s := &p.Services[i]
			s.BurstMeansNs, s.BurstN = append(s.BurstMeansNs, s.MeanNs*(1+by*float64(2*(k%2)-1))), append(s.BurstN, s.N/10)
		}
	}
	if more != nil {
		more(p)
	}
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func oneRunOf(t *testing.T, file, profile string, opt Options, set ...string) *Prediction {
	t.Helper()
	opt.NoWhatIf = true
	p, err := Predict(t.Context(), File(file, scenario.Options{Profile: profile, Set: append(set, quickly...)}), opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// exact says that the model has no error of its own.
func exact(p *profile.Profile) {
	p.Residuals = []profile.Residual{{Metric: "throughput", Band: profile.Saturated, LogSD: 0, N: 20}}
}

// drifting has the machine a tenth faster and slower within five minutes.
func drifting(p *profile.Profile) {
	exact(p)
	p.Drift = &profile.Drift{Job: "a loop", JobNs: 1e6}
	for i := range 31 {
		p.Drift.AtS, p.Drift.Speed = append(p.Drift.AtS, float64(10*i)), append(p.Drift.Speed, 1+0.1*math.Sin(2*math.Pi*float64(i)/30))
	}
}

// TestBurstsAndDriftAreInOneRun: a profile whose bursts differ makes for wider intervals, and so does one whose machine
// drifts; what it does not tell is said.
func TestBurstsAndDriftAreInOneRun(t *testing.T) {
	file, set := "2cpu", "workload.concurrency=8"
	width := func(p *Prediction) float64 { return p.PI.ThroughputRPS.High / p.PI.ThroughputRPS.Low }
	steady, bursts := oneRunOf(t, file, uncertain(t, 0.001, exact), Options{}, set), oneRunOf(t, file, uncertain(t, 0.1, exact), Options{}, set)
	drift := oneRunOf(t, file, uncertain(t, 0.001, drifting), Options{}, set)
	if a, b, c := width(steady), width(bursts), width(drift); a > 1.04 || b < 1.1 || c < 1.1 {
		t.Errorf("from low to high: %.3f, with bursts that differ by 10 %% %.3f, with drift %.3f", a, b, c)
	}
	if part := bursts.PI.ThroughputRPS.Profile; part < 0.5 || part > 1 {
		t.Errorf("the profile's part is %.2f", part)
	}
	tells := func(p *Prediction, word string) bool {
		return slices.ContainsFunc(p.PI.Unknown, func(s string) bool { return strings.Contains(s, word) })
	}
	if !tells(bursts, "drifts") || tells(drift, "drifts") {
		t.Errorf("unknown: %q; with drift: %q", bursts.PI.Unknown, drift.PI.Unknown)
	}
	if p := oneRunOf(t, file, uncertain(t, 0.1, nil), Options{NoPI: true}, set); p.PI != nil {
		t.Error("nobody asked for one run")
	}
}

// TestResidualsOfTheBandWidenOneRun, and those of another do not.
func TestResidualsOfTheBandWidenOneRun(t *testing.T) {
	of := func(band profile.Band) *Prediction {
		return oneRunOf(t, "2cpu", uncertain(t, 0.01, func(p *profile.Profile) {
			p.Residuals = []profile.Residual{{Metric: "p99", Band: band, LogSD: 0.5, N: 20}}
		}), Options{Horizon: 10 * time.Second}, "workload.concurrency=8")
	}
	with, without := of(profile.Saturated), of(profile.Load30)
	if w := with.PI.LatencyS.P99; w.High/w.Low < math.Exp(2*0.5) || w.Model < 0.5 || with.PI.HorizonS != 10 {
		t.Errorf("%+v of a run of %v s", w, with.PI.HorizonS)
	}
	if said := strings.Join(without.PI.Unknown, ";"); !strings.Contains(said, "no vsim validate of this machine at such a load") {
		t.Errorf("of another band: unknown %q", said)
	}
	if w := without.PI.LatencyS.P99; w.High/w.Low > 1.5 || !math.IsNaN(w.Model) {
		t.Errorf("%+v", w)
	}
}

// TestUsualErrorsOfTheModelWidenOneRun where the machine was not validated, and say whose they are; published figures and GPUs have none.
func TestUsualErrorsOfTheModelWidenOneRun(t *testing.T) {
	const usual = "which is in it (no vsim validate of this machine)"
	p := oneRunOf(t, "2cpu", uncertain(t, 0.01, nil), Options{Horizon: 10 * time.Second}, "workload.concurrency=8")
	if w := p.PI.LatencyS.P99; !(w.Model > 0) || !strings.Contains(strings.Join(p.PI.Unknown, ";"), usual) {
		t.Errorf("%+v, unknown %q", w, p.PI.Unknown)
	}
	if p := oneRunOf(t, "8gpu", "", Options{}); strings.Contains(strings.Join(p.PI.Unknown, ";"), usual) {
		t.Errorf("published figures: unknown %q", p.PI.Unknown)
	}
}

// TestPublishedFiguresAreSaidToBeUncertain: an interval of theirs has chance alone.
func TestPublishedFiguresAreSaidToBeUncertain(t *testing.T) {
	p := oneRunOf(t, "8gpu", "", Options{})
	if s := p.PI.LatencyS.Mean; !math.IsNaN(s.Profile) || !strings.Contains(strings.Join(p.PI.Unknown, ";"), "published figures are (x86-core-published, rtx4090-published)") {
		t.Errorf("%+v, unknown %q", s, p.PI.Unknown)
	}
}

// TestBands: who is alone, a loop that keeps something busy, and open traffic.
func TestBands(t *testing.T) {
	path := uncertain(t, 0.01, nil)
	for set, want := range map[string]profile.Band{"workload.concurrency=1": profile.ZeroLoad, "workload.concurrency=8": profile.Saturated, "workload.rate=100/s": profile.Load30} {
		source := File("2cpu", scenario.Options{Profile: path, Set: append([]string{set}, quickly...)})
		p, err := Predict(t.Context(), source, Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Fatal(err)
		}
		built, err := Compile(source)
		if err != nil {
			t.Fatal(err)
		}
		if got := bandOf(p, built.System); got != want {
			t.Errorf("%s: band %s, want %s", set, got, want)
		}
	}
}

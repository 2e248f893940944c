package predict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// truth is a server's time, lognormal with a mean of 10 ms and a cv of 0.5, whose speed changes from burst to burst.
type truth struct{ drift float64 }

var service = must(random.Lognormal(10e6, 0.5))

// measured is what a profile has of the server's time after so many bursts of 100 samples.
func (tr truth) measured(bursts int, seed uint64) *profile.Profile {
	stream := random.NewStream(seed, "measuring", 0)
	r := rand.New(&stream)
	s := profile.Service{Key: profile.Key{Stage: "work", Resource: "gpu"}}
	var samples []float64
	for range bursts {
		burst := make([]float64, 100)
		slower := math.Exp(tr.drift * r.NormFloat64())
		for i := range burst {
			burst[i] = slower * float64(service.Draw(&stream))
		}
		samples = append(samples, burst...)
		s.BurstMeansNs, s.BurstN = append(s.BurstMeansNs, stat.Mean(burst, nil)), append(s.BurstN, len(burst))
	}
	slices.Sort(samples)
	s.N = len(samples)
	s.MeanNs, s.SDNs = stat.MeanStdDev(samples, nil)
	half := 2 * stat.StdDev(s.BurstMeansNs, nil) / math.Sqrt(float64(bursts))
	s.MeanCI95Ns = [2]float64{s.MeanNs - half, s.MeanNs + half}
	for _, p := range []float64{0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 1} {
		s.Probabilities = append(s.Probabilities, p)
		s.QuantilesNs = append(s.QuantilesNs, stat.Quantile(p, stat.Empirical, samples, nil))
	}
	return &profile.Profile{Services: []profile.Service{s}}
}

// served is a queue before one worker whose time is in a profile.
func served(p *profile.Profile, rate float64, seed uint64) *engine.System {
	s := &p.Services[0]
	return of(must(random.Empirical(s.Probabilities, s.QuantilesNs, s.MeanNs)), rate, seed)
}

func of(service *random.Sampler, rate float64, seed uint64) *engine.System {
	sys := queue(1, poisson(rate))
	sys.Seed = seed
	sys.Pools[0].Steps[0].Service.At = [][]*random.Sampler{{service}}
	return sys
}

// redrawn is the resampling of such a system.
func redrawn(p *profile.Profile, rate float64, seed uint64) func(int) (*engine.System, error) {
	return func(number int) (*engine.System, error) {
		stream := random.NewStream(seed, "profile", number)
		return served(p.Resample(rand.New(&stream), time.Minute), rate, seed), nil
	}
}

// predicted is the interval of one run of a minute of a server of which so many bursts are known.
func predicted(t *testing.T, tr truth, bursts int, rate float64, seed uint64, horizon time.Duration) *PI {
	p := tr.measured(bursts, seed)
	return run(t, served(p, rate, seed), Options{ThroughputGoal: 0.03, P99Goal: 0.2, NoWhatIf: true, Horizon: horizon, Resample: redrawn(p, rate, seed)}).PI
}

// TestOneRunIsInItsInterval measures a server whose times are known, predicts what one run of it will show, and runs it, with other
// random numbers.
func TestOneRunIsInItsInterval(t *testing.T) {
	notUnderRace(t)
	loads, repetitions, horizon := []float64{0.8, 0.9}, 24, time.Minute
	if long() {
		loads, repetitions = []float64{0.6, 0.8, 0.9, 0.95}, 200
	}
	all, total := 0, 0
	for _, load := range loads {
		t.Run(fmt.Sprint(load), func(t *testing.T) {
			hits := map[string]int{}
			scaled := 0.0
			for seed := range uint64(repetitions) {
				pi := predicted(t, truth{0.02}, 20, 100*load, seed, horizon)
				w := plan{horizon: horizon, warmUp: warmUp(horizon), span: horizon, part: 1, events: math.MaxInt64}
				_, live, err := w.simulate(of(service, 100*load, 1e6+seed), 0)
				if err != nil {
					t.Fatal(err)
				}
				var o shown
				o.see(&live)
				scaled += pi.SimulatedS / pi.HorizonS / float64(repetitions)
				for name, c := range map[string]struct {
					s     Spread
					value float64
				}{"throughput": {pi.ThroughputRPS, o.throughput}, "mean": {pi.LatencyS.Mean, o.mean * 1e-9}, "p50": {pi.LatencyS.P50, o.quantiles[0] * 1e-9},
					"p90": {pi.LatencyS.P90, o.quantiles[1] * 1e-9}, "p99": {pi.LatencyS.P99, o.quantiles[3] * 1e-9}} {
					total++
					if c.s.Low <= c.value && c.value <= c.s.High {
						hits[name]++
						all++
					}
				}
			}
			t.Logf("load %v: of %d runs inside: %v; replicates were %.2f of a run long", load, repetitions, hits, scaled)
			n := float64(repetitions)
			for name, k := range hits { // 90 %, less 3 binomial standard errors
				if float64(k) < 0.9*n-3*math.Sqrt(n*0.9*0.1) {
					t.Errorf("%s: %d of %d runs are in their intervals", name, k, repetitions)
				}
			}
		})
	}
	if n := float64(total); long() && float64(all) > 0.99*n+3*math.Sqrt(n*0.99*0.01) {
		t.Errorf("%d of %d numbers are in their intervals: those are too wide", all, total)
	}
}

// TestLongerRunsVaryLess: what chance does to a run of four times the length is less, and to a server that is known as well no
// more comes from the profile.
func TestLongerRunsVaryLess(t *testing.T) {
	for _, load := range []float64{0.6, 0.85} {
		var last *PI
		for _, horizon := range []time.Duration{15 * time.Second, time.Minute, 4 * time.Minute} {
			pi := predicted(t, truth{0.02}, 20, 100*load, 3, horizon)
			if last != nil {
				for name, pair := range map[string][2]Spread{"throughput": {last.ThroughputRPS, pi.ThroughputRPS}, "mean": {last.LatencyS.Mean, pi.LatencyS.Mean},
					"p50": {last.LatencyS.P50, pi.LatencyS.P50}, "p99": {last.LatencyS.P99, pi.LatencyS.P99}} {
					if pair[1].chance >= pair[0].chance {
						t.Errorf("load %v, %v: chance has a variance of %.3g in %s, of a run of a quarter of that %.3g", load, horizon, pair[1].chance, name, pair[0].chance)
					}
				}
			}
			last = pi
		}
	}
}

// TestMoreBurstsNarrowTheProfilesPart, and a server of which nothing is known to be uncertain has none.
func TestMoreBurstsNarrowTheProfilesPart(t *testing.T) {
	few, many := predicted(t, truth{0.05}, 10, 70, 1, time.Minute), predicted(t, truth{0.05}, 160, 70, 1, time.Minute)
	for name, pair := range map[string][2]Spread{"mean": {few.LatencyS.Mean, many.LatencyS.Mean}, "p50": {few.LatencyS.P50, many.LatencyS.P50}, "p99": {few.LatencyS.P99, many.LatencyS.P99}} {
		if pair[1].profile >= pair[0].profile/4 || pair[1].Profile >= pair[0].Profile {
			t.Errorf("%s: variance of %.3g (%.2f of all) from 160 bursts, %.3g (%.2f) from 10", name, pair[1].profile, pair[1].Profile, pair[0].profile, pair[0].Profile)
		}
		for _, s := range pair {
			if math.Abs(s.Profile+s.Chance-1) > 1e-9 || !math.IsNaN(s.Model) {
				t.Errorf("%s: parts %+v", name, s)
			}
		}
	}
	if s := run(t, of(service, 70, 1), Options{NoWhatIf: true}).PI.LatencyS.P99; s.Chance != 1 || !math.IsNaN(s.Profile) {
		t.Errorf("without a profile: %+v", s)
	}
}

// TestOneRunIsTheSameOnAnyCores, and another one with another seed.
func TestOneRunIsTheSameOnAnyCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	p := truth{0.02}.measured(10, 1)
	predict := func(seed uint64, cores int) string {
		runtime.GOMAXPROCS(cores)
		return bytes(t, run(t, served(p, 70, seed), Options{ThroughputGoal: 0.05, P99Goal: 0.3, NoWhatIf: true, Horizon: 10 * time.Second, Resample: redrawn(p, 70, seed)}))
	}
	one := predict(1, 1)
	for _, cores := range []int{2, 7} {
		if predict(1, cores) != one {
			t.Errorf("another interval on %d cores", cores)
		}
	}
	if predict(2, 1) == one {
		t.Error("the same with another seed")
	}
}

// TestTheModelsErrorWidensOneRun: in quadrature on a logarithmic scale, Student's factor knowing the number of cases.
func TestTheModelsErrorWidensOneRun(t *testing.T) {
	pi := run(t, of(service, 70, 1), Options{NoWhatIf: true}).PI
	before := *pi
	pi.WithModel(func(metric string) (float64, int) {
		return 0.1, map[string]int{"p99": 8, "p50": 0, "mean": 1000, "throughput": 0}[metric]
	})
	log := func(s Spread) float64 { return math.Log(s.High/s.Low) / 2 }
	if want := math.Hypot(log(before.LatencyS.P99), 0.1*2.306); math.Abs(log(pi.LatencyS.P99)-want) > 1e-3*want {
		t.Errorf("p99: half-width %.4f, want %.4f", log(pi.LatencyS.P99), want)
	}
	if s := pi.LatencyS.Mean; math.Abs(s.Model+s.Chance-1) > 1e-9 || s.Model < 0.1 || !math.IsNaN(s.Profile) {
		t.Errorf("mean: %+v", s)
	}
	if pi.LatencyS.P50.Low != before.LatencyS.P50.Low || pi.DroppedShare.High != before.DroppedShare.High {
		t.Errorf("p50 %+v, dropped %+v", pi.LatencyS.P50, pi.DroppedShare)
	}
}

// TestRunsThatTakeTooMuchAreShorter: an interval takes no more events than the study itself, and is about as wide as that of
// whole runs: margins are those of variances of 16 values, with 5 standard errors.
func TestRunsThatTakeTooMuchAreShorter(t *testing.T) {
	quick := Options{ThroughputGoal: 0.03, P99Goal: 0.2, NoWhatIf: true, NoPI: true}
	alone := run(t, of(service, 60, 1), quick)
	quick.NoPI, quick.Horizon = false, time.Hour
	with := run(t, of(service, 60, 1), quick)
	if with.Run.Events > 2*alone.Run.Events || with.PI.SimulatedS >= 3600 || with.PI.HorizonS != 3600 {
		t.Errorf("%d events, %d without; replicates of %v s", with.Run.Events, alone.Run.Events, with.PI.SimulatedS)
	}
	sys := of(service, 60, 1)
	s, err := newStudy(sys, bare(sys), quick.withDefaults(sys))
	if err != nil {
		t.Fatal(err)
	}
	w := plan{n: 16, horizon: time.Hour, warmUp: time.Minute, span: time.Hour, part: 1, events: math.MaxInt64}
	fixed, _, err := s.replicate(t.Context(), &Prediction{}, w.n, func(sys *engine.System, i int) (*engine.Run, engine.Window, error) { return w.simulate(sys, i) }, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole := s.pi(with, &w, fixed, nil)
	for name, pair := range map[string][2]Spread{"throughput": {whole.ThroughputRPS, with.PI.ThroughputRPS}, "mean": {whole.LatencyS.Mean, with.PI.LatencyS.Mean}, "p99": {whole.LatencyS.P99, with.PI.LatencyS.P99}} {
		if ratio := pair[1].chance / pair[0].chance; math.Abs(math.Log(ratio)) > 5*math.Sqrt(4./15) {
			t.Errorf("%s: the variance of short runs, scaled, is %.2f times that of whole ones", name, ratio)
		}
	}
}

// TestRunsWithoutAnInterval: where nothing is known of what one run shows, there is none.
func TestRunsWithoutAnInterval(t *testing.T) {
	if p := run(t, queue(1, poisson(500)), Options{NoWhatIf: true, NoPI: true}); p.PI != nil {
		t.Errorf("nobody asked for %+v", p.PI)
	}
	if pi := run(t, queue(1, daily(500, time.Hour, 0)), Options{NoWhatIf: true, MaxEvents: 1e6}).PI; !math.IsNaN(pi.ThroughputRPS.Low) || len(pi.Unknown) != 1 {
		t.Errorf("a minute of a day: %+v", pi)
	}
	if pi := run(t, queue(1, poisson(0.001)), Options{NoWhatIf: true}).PI; !math.IsNaN(pi.LatencyS.P99.Low) || !math.IsNaN(pi.ThroughputRPS.Low) {
		t.Errorf("a minute without a request: %+v", pi)
	}
	over := run(t, queue(1, poisson(1500)), Options{NoWhatIf: true})
	if s := over.PI.ThroughputRPS; !math.IsNaN(over.PI.LatencyS.P99.Low) || s.Low > 1000 || s.High < 1000 {
		t.Errorf("overloaded: %+v", over.PI)
	}
}

// TestOneRunOfTrafficThatEnds is one of the whole of it, and what it drops is in its interval.
func TestOneRunOfTrafficThatEnds(t *testing.T) {
	p := run(t, lossy(poisson(1500)), Options{NoWhatIf: true})
	if d := p.PI.DroppedShare; d.Low < 0 || d.Low > p.Dropped.Share.Value || d.High < p.Dropped.Share.Value || d.High > 2*p.Dropped.Share.Value {
		t.Errorf("dropped %+v, one run %+v", p.Dropped.Share, d)
	}
	whole := run(t, queue(1, engine.Source{Arrivals: recorded{0, 1e6, 2e6, 10e6}}), Options{NoWhatIf: true})
	if pi := whole.PI; pi == nil || pi.Replicates != 8 || pi.HorizonS < 10e-3 || pi.LatencyS.Mean.Low <= 0 || pi.LatencyS.Mean.High < whole.LatencyS.Mean.Value {
		t.Errorf("%+v", pi)
	}
}

// TestPairsTellThePartsApart: of runs a quarter as long, chance has a quarter of their variance, and the profile's is that of
// the differences in a pair.
func TestPairsTellThePartsApart(t *testing.T) {
	const chance, times, n = 0.2, 0.3, 16
	s := sample{part: 0.25, long: 7}
	for i := range n {
		x := math.Exp(chance * float64(2*(i%2)-1))
		s.fixed, s.drawn = append(s.fixed, x), append(s.drawn, x*math.Exp(times*float64(2*(i/2%2)-1)))
	}
	got := s.spread(logarithmic)
	variance := (chance*chance/4 + times*times) * n / (n - 1)
	half := 2.1314 * math.Sqrt(variance*(1+1./n))
	if math.Abs(math.Log(got.Low/7)+half) > 1e-4 || math.Abs(math.Log(got.High/7)-half) > 1e-4 || math.Abs(got.Chance-0.1) > 1e-9 || math.Abs(got.Profile-0.9) > 1e-9 {
		t.Errorf("%+v, want 7 times or over e^%.4f, chance a tenth of it", got, half)
	}
}

// TestCountsEndBetweenBatches: a closed loop of four whose batches of four take 300 ms each counts 104 or 108 requests in 8 s, as its window falls. All replicates begin alike and count the
// same; the interval has both.
func TestCountsEndBetweenBatches(t *testing.T) {
	four := queue(1, engine.Source{Clients: 4})
	four.Pools[0].Batch.Max = 4
	four.Pools[0].Steps[0].Service.At = [][]*random.Sampler{slices.Repeat([]*random.Sampler{must(random.Constant(300e6))}, 4)}
	s := run(t, four, Options{NoWhatIf: true, Horizon: 8 * time.Second}).PI.ThroughputRPS
	if s.Low > 104./8 || s.High < 108./8 || s.Low < 100./8 || s.High > 112./8 {
		t.Errorf("%.2f to %.2f requests/s, want 13 and 13.5 and little else", s.Low, s.High)
	}
}

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

var _ = runtime.NumCPU

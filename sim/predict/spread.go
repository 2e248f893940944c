package predict

import (
	"encoding/json"
	"math"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"vsim/sim/engine/stats"
)

// DefaultHorizon is the length of a live run where nobody says.
const DefaultHorizon = time.Minute

// PI says what one live run of a length will show, with 95 % confidence. An Estimate's interval is about the mean of
// endlessly many such runs, simulated with the times as they are given; this one has all that one run and the times add.
type PI struct {
	HorizonS      float64         `json:"horizon_s"`   // of the live run, after its warm-up
	SimulatedS    float64         `json:"simulated_s"` // of each replicate; where that is less, chance is scaled to the live run
	Replicates    int             `json:"replicates"`
	ThroughputRPS Spread          `json:"throughput_rps"`
	LatencyS      SpreadOfLatency `json:"latency_s"`
	DroppedShare  Spread          `json:"dropped_share"`
	Unknown       []string        `json:"unknown,omitempty"` // what nobody knows and is not in it, in words
}

// SpreadOfLatency are the spreads of the numbers of a Latency, seconds.
type SpreadOfLatency struct {
	Mean Spread `json:"mean"`
	P50  Spread `json:"p50"`
	P90  Spread `json:"p90"`
	P95  Spread `json:"p95"`
	P99  Spread `json:"p99"`
	P999 Spread `json:"p999"`
}

// Spread is the interval in which a number of one live run will be, NaN where there is none, and the parts that its width
// comes from, of 1 in all (parts of the variance, on a logarithmic scale): what the profile leaves open, the run's own chance,
// and the error of the model. A part is NaN where nobody knows it.
type Spread struct {
	Low, High              float64
	Profile, Chance, Model float64

	scale           *scale
	center          float64 // on its scale
	half            float64 // without the model
	profile, chance float64 // variances
	limits          bounds
}

// scale is where a number's spread is about symmetric.
type scale struct{ to, from func(float64) float64 }

var (
	logarithmic = &scale{math.Log, math.Exp}
	// shares may be 0, which has no logarithm.
	linear = &scale{func(x float64) float64 { return x }, func(x float64) float64 { return min(max(x, 0), 1) }}
)

// noSpread is that of what there is not.
func noSpread() Spread {
	none := math.NaN()
	return Spread{Low: none, High: none, Profile: none, Chance: none, Model: none}
}

// noPI is that of which nothing is known, for a reason.
func noPI(horizon time.Duration, unknown string) *PI {
	none := noSpread()
	return &PI{HorizonS: horizon.Seconds(), ThroughputRPS: none, DroppedShare: none, LatencyS: SpreadOfLatency{none, none, none, none, none, none}, Unknown: []string{unknown}}
}

// sample is what replicates have shown of one number: with the times as they are, and pairwise, with the same random numbers,
// with times drawn anew (nil where they cannot be).
type sample struct {
	fixed, drawn []float64
	part         float64 // of the live run's length that a replicate has, at most 1
	long         float64 // the number in the long run, for where replicates are shorter than the live run
	precision    float64 // to which it is known
	edges        float64 // the least variance of chance on the scale: see edges
}

// spread is the prediction interval of one more value after those of the replicates, Student's, on a scale where they are about
// normal (Hahn and Meeker 1991, Statistical Intervals, section 4.7). Few replicates do, as Student's factor knows how few
// they are (Lam 2022, A cheap bootstrap method for fast inference, arXiv 2202.00090).
//
// Where replicates are as long as the live run, those with times drawn anew are just what live runs may show. Where they are
// shorter, the variance of chance is in inverse proportion to the length, and that of the times is what differs between
// the two of a pair: chance is the same in both.
func (s *sample) spread(on *scale) Spread {
	fixed, drawn := transformed(s.fixed, on), transformed(s.drawn, on)
	n := float64(len(fixed))
	out := noSpread()
	out.scale = on
	out.center, out.chance = stat.MeanVariance(fixed, nil)
	out.chance = max(out.chance*s.part, s.edges)
	if s.part < 1 {
		out.center = on.to(s.long)
	}
	total := out.chance
	if drawn != nil {
		var shift []float64
		for i := range drawn {
			shift = append(shift, drawn[i]-fixed[i])
		}
		var by float64
		by, out.profile = stat.MeanVariance(shift, nil)
		out.center += by
		total += out.profile
		if s.part == 1 {
			total = max(stat.Variance(drawn, nil), s.edges)
		}
	}
	if !finiteNumber(out.center) || !finiteNumber(total) || n < 2 {
		return noSpread()
	}
	out.half = studentHalf(total, len(fixed)) + s.precision
	out.Low, out.High = on.from(out.center-out.half), on.from(out.center+out.half)
	out.split(math.NaN(), drawn != nil)
	return out
}

// studentHalf is the half-width of the prediction interval of one more value after n with this variance.
func studentHalf(variance float64, n int) float64 {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile((1 + level) / 2)
	return t * math.Sqrt(variance*(1+1/float64(n)))
}

// withModel widens the interval by the model's own error: the standard deviation of the logarithm of how many times too
// large predictions were, in so many cases.
func (s *Spread) withModel(logSD float64, cases int) {
	if s.scale != logarithmic || math.IsNaN(s.Low) {
		return
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(cases)}.Quantile((1 + level) / 2)
	half := math.Hypot(s.half, t*logSD)
	s.Low, s.High = math.Exp(s.center-half), math.Exp(s.center+half)
	s.keep(s.limits, math.Exp(t*logSD))
	s.split(logSD*logSD, !math.IsNaN(s.Profile))
}

// HalfWithoutModel is half the width of the interval on the logarithmic scale without the model's own error, 0 where that is not known.
func (s *Spread) HalfWithoutModel() float64 {
	if s.scale != logarithmic {
		return 0
	}
	return s.half
}

// split works out the parts.
func (s *Spread) split(model float64, drawn bool) {
	total := s.profile + s.chance
	if !math.IsNaN(model) {
		total += model
	}
	if total == 0 {
		return
	}
	s.Chance, s.Model = s.chance/total, model/total
	if drawn {
		s.Profile = s.profile / total
	}
}

// WithModel widens the intervals by the model's own errors, as live runs have shown them: residual gives the standard deviation
// of the logarithm of how many times too large a metric (throughput, mean, p50 or p99) was, and the number of cases, 0 where
// there are none. The other high quantiles have that of p99.
func (p *PI) WithModel(residual func(metric string) (logSD float64, cases int)) {
	for _, m := range []struct {
		of     string
		spread *Spread
	}{
		{"throughput", &p.ThroughputRPS}, {"mean", &p.LatencyS.Mean}, {"p50", &p.LatencyS.P50}, {"p99", &p.LatencyS.P90},
		{"p99", &p.LatencyS.P95}, {"p99", &p.LatencyS.P99}, {"p99", &p.LatencyS.P999},
	} {
		if logSD, cases := residual(m.of); cases > 0 {
			m.spread.withModel(logSD, cases)
		}
	}
	p.LatencyS.order()
}

func transformed(values []float64, on *scale) (out []float64) {
	for _, v := range values {
		out = append(out, on.to(v))
	}
	return out
}

func finiteNumber(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// spreadJSON is a spread's form in JSON: {"interval": [0, 2], "profile": 0.4, "chance": 0.6, "model": null}.
type spreadJSON struct {
	Interval [2]stats.Number `json:"interval"`
	Profile  stats.Number    `json:"profile"`
	Chance   stats.Number    `json:"chance"`
	Model    stats.Number    `json:"model"`
}

// MarshalJSON writes null for what nobody knows.
func (s Spread) MarshalJSON() ([]byte, error) {
	return json.Marshal(spreadJSON{[2]stats.Number{stats.Number(s.Low), stats.Number(s.High)}, stats.Number(s.Profile), stats.Number(s.Chance), stats.Number(s.Model)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Spread) UnmarshalJSON(text []byte) error {
	var j spreadJSON
	err := json.Unmarshal(text, &j)
	*s = Spread{Low: float64(j.Interval[0]), High: float64(j.Interval[1]), Profile: float64(j.Profile), Chance: float64(j.Chance), Model: float64(j.Model)}
	return err
}

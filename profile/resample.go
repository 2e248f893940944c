package profile

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// z95 is the normal distribution's quantile that 95 % intervals reach to.
const z95 = 1.959964

// Resample draws another profile that measuring the same machine might have given, for a live run of a length:
//
//   - The mean of every service is that of its bursts drawn anew (Efron's bootstrap; whole bursts, as what changes from burst to
//     burst does so for all samples in it), or where bursts were not kept, what its interval allows. The run has a mean of its own
//     around that: of one of the bursts for each second that it lasts. Where the simulation has that from Spells it is not drawn.
//   - Its quantiles are those of as many samples drawn anew.
//   - What the CPU does, for brokers too, takes longer by one factor, all of it: as the machine's mean speed in a stretch of so long a time
//     differs from that of all, by the Drift.
//   - Slow-downs are drawn from their intervals, which are symmetric in the logarithm: those know all that the visits tell,
//     as each visit's ratio is of one moment, and no drift is left in it that bursts would have to carry.
//   - What pauses cost is drawn from its intervals.
//
// Published figures stay as they are: nobody knows how far off they are; see Unsampled.
func (p *Profile) Resample(r *rand.Rand, run time.Duration) *Profile {
	out, spells := p.clone(), p.spells()
	slower := 1.0
	if p.Drift != nil {
		slower = 1 / p.Drift.speedOver(run.Seconds(), r)
	}
	for i := range out.Services {
		s := &out.Services[i]
		_, inSpells := spells[s.ofAllSizes()]
		s.resample(r, run, inSpells)
		if (s.Resource == "cpu" || s.Resource == "broker") && s.N > 0 {
			s.stretch(slower)
		}
	}
	for i := range out.Contention {
		out.Contention[i].resample(r)
	}
	for i := range out.AfterIdles {
		a := &out.AfterIdles[i]
		before := a.ExtraNs
		a.ExtraNs += r.NormFloat64() * (a.ExtraCI95Ns[1] - a.ExtraCI95Ns[0]) / (2 * z95)
		if before > 0 {
			a.NextExtraNs *= max(a.ExtraNs/before, 0)
		}
	}
	return out
}

// Unsampled says that nothing is known of how far off a service is: a published one, of which no samples are told.
func (s *Service) Unsampled() bool { return s.N == 0 }

// Unbounded says that of the error of a service's mean only the least is known: its samples are from one burst.
func (s *Service) Unbounded() bool {
	return s.N > 0 && len(s.BurstN) < 2 && s.MeanCI95Ns == [2]float64{}
}

// stretch makes all times so many times as long.
func (s *Service) stretch(factor float64) {
	s.MeanNs *= factor
	s.SDNs *= factor
	for i := range s.QuantilesNs {
		s.QuantilesNs[i] *= factor
	}
}

func (s *Service) resample(r *rand.Rand, run time.Duration, inSpells bool) {
	if s.Unsampled() {
		return
	}
	own := s.drawOwn(r, run)
	if inSpells {
		own = 0
	}
	mean := s.MeanNs * math.Exp(s.drawMean(r)+own)
	s.resampleShape(r)
	s.stretch(mean / s.MeanNs)
}

// drawMean draws the logarithm of how many times as long as measured the mean might be. Few bursts vary less than what they
// are from, and nobody knows by how much: the deviation is as much larger as Student's interval is wider than the normal one.
func (s *Service) drawMean(r *rand.Rand) float64 {
	n := len(s.BurstMeansNs)
	if n < 2 {
		return r.NormFloat64() * s.meanError()
	}
	wider := math.Sqrt(float64(n)/float64(n-1)) * student95(n-1) / z95
	return wider * math.Log(s.meanOfDrawn(n, r))
}

// forgets is the time after which a burst tells hardly anything of the next: on two cores of a virtual machine the correlation of a job's
// time with another's was 0.4 after 0.1 s and 0.1 after 1 s.
const forgets = time.Second

// mostDrawn is how many bursts are drawn of a run at most: of more the mean is that of all.
const mostDrawn = 1000

// drawOwn draws the logarithm of how many times as long as in the long run the mean is in a run: its bursts are others than those of all time.
func (s *Service) drawOwn(r *rand.Rand, run time.Duration) float64 {
	if len(s.BurstMeansNs) < 2 {
		return 0
	}
	return math.Log(s.meanOfDrawn(int(min(max(run/forgets, 1), mostDrawn)), r))
}

// meanOfDrawn is the mean of some bursts drawn at random over that of all.
func (s *Service) meanOfDrawn(some int, r *rand.Rand) float64 {
	sum, count, all, samples := 0.0, 0.0, 0.0, 0.0
	for range some {
		k := r.IntN(len(s.BurstMeansNs))
		sum, count = sum+s.BurstMeansNs[k]*float64(s.BurstN[k]), count+float64(s.BurstN[k])
	}
	for i, mean := range s.BurstMeansNs {
		all, samples = all+mean*float64(s.BurstN[i]), samples+float64(s.BurstN[i])
	}
	return sum / count * samples / all
}

// meanError is the relative standard error of the mean: of its interval, else, with a single burst, of samples that know
// nothing of each other, which is the least that it can be.
func (s *Service) meanError() float64 {
	if s.MeanCI95Ns != [2]float64{} {
		return (s.MeanCI95Ns[1] - s.MeanCI95Ns[0]) / 2 / z95 / s.MeanNs
	}
	return s.SDNs / s.MeanNs / math.Sqrt(float64(s.N))
}

// independent is how many independent samples tell as much of the mean as those that were taken: fewer, where neighbours are
// alike.
func (s *Service) independent() int {
	n := float64(s.N)
	if e := s.meanError() * s.MeanNs; e > 0 {
		ratio := s.SDNs / e
		n = min(n, ratio*ratio)
	}
	return int(max(n, 2))
}

// resampleShape replaces the quantiles by those of as many independent samples drawn from them: the ranks of ordered uniform
// numbers are sums of exponential gaps (Rényi's representation), of which those between two quantiles are one gamma number.
// The mean goes with it, by the change of the mean of the quantiles.
func (s *Service) resampleShape(r *rand.Rand) {
	if len(s.QuantilesNs) == 0 {
		return
	}
	n := s.independent()
	at := make([]float64, len(s.Probabilities)+1)
	rank := 0
	for i, p := range s.Probabilities {
		next := min(max(int(math.Ceil(p*float64(n))), 1), n)
		at[i+1] = at[i] + gamma(next-rank, r)
		rank = next
	}
	total := at[len(at)-1] + gamma(1, r)
	drawn := make([]float64, len(s.QuantilesNs))
	for i := range drawn {
		drawn[i] = s.quantile(at[i+1] / total)
	}
	slices.Sort(drawn) // rounding
	if before := meanOf(s.Probabilities, s.QuantilesNs); before > 0 {
		s.MeanNs *= meanOf(s.Probabilities, drawn) / before
	}
	s.QuantilesNs = drawn
}

// quantile is linear between those that are known.
func (s *Service) quantile(p float64) float64 {
	i := sort.SearchFloat64s(s.Probabilities, p)
	switch {
	case i == 0:
		return s.QuantilesNs[0]
	case i == len(s.Probabilities):
		return s.QuantilesNs[i-1]
	}
	w := (p - s.Probabilities[i-1]) / (s.Probabilities[i] - s.Probabilities[i-1])
	return s.QuantilesNs[i-1]*(1-w) + s.QuantilesNs[i]*w
}

// meanOf is the mean of a distribution that is linear between its quantiles.
func meanOf(p, q []float64) (mean float64) {
	for i := 1; i < len(p); i++ {
		mean += (p[i] - p[i-1]) * (q[i] + q[i-1]) / 2
	}
	return mean
}

// gamma is the sum of k exponential numbers of mean 1.
func gamma(k int, r *rand.Rand) float64 {
	if k == 0 {
		return 0
	}
	return distuv.Gamma{Alpha: float64(k), Beta: 1, Src: r}.Rand()
}

func student95(freedom int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Quantile(0.975)
}

// resample draws a slow-down from its interval, which goes with it.
func (c *Contention) resample(r *rand.Rand) {
	if c.Doubtful() || c.SlowdownCI95[0] <= 0 {
		return
	}
	sd := math.Log(c.SlowdownCI95[1]/c.SlowdownCI95[0]) / 2 / z95
	factor := math.Exp(sd * r.NormFloat64())
	c.Slowdown *= factor
	c.SlowdownCI95[0] *= factor
	c.SlowdownCI95[1] *= factor
}

// speedOver draws the mean speed over a stretch of time, in seconds, that is none of those measured: it differs more from the
// mean of all than those do, of which that is the mean. A stretch is at most half of the time of measuring, so that there are
// two: longer ones vary no less than that, as far as anybody knows.
func (d *Drift) speedOver(stretch float64, r *rand.Rand) float64 {
	if len(d.AtS) < 2 || d.span() == 0 {
		return 1
	}
	stretch = min(stretch, d.span()/2)
	stretches := min(d.span()/stretch, float64(len(d.AtS)))
	another := math.Sqrt((stretches + 1) / (stretches - 1))
	slow, quick := d.variances(stretch)
	return math.Exp(another * math.Sqrt(slow+quick/max(stretch/forgets.Seconds(), 1)) * r.NormFloat64())
}

// variances are those of the logarithm of the speed: what any two seconds of a stretch of time have in common, and what each has of its
// own, which comes to little in the mean of many. Few of them were measured, between the bursts: the mean of those alone would vary by as much
// more as they are fewer than the seconds of a stretch. In common is the covariance of points that are no further apart than the stretch, or
// the next to each other.
func (d *Drift) variances(stretch float64) (slow, quick float64) {
	var logs []float64
	for _, speed := range d.Speed {
		logs = append(logs, math.Log(speed))
	}
	mean, all := stat.MeanVariance(logs, nil)
	sum, pairs := 0.0, 0.0
	for i, one := range logs {
		for j := i + 1; j < len(logs) && (j == i+1 || d.AtS[j]-d.AtS[i] <= stretch); j++ {
			sum, pairs = sum+(one-mean)*(logs[j]-mean), pairs+1
		}
	}
	slow = min(max(sum/pairs, 0), all)
	return slow, all - slow
}

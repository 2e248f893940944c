package profile

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat"
)

// bursty is a point of so many bursts of 50 samples, whose means alternate by a part of it.
func bursty(bursts int, by float64) Service {
	s := Service{Key: Key{Stage: "decode", Resource: "cpu"}, N: 50 * bursts, MeanNs: 1000, SDNs: 300,
		Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{500, 1000, 1500}}
	for i := range bursts {
		s.BurstMeansNs, s.BurstN = append(s.BurstMeansNs, 1000*(1+by*float64(2*(i%2)-1))), append(s.BurstN, 50)
	}
	return s
}

// draws are the logarithms of the means of a profile's first service, drawn anew many times.
func draws(p *Profile, run time.Duration) (logs []float64) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		logs = append(logs, math.Log(p.Resample(r, run).Services[0].MeanNs/p.Services[0].MeanNs))
	}
	return logs
}

// TestBurstsSayHowFarOffAMeanIs: the standard deviation of a mean that is drawn anew is that of the bursts' means over the
// root of their number, as much wider as Student's interval is, and of those in a run of a minute over the root of 60. Margin: 5 standard errors of 4000 draws.
func TestBurstsSayHowFarOffAMeanIs(t *testing.T) {
	const by = 0.04
	for _, c := range []struct {
		p    Profile
		want float64
	}{
		{Profile{Services: []Service{bursty(8, by)}}, math.Hypot(by/math.Sqrt(7)*2.3646/z95, by/math.Sqrt(60))},
		{Profile{Services: []Service{bursty(64, by)}}, math.Hypot(by/math.Sqrt(63)*1.9983/z95, by/math.Sqrt(60))},
		{Profile{Services: []Service{bursty(64, 0)}}, 0},
		{Profile{Services: []Service{{Key: Key{Stage: "a", Resource: "cpu"}, N: 9, MeanNs: 100, MeanCI95Ns: [2]float64{90, 110}}}}, 0.1 / z95},
		{Profile{Services: []Service{{Key: Key{Stage: "a", Resource: "cpu"}, N: 400, MeanNs: 100, SDNs: 60}}}, 0.03},
		{Profile{Services: []Service{{Key: Key{Stage: "a", Resource: "cpu"}, MeanNs: 100, Source: "a paper"}}}, 0},
	} {
		if got := stat.StdDev(draws(&c.p, time.Minute), nil); math.Abs(got-c.want) > 5*c.want/math.Sqrt(2*4000)+1e-12 {
			t.Errorf("%+v: means vary by %.4f, want %.4f", c.p.Services[0], got, c.want)
		}
	}
}

// TestShortRunsHaveMeansOfTheirOwn: the mean of a run of a second is that of one burst, and runs that are four times as long vary half as much.
func TestShortRunsHaveMeansOfTheirOwn(t *testing.T) {
	s := bursty(1000, 0.1)
	s.Resource = "gpu" // on a CPU they are simulated, as spells
	p := &Profile{Services: []Service{s}}
	for seconds, want := range map[time.Duration]float64{0: 0.1, 1: 0.1, 4: 0.05, 16: 0.025} {
		if got := stat.StdDev(draws(p, seconds*time.Second), nil); math.Abs(got-want) > 0.06*want {
			t.Errorf("runs of %d s vary by %.4f, want %.4f", seconds, got, want)
		}
	}
}

// TestQuantilesAreDrawnFromAsManySamples: the median of n uniform numbers varies by 1/(2 sqrt(n)), and its shape goes with the mean.
func TestQuantilesAreDrawnFromAsManySamples(t *testing.T) {
	s := Service{Key: Key{Stage: "a", Resource: "gpu"}, N: 400, MeanNs: 500, SDNs: 1000 / math.Sqrt(12), Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{0, 500, 1000}}
	p := &Profile{Services: []Service{s}}
	r := rand.New(rand.NewPCG(3, 4))
	var medians []float64
	for range 4000 {
		again := &p.Resample(r, time.Minute).Services[0]
		medians = append(medians, again.QuantilesNs[1]/again.MeanNs/2)
		if !slices.IsSorted(again.QuantilesNs) {
			t.Fatalf("quantiles %v", again.QuantilesNs)
		}
	}
	// The ratio of median and mean: the mean of the interpolated quantiles is (min + 2 median + max)/4, half of it the median.
	if got, want := stat.StdDev(medians, nil), 0.5/math.Sqrt(400)/2; math.Abs(got-want) > 0.2*want {
		t.Errorf("medians vary by %.5f, want %.5f", got, want)
	}
	if s.QuantilesNs[1] != 500 || p.Services[0].MeanNs != 500 {
		t.Error("the profile itself was changed")
	}
}

// TestDriftMovesTheWholeCPU: services of the CPU get the same factor, others none; longer runs vary less, those longer than half
// of the measuring no less than that.
func TestDriftMovesTheWholeCPU(t *testing.T) {
	d := &Drift{Job: "test"}
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 1000 {
		d.AtS, d.Speed = append(d.AtS, float64(i)), append(d.Speed, math.Exp(0.1*r.NormFloat64()))
	}
	still := bursty(8, 0)
	other, gpu := still, still
	other.Stage, gpu.Resource = "resize", "gpu"
	p := &Profile{Drift: d, Services: []Service{still, other, gpu}}
	again := p.Resample(r, 10*time.Second).Services
	if a, b := again[0].MeanNs, again[1].MeanNs; a == 1000 || math.Abs(a-b) > 1e-9*a || math.Abs(again[2].MeanNs-1000) > 1e-9*1000 {
		t.Errorf("means %v, %v on the CPU and %v on the GPU", a, b, again[2].MeanNs)
	}
	sd := func(run time.Duration) float64 { return stat.StdDev(draws(p, run), nil) }
	if second, tenth, longest, beyond := sd(time.Second), sd(10*time.Second), sd(500*time.Second), sd(time.Hour); math.Abs(tenth-0.1/math.Sqrt(10)) > 0.008 || second < 2*tenth || longest > tenth || math.Abs(beyond-longest) > 0.05*longest {
		t.Errorf("runs of 1 s, 10 s, 500 s and 1 h vary by %.4f, %.4f, %.4f and %.4f", second, tenth, longest, beyond)
	}
	p.Drift = &Drift{AtS: []float64{0, 10}, Speed: []float64{math.Exp(-0.1), math.Exp(0.1)}}
	// Two seconds tell nothing of what others have in common with them. A third stretch, of five seconds, beside the mean of two:
	if got, want := stat.StdDev(draws(p, time.Hour), nil), 0.1*math.Sqrt(2./5*3); math.Abs(got-want) > 0.02*want {
		t.Errorf("of two seconds that are 0.1 from their mean, a stretch is %.4f from it, want %.4f", got, want)
	}
	p.Drift = &Drift{AtS: []float64{3}, Speed: []float64{1}}
	if math.Abs(p.Resample(r, time.Second).Services[0].MeanNs-1000) > 1e-6 {
		t.Error("one look at the speed says nothing of its drift")
	}
}

// TestSecondsThatWereNotTimedCount: where the speed is looked at now and then, a run's mean is that of all its seconds. What each has of its own comes
// to little in it, what they have in common remains.
func TestSecondsThatWereNotTimedCount(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	own, common := &Drift{}, &Drift{}
	level := 0.0
	for i := range 4000 {
		if i%20 == 0 {
			level = 0.05 * r.NormFloat64()
		}
		own.AtS, own.Speed = append(own.AtS, float64(15*i)), append(own.Speed, math.Exp(0.05*r.NormFloat64()))
		common.AtS, common.Speed = own.AtS, append(common.Speed, math.Exp(level+0.05*r.NormFloat64()))
	}
	sd := func(d *Drift) float64 {
		return stat.StdDev(draws(&Profile{Drift: d, Services: []Service{bursty(8, 0)}}, 30*time.Second), nil)
	}
	if got := sd(own); got > 0.05/math.Sqrt2/2 || got < 0.9*0.05/math.Sqrt(30) { // two looks, of 30 seconds
		t.Errorf("runs of seconds that know nothing of each other vary by %.4f, want about %.4f", got, 0.05/math.Sqrt(30))
	}
	if got := sd(common); math.Abs(got-0.05) > 0.007 { // of 200 levels the deviation is known to a twentieth; three such, and the seconds' own part
		t.Errorf("runs on a machine whose speed stays for five minutes vary by %.4f, want about 0.05", got)
	}
}

// TestSlowdownsAreDrawnFromTheirIntervals, and doubtful ones stay what they are.
func TestSlowdownsAreDrawnFromTheirIntervals(t *testing.T) {
	known := Contention{Slowdown: 1.5, SlowdownCI95: [2]float64{1.4, 1.5 * 1.5 / 1.4}}
	doubtful, open := Contention{Slowdown: 1, SlowdownCI95: [2]float64{0.1, 10}}, Contention{Slowdown: 2}
	p := &Profile{Contention: []Contention{known, doubtful, open}}
	r := rand.New(rand.NewPCG(7, 8))
	inside := 0
	for range 4000 {
		c := p.Resample(r, time.Minute).Contention
		if 1.4 <= c[0].Slowdown && c[0].Slowdown <= known.SlowdownCI95[1] {
			inside++
		}
		if c[0].Doubtful() || !reflect.DeepEqual(c[1:], p.Contention[1:]) {
			t.Fatalf("%+v", c)
		}
	}
	if part := float64(inside) / 4000; math.Abs(part-0.95) > 0.014 { // 4 standard errors
		t.Errorf("%.3f of them are in the interval", part)
	}
}

// TestDriftAndResidualsAreChecked as all else of a profile, and written and read as they are.
func TestDriftAndResidualsAreChecked(t *testing.T) {
	sound := func() *Profile {
		p := &Profile{Schema: Schema, Name: "p", Origin: Measured, Provenance: Provenance{Complete: true}, Services: []Service{bursty(8, 0.1)}}
		p.Drift = &Drift{Job: "a loop", JobNs: 1e6, AtS: []float64{0, 1.5}, Speed: []float64{1.01, 0.99}}
		p.Residuals = []Residual{{Metric: "p99", Band: Load80, LogSD: 0.1, N: 4}, {Metric: "p99", Band: Saturated, LogSD: 0, N: 1}}
		return p
	}
	read := func(p *Profile) (*Profile, error) {
		text, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return Parse("p", text)
	}
	p := sound()
	if back, err := read(p); err != nil || !reflect.DeepEqual(back.Drift, p.Drift) || !reflect.DeepEqual(back.Residuals, p.Residuals) || !reflect.DeepEqual(back.Services[0].BurstN, p.Services[0].BurstN) {
		t.Fatalf("%v: %+v", err, back)
	}
	for want, spoil := range map[string]func(p *Profile){
		"2 times in at_s but 1 in speed":                                                         func(p *Profile) { p.Drift.Speed = p.Drift.Speed[:1] },
		"drift.at_s.1 = 1.5: must ascend: the one before it is 9":                                func(p *Profile) { p.Drift.AtS[0] = 9 },
		"drift.speed.1 = 0: must be above 0":                                                     func(p *Profile) { p.Drift.Speed[1] = 0 },
		"residual.0.metric = \"p98\": must be one of \"throughput\", \"mean\", \"p50\", \"p99\"": func(p *Profile) { p.Residuals[0].Metric = "p98" },
		"residual.0.band = \"0.7\": must be one of \"zero\", \"0.3\"":                            func(p *Profile) { p.Residuals[0].Band = "0.7" },
		"residual.0.log_sd = -1: must be at least 0":                                             func(p *Profile) { p.Residuals[0].LogSD = -1 },
		"residual.1.n = 0: must be at least 1":                                                   func(p *Profile) { p.Residuals[1].N = 0 },
		"residual.1: residual of p99 at load 0.8 stands twice":                                   func(p *Profile) { p.Residuals[1].Band = Load80 },
		"8 burst_means_ns but 7 burst_n":                                                         func(p *Profile) { p.Services[0].BurstN = p.Services[0].BurstN[1:] },
		"burst_n sums to 401, but n = 400":                                                       func(p *Profile) { p.Services[0].BurstN[0]++ },
		"service.0.burst_n.3 = 0: must be at least 1":                                            func(p *Profile) { p.Services[0].BurstN[3] = 0 },
		"service.0.burst_means_ns.3 = -1: must be above 0":                                       func(p *Profile) { p.Services[0].BurstMeansNs[3] = -1 },
	} {
		p := sound()
		spoil(p)
		if _, err := read(p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, error %v", want, err)
		}
	}
	gpu := &Profile{Name: "g", Origin: Measured, Services: []Service{{Key: Key{Stage: "infer", Resource: "gpu"}}}, Drift: &Drift{Job: "other", AtS: []float64{0}}}
	all, err := Merge(sound(), gpu)
	if err != nil || all.Drift.Job != "a loop" || len(all.Residuals) != 2 || &all.Drift.AtS[0] == &p.Drift.AtS[0] {
		t.Errorf("%v: merged %+v, %+v", err, all.Drift, all.Residuals)
	}
}

// TestUsualResidualsAreSound: each is one that a profile may have, and all metrics have one in each band.
func TestUsualResidualsAreSound(t *testing.T) {
	p := sample()
	p.Residuals = UsualResiduals()
	if _, err := Parse("p.toml", []byte(text(t, p))); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, r := range p.Residuals {
		seen[r.Metric+string(r.Band)] = true
	}
	if want := len(residualMetrics) * len(bands); len(seen) != want || len(UsualResiduals()) != want {
		t.Errorf("%d of %d", len(seen), want)
	}
}

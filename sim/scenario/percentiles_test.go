package scenario

import (
	"math"
	"strings"
	"testing"
	"time"
)

// TestPercentilesAreDrawn: what is drawn has the percentiles that are written, and the mean where one is.
func TestPercentilesAreDrawn(t *testing.T) {
	for _, c := range []struct {
		text string
		at   map[float64]float64 // ms by probability
		mean float64
	}{
		// 0.9 at 0, 1 at 0.5, 1.1 at 0.9, 1.5 at 0.99, and on at 0.4/0.09 to 1.5444 at 1
		{"{p50 = '1ms', p90 = '1.1ms', p99 = '1.5ms'}", map[float64]float64{0: 0.9, 0.25: 0.95, 0.5: 1, 0.9: 1.1, 0.99: 1.5, 1: 1.5444}, 0.5*0.95 + 0.4*1.05 + 0.09*1.3 + 0.01*1.5222},
		{"{mean = '2ms', p50 = '2ms', p90 = '2.5ms', p95 = '2.6ms', p999 = '4ms'}", map[float64]float64{0.5: 2, 0.9: 2.5, 0.95: 2.6, 0.999: 4}, 2},
		{"{mean = '2ms', p99 = '2.2ms'}", map[float64]float64{0: 1.8, 0.5: 2, 0.99: 2.2}, 2},
		{"{p50 = '1ms', p90 = '4ms'}", map[float64]float64{0: 0, 0.5: 1, 0.9: 4}, 0.5*0.5 + 0.4*2.5 + 0.1*4.375},
	} {
		s, err := Parse("x.toml", []byte("[[stage]]\nname = 'a'\nservice = "+c.text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		d := &s.Stages[0].Service[0].Distribution
		if d.Dist != "percentiles" || math.Abs(d.MeanNs(1)-c.mean*1e6) > 1 {
			t.Errorf("%s: dist %q with mean %v ms, want %v", c.text, d.Dist, d.MeanNs(1)/1e6, c.mean)
		}
		p, q := d.quantileFunction()
		scale := d.MeanNs(1) / meanOf(p, q) // what scaling to the mean leaves of the percentiles
		if math.Abs(scale-1) > 0.06 {
			t.Errorf("%s: scaled by %v", c.text, scale)
		}
		sampler, err := d.Sampler(1)
		if err != nil {
			t.Fatal(err)
		}
		for probability, ms := range c.at {
			want := scale * ms * float64(time.Millisecond)
			if got := sampler.At(min(probability, 1-1e-12)); math.Abs(got-want) > 0.01*want+1e4 {
				t.Errorf("%s: quantile at %v is %v ms, want %v", c.text, probability, got/1e6, want/1e6)
			}
		}
	}
}

func TestPercentilesFaults(t *testing.T) {
	for text, want := range map[string]string{
		"{mean = '1h', p50 = '1ms', p99 = '2ms'}": "stage.0.service.mean = \"3600s\": contradicts the percentiles, whose mean is about 1",
		"{p50 = '1ms'}":                                   "stage.0.service: one time tells no spread",
		"{p99 = '2ms'}":                                   "stage.0.service: one time tells no spread",
		"{dist = 'percentiles', mean = '1ms'}":            "stage.0.service: one time tells no spread",
		"{p90 = '1ms', p99 = '2ms'}":                      "stage.0.service.p50: missing; without it give the mean",
		"{p50 = '2ms', p90 = '1ms'}":                      `stage.0.service.p90 = "1ms": must not be below p50 = 2ms`,
		"{mean = '2ms', p90 = '1ms'}":                     `stage.0.service.p90 = "1ms": is below the mean`,
		"{p50 = '1ms', p99 = '2ms', cv = 0.1}":            `stage.0.service.cv = 0.1: dist = "percentiles" does not take it`,
		"{dist = 'lognormal', mean = '1ms', p99 = '2ms'}": "stage.0.service",
		"{p50 = '0ms', p99 = '2ms'}":                      "stage.0.service.p50",
	} {
		if got := faultsOf(t, "[[stage]]\nname = 'a'\nservice = "+text); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

package random

import "testing"

var sink int64

func BenchmarkStream(b *testing.B) {
	s := NewStream(1, "bench", 0)
	var sum uint64
	for b.Loop() {
		sum += s.Uint64()
	}
	sink = int64(sum)
}

func BenchmarkDraw(b *testing.B) {
	s := NewStream(1, "bench", 0)
	t, err := Lognormal(1e6, 0.3)
	if err != nil {
		b.Fatal(err)
	}
	var sum int64
	for b.Loop() {
		sum += t.Draw(&s)
	}
	sink = sum
}

func BenchmarkBuild(b *testing.B) {
	for name, build := range map[string]func() (*Sampler, error){
		"exponential": func() (*Sampler, error) { return Exponential(1e6) },
		"lognormal":   func() (*Sampler, error) { return Lognormal(1e6, 0.3) },
		"gamma":       func() (*Sampler, error) { return Gamma(1e6, 0.3) },
		"h2":          func() (*Sampler, error) { return Hyperexponential(1e6, 2) },
		"empirical": func() (*Sampler, error) {
			return Empirical([]float64{0, 0.5, 0.9, 0.999}, []float64{1e5, 1e6, 2e6, 9e6}, 1.1e6)
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := build(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

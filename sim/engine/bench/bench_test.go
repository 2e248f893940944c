package bench

import "testing"

func BenchmarkMM1(b *testing.B) {
	m, err := NewMM1(1, 1e6, 0.8e6)
	if err != nil {
		b.Fatal(err)
	}
	m.Run(100_000)
	b.ReportAllocs()
	b.ResetTimer()
	m.Run(int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

func BenchmarkClosedNetwork(b *testing.B) {
	m, err := NewClosedNetwork(1, Reference())
	if err != nil {
		b.Fatal(err)
	}
	m.Run(100_000)
	b.ReportAllocs()
	b.ResetTimer()
	m.Run(int64(b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mevents/s")
}

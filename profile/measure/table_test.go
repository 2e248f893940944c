package measure

import "testing"

func TestFormatNs(t *testing.T) {
	for ns, want := range map[float64]string{0: "0 µs", 850: "0.85 µs", -27.5e3: "-27.5 µs", -1.76e6: "-1.76 ms", 2.01e6: "2.01 ms", -2.5e9: "-2.5 s"} {
		if got := FormatNs(ns); got != want {
			t.Errorf("%v ns is %q, want %q", ns, got, want)
		}
	}
}

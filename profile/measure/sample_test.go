package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vsim/profile/measure/machine"
)

// TestQuantilesGoAsFarAsTheSamplesCarry: 1/p samples for a tail of p.
func TestQuantilesGoAsFarAsTheSamplesCarry(t *testing.T) {
	for _, c := range []struct {
		n           int
		first, last float64 // beside the minimum and the maximum; 0 for none
	}{{1, 0, 0}, {2, 0.5, 0.5}, {10, 0.1, 0.9}, {19, 0.1, 0.9}, {20, 0.05, 0.95}, {99, 0.025, 0.975}, {100, 0.01, 0.99}, {999, 0.005, 0.995}, {1000, 0.001, 0.999}} {
		samples := make([]float64, c.n)
		for i := range samples {
			samples[i] = float64((i*7919)%c.n) + 1 // 1..n in another order
		}
		p, q := quantiles(samples)
		if p[0] != 0 || q[0] != 1 || p[len(p)-1] != 1 || q[len(q)-1] != float64(c.n) {
			t.Errorf("n=%d: ends are (%v, %v) and (%v, %v)", c.n, p[0], q[0], p[len(p)-1], q[len(q)-1])
		}
		inner := p[1 : len(p)-1]
		if c.first == 0 && len(inner) > 0 || c.first > 0 && (len(inner) == 0 || inner[0] != c.first || inner[len(inner)-1] != c.last) {
			t.Errorf("n=%d: inner probabilities %v, want %v to %v", c.n, inner, c.first, c.last)
		}
		for i := range p { // of 1..n the quantile of p is ceil(p*n), where rounding p*n does not cross a whole number
			if want := p[i] * float64(c.n); math.Abs(q[i]-want) > 1+1e-9 {
				t.Errorf("n=%d: quantile %v is %v, want %v rounded up", c.n, p[i], q[i], want)
			}
		}
	}
}

func has(warnings []string, word string) bool {
	return slices.ContainsFunc(warnings, func(w string) bool { return strings.HasPrefix(w, word) })
}

func TestWarningsFireAndStaySilent(t *testing.T) {
	quiet := func(phi, sd float64, level func(int) float64) []visit {
		visits := bursts(rand.New(rand.NewPCG(11, 5)), 20, 100, phi, sd, level)
		for _, v := range visits { // the clock costs nothing beside 100 ms
			for i := range v.alone[0] {
				v.alone[0][i] *= 1e6
			}
		}
		return visits
	}
	step := func(i int) float64 { return 1 + 0.05*float64(i/10) }
	small := func(i int) float64 { return 1 + 0.01*float64(i/10) }
	for _, c := range []struct {
		name   string
		visits []visit
		want   []string
	}{
		{"steady and independent", quiet(0, 3, steady), nil},
		{"5 % slower half way", quiet(0, 3, step), []string{"drift", "not precise", "autocorrelated"}},
		{"1 % slower half way is not worth a word", quiet(0, 3, small), nil},
		{"neighbours alike", quiet(0.5, 2, steady), []string{"autocorrelated"}},
		{"neighbours slightly alike", quiet(0.15, 2, steady), nil},
		{"wide", quiet(0, 60, steady), []string{"not precise"}},
		{"few", quiet(0, 1, steady)[:0:0], nil},
	} {
		if c.name == "few" {
			c.visits, c.want = bursts(rand.New(rand.NewPCG(1, 1)), 9, 11, 0, 1e-3, steady), []string{"few samples", "clock"}
		}
		got := warnings(c.visits, 0, 0.01, false)
		for _, word := range []string{"drift", "not precise", "autocorrelated", "few samples", "clock", "one burst"} {
			if has(got, word) != slices.Contains(c.want, word) {
				t.Errorf("%s: warnings %q, want %q", c.name, got, c.want)
				break
			}
		}
	}
}

func TestOneBurstSaysThatTheIntervalIsUnknown(t *testing.T) {
	visits := bursts(rand.New(rand.NewPCG(1, 1)), 1, 200, 0, 1, steady)
	if got := warnings(visits, 0, 0.01, false); !has(got, "one burst") {
		t.Errorf("warnings %q", got)
	}
}

// TestQuietVisitsAreUsedFirst: disturbed ones are used, least disturbed first, only where quiet ones lack.
func TestQuietVisitsAreUsedFirst(t *testing.T) {
	var visits []visit
	for i := range 12 {
		quiet := i%2 == 0 && i < 10 // five
		visits = append(visits, visit{alone: Burst{{float64(i)}}, quiet: quiet, busy: !quiet, use: machine.Use{Others: float64(12-i) / 10}})
	}
	var got []int
	for _, v := range usable(visits) {
		got = append(got, int(v.alone[0][0]))
	}
	if want := []int{0, 2, 4, 6, 8, 9, 10, 11}; !slices.Equal(got, want) {
		t.Errorf("used %v, want %v", got, want)
	}
	for i := range visits[:minVisits] {
		visits[i].quiet, visits[i].busy = true, false
	}
	if n := len(usable(visits)); n != 9 { // the first eight and number 8
		t.Errorf("%d used, want the 9 quiet ones", n)
	}
	if text := disturbance(visits, usable(visits)); !strings.HasPrefix(text, "repeated: 3 of 12 bursts were left out") {
		t.Errorf("said %q", text)
	}
}

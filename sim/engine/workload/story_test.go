package workload

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
	"vsim/sim/engine/random"
	"vsim/sim/golden"
)

// The numbers of a seed are part of every result: on no machine and after no change may they be others by
// accident. The story tells the first arrivals of each kind of traffic, and one a long way on.
func TestArrivalsStory(t *testing.T) {
	var out strings.Builder
	for _, s := range []struct {
		told string
		gaps *random.Sampler
		rate Rate
	}{
		{"Even gaps at 3 requests a second.", even(), Constant(3)},
		{"Poisson arrivals at 3 requests a second.", exponential(), Constant(3)},
		{"Bursts at 3 requests a second: gamma gaps with a coefficient of variation of 4.", gamma(4), Constant(3)},
		{"Even gaps on a schedule: 1 s at 4 requests a second, 2 s of silence, 1 s from 4 down to 0, and again.", even(),
			Schedule{Pieces: []Piece{piece(time.Second, 4), piece(2*time.Second, 0), {time.Second, 4, 0}}}},
		{"Even gaps on a schedule of 2 s, from 0 to 6 requests a second, that ends.", even(), Schedule{Pieces: []Piece{{2 * time.Second, 0, 6}}, Once: true}},
		{"Even gaps at 1 request a second that swings by all of it in 10 s, starting from its trough.", even(),
			Diurnal{Mean: 1, Amplitude: 1, Period: 10 * time.Second, Phase: 7500 * time.Millisecond}},
		{"Poisson arrivals on and off: 20 requests a second for 0.5 s on average, silence for 1 s.", exponential(),
			MMPP{States: []State{{20, time.Second / 2}, {0, time.Second}}}},
	} {
		fmt.Fprintf(&out, "%s\n\n", s.told)
		p := start(traffic(t, s.gaps, s.rate), 1, 0)
		for i, at := range first(p, 10_000) {
			if i < 9 || i == 9999 {
				fmt.Fprintf(&out, "%10d at %s\n", i+1, seconds(at))
			}
		}
		if _, _, ok := p.Next(); !ok {
			fmt.Fprintf(&out, "%10s\n", "no more")
		}
		fmt.Fprintln(&out)
	}
	golden.Check(t, "testdata/arrivals.txt", []byte(out.String()))
}

func seconds(at event.Time) string { return fmt.Sprintf("%d.%09d s", at/1e9, at%1e9) }

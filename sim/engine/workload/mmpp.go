package workload

import (
	"fmt"
	"time"

	"vsim/sim/engine/random"
)

// MMPP is a rate that changes at random: it stays in each state for a time that is exponentially
// distributed and then jumps to another. With exponential gaps it makes a Markov-modulated Poisson process
// (Fischer and Meier-Hellstern 1993, The Markov-modulated Poisson process (MMPP) cookbook, Performance
// Evaluation 18, 149-171); on-off traffic has two states, one of rate 0. It starts in its stationary
// distribution.
type MMPP struct {
	States []State     // 2 to 100
	Jumps  [][]float64 // Jumps[i][j]: probability that state j follows state i; nil means in turn
}

// State is one level of the rate, in requests a second, and how long it lasts on average.
type State struct {
	Rate    float64
	Sojourn time.Duration
}

// minArrivals is the least mean number of arrivals in a visit to a state, or looking for the next one
// would take longer than anybody waits.
const minArrivals = 1e-6

func (m MMPP) tempo(meanGapNs float64) (tempo, error) {
	if err := m.check(); err != nil {
		return tempo{}, err
	}
	visits, err := stationary(m.jumps())
	if err != nil {
		return tempo{}, fmt.Errorf("workload: mmpp: %w", err)
	}
	fastest, visit, rate := 0.0, 0.0, 0.0 // the length of a mean visit in ns, and the mean rate
	share := make([]float64, len(visits))
	for i, s := range m.States {
		fastest = max(fastest, s.Rate)
		share[i] = float64(visits[i] * float64(s.Sojourn))
		visit += share[i]
	}
	for i, s := range m.States {
		rate += float64(share[i] / visit * s.Rate)
	}
	if n := rate * visit / 1e9; n > 0 && n < minArrivals {
		return tempo{}, fmt.Errorf("workload: mmpp: %g arrivals in a mean sojourn: want %g or more", n, minArrivals)
	}
	scale := newScale(meanGapNs, fastest)
	c, err := m.chain(scale, share)
	return tempo{scale: scale, meanRate: rate, start: c.start}, err
}

func (m MMPP) check() error {
	n := len(m.States)
	if n < 2 || n > 100 {
		return fmt.Errorf("workload: mmpp: %d states: want 2 to 100", n)
	}
	for i, s := range m.States {
		if err := checkRate(fmt.Sprintf("mmpp: state %d: rate", i), s.Rate); err != nil {
			return err
		}
		if s.Sojourn <= 0 || s.Sojourn > maxSojourn {
			return fmt.Errorf("workload: mmpp: state %d: sojourn is %v: want more than 0, and at most %v", i, s.Sojourn, maxSojourn)
		}
	}
	if m.Jumps != nil && len(m.Jumps) != n {
		return fmt.Errorf("workload: mmpp: jumps from %d states: want them from all %d", len(m.Jumps), n)
	}
	for i, row := range m.Jumps {
		if err := checkJumps(i, n, row); err != nil {
			return fmt.Errorf("workload: mmpp: state %d: %w", i, err)
		}
	}
	return nil
}

// maxSojourn leaves room for the longest that is drawn, 25 times the mean.
const maxSojourn time.Duration = random.MaxNs / 32

// checkJumps finds what is wrong with the jumps from state i of n.
func checkJumps(i, n int, row []float64) error {
	if len(row) != n {
		return fmt.Errorf("jumps to %d states: want a probability for all %d", len(row), n)
	}
	sum := 0.0
	for j, p := range row {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("the probability to jump to state %d is %g: want 0 to 1", j, p)
		}
		sum += p
	}
	if row[i] != 0 {
		return fmt.Errorf("the probability to jump to itself is %g: want 0, and a longer sojourn instead", row[i])
	}
	if sum < 1-1e-9 || sum > 1+1e-9 {
		return fmt.Errorf("the probabilities to jump add up to %g: want 1", sum)
	}
	return nil
}

// jumps returns Jumps, or those of taking turns.
func (m MMPP) jumps() [][]float64 {
	if m.Jumps != nil {
		return m.Jumps
	}
	jumps := make([][]float64, len(m.States))
	for i := range jumps {
		jumps[i] = make([]float64, len(jumps))
		jumps[i][(i+1)%len(jumps)] = 1
	}
	return jumps
}

// chain makes the Markov chain. Share is proportional to the part of the time that is spent in each state.
func (m MMPP) chain(scale scale, share []float64) (*chain, error) {
	c := &chain{first: cumulative(share), silent: true}
	for _, row := range m.jumps() {
		c.jumps = append(c.jumps, cumulative(row))
	}
	for i, s := range m.States {
		sojourn, err := random.Exponential(float64(s.Sojourn))
		if err != nil {
			return nil, fmt.Errorf("workload: mmpp: state %d: %w", i, err)
		}
		c.sojourns = append(c.sojourns, sojourn)
		c.speeds = append(c.speeds, scale.speed(s.Rate))
		c.silent = c.silent && c.speeds[i] == 0
	}
	return c, nil
}

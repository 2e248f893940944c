package plan

import (
	"context"
	"math"
)

// Prices says how far prices may move before another machine wins. A rise or a price is nil where none is known.
type Prices struct {
	RunnerUp *RunnerUp   `json:"runner_up"` // the cheapest of another machine, nil where none holds or it was not found
	MayRise  *float64    `json:"may_rise"`  // part by which the plan's machine may become dearer before the runner-up wins
	Others   []Contender `json:"others"`    // by machine, how cheap it would have to be to win
}

// RunnerUp is the cheapest candidate of another machine, by short simulations.
type RunnerUp struct {
	Machine      string  `json:"machine"`
	Servers      int     `json:"servers"`
	PricePerHour float64 `json:"price_per_hour"`
}

// Contender is a machine of which at least so many servers are needed, as far as was looked; so one of them would have to
// cost less than WinsBelow an hour.
type Contender struct {
	Machine   string  `json:"machine"`
	Price     float64 `json:"price_per_server_hour"`
	Servers   int     `json:"servers_at_least"`
	WinsBelow float64 `json:"wins_below"`
}

// runnerUpRuns are the simulations that the runner-up is worth.
const runnerUpRuns = 40

// sensitivity compares the plan with the other machines; nil without prices.
func (s *search) sensitivity(ctx context.Context, best *candidate) (*Prices, error) {
	if !s.priced || s.q.Least == LeastEnergy {
		return nil, nil
	}
	other, err := s.runnerUp(ctx, best.v.offer)
	if err != nil {
		return nil, err
	}
	out := &Prices{Others: []Contender{}}
	cost := best.v.cost(best.size, true)
	if other != nil {
		z := other.v.offer.sizes[other.hi]
		out.RunnerUp = &RunnerUp{other.v.offer.name, z.servers, other.v.cost(z, true)}
		out.MayRise = number(out.RunnerUp.PricePerHour/cost - 1)
	}
	for _, o := range s.machines {
		if o == best.v.offer {
			continue
		}
		if n := s.servers(o); n > 0 {
			out.Others = append(out.Others, Contender{o.name, o.price, n, cost / float64(n)})
		}
	}
	sortBy(out.Others, func(c Contender) float64 { return c.Price / c.WinsBelow })
	return out, nil
}

// runnerUp finds the smallest size of the cheapest variant of another machine, by short simulations alone; nil where it is
// not found.
func (s *search) runnerUp(ctx context.Context, winner *offer) (*node, error) {
	for end := s.runs + runnerUpRuns; s.runs < end; {
		n := s.pop(func(o *offer) bool { return o != winner })
		if n == nil {
			return nil, nil
		}
		if !n.whole && n.hi >= 0 && n.hi == n.lo+1 {
			s.nodes = append(s.nodes, n)
			return n, nil
		}
		if _, err := s.look(ctx, n); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// servers is how many of an offer are needed at least, 0 where no number does.
func (s *search) servers(o *offer) int {
	least := math.MaxInt
	for _, n := range s.nodes {
		if n.v.offer == o {
			least = min(least, o.sizes[n.lo+1].servers)
		}
	}
	if least == math.MaxInt {
		return 0
	}
	return least
}

package scenario

import (
	"math"
	"slices"
)

// Balancing of requests over servers that does not look at what servers do.
const (
	inTurn   = "round-robin"
	atRandom = "random"
)

// Cell is a part of a fleet of like servers, with its part of the traffic: so many servers that see what all the others see. It is
// false where a part is not like the whole: servers share something (a resource for all, a broker), one of them fails, the
// balancer looks at what they do, or the traffic has no such part.
//
// Of arrivals at a rate the part is exact, and so where the rate changes by a plan: at random, Poisson arrivals split into Poisson
// arrivals; in turn, the gap to every nth arrival is the sum of n gaps, which is of a gamma distribution if they are. Clients of a closed loop stay in their cell, which
// is the better an approximation the more servers a cell has.
func (s *Scenario) Cell(servers int) (*Scenario, bool) {
	part := s.arrivals().part
	if servers >= s.Servers.Count || part == nil || !s.separable() {
		return nil, false
	}
	cell := *s
	if !part(&cell.Workload, share{servers, s.Servers.Count, s.Balance.Servers == inTurn}) {
		return nil, false
	}
	cell.Servers.Count = servers
	return &cell, true
}

// Closed says that clients wait for their answers.
func (s *Scenario) Closed() bool { return s.Workload.Arrivals == Arrivals(closedArrivals.name) }

// AtRandom says that requests go to any server, whatever the others get.
func (s *Scenario) AtRandom() bool { return s.Balance.Servers == atRandom }

// separable says that servers have nothing to do with each other.
func (s *Scenario) separable() bool {
	g := s.General()
	return len(g.Outages) == 0 && len(g.Brokers) == 0 && (s.Balance.Servers == inTurn || s.Balance.Servers == atRandom) &&
		!slices.ContainsFunc(g.Resources, func(r Resource) bool { return r.Per == "all" })
}

// share is so many of all servers.
type share struct {
	servers, all int
	inTurn       bool // they get requests in turn, else at random
}

// of is the share's part of something.
func (p share) of(whole float64) float64 { return whole * float64(p.servers) / float64(p.all) }

func (p share) rate(whole Rate) Rate { return Rate(p.of(float64(whole))) }

// minCV is the least coefficient of variation of the gamma distributions that the engine draws from.
const minCV = 0.01

// bursts makes the coefficient of variation of independent gamma gaps that of the gaps between a share's arrivals, and says whether
// they are independent gamma gaps, too.
func (p share) bursts(w *Workload) bool {
	if !p.inTurn {
		return w.CV == 1
	}
	w.CV *= math.Sqrt(p.of(1))
	return w.CV >= minCV
}

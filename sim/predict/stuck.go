package predict

import "vsim/sim/engine/stats"

const (
	sixteenfold = 8   // rounds in which a run becomes sixteen times as long, and intervals of what forgets a fourth as wide
	hardly      = 1.5 // times that intervals of what does not forget may shrink meanwhile
)

// stuck says at the end of a round that more of it will not narrow the intervals of a closed loop, and sets the doubt that tells so. Few
// clients can settle in one of several patterns of batches and stay there for hours (metastable states), each replication in its own: then
// replications differ by as much however long they run.
func (s *study) stuck() bool {
	_, completed := s.turnovers()
	if s.still++; completed < plenty || s.sys.Source.Clients == 0 || len(s.sys.Outages) > 0 || !lasting(s.rounds, &s.opt) {
		s.still = 0
	}
	if s.still < inARow {
		return false
	}
	s.doubt = s.stopped() + "; longer runs hardly narrow them, as where each replication settles in a pattern of batches of its own"
	return true
}

// lasting says that intervals are wider than asked, and not much narrower than in a sixteenth of the time.
func lasting(rounds []round, opt *Options) bool {
	last := len(rounds) - 1
	if last < sixteenfold {
		return false
	}
	before, now := &rounds[last-sixteenfold], &rounds[last]
	return lasts(before.rates, now.rates, opt.ThroughputGoal) || lasts(before.p99s, now.p99s, opt.P99Goal)
}

func lasts(before, now []float64, goal float64) bool {
	a, b := stats.MeanInterval(before, level).RelativeHalfWidth(), stats.MeanInterval(now, level).RelativeHalfWidth()
	return b > goal && hardly*b > a
}

package engine

import "vsim/sim/engine/random"

// serverSet spreads requests over identical servers as they arrive.
type serverSet struct {
	inside   loads // requests on each; nil when there is only one server
	all      []int32
	up       []int32 // scratch
	standing []int32 // pools that are up, by server
	choices  chooser
}

// servers is the number of servers of a system.
func servers(sys *System) int { return max(sys.Servers.Count, 1) }

// places is the highest number of a place.
func places(sys *System) (most int) {
	for i := range sys.Pools {
		most = max(most, sys.Pools[i].Place)
	}
	return most
}

func newServerSet(sys *System, stream random.Stream) serverSet {
	n := servers(sys)
	if n == 1 {
		return serverSet{}
	}
	s := serverSet{inside: newLoads(n), standing: make([]int32, n),
		choices: chooser{balance: sys.Servers.Balance, turns: spaced[int](1), stream: stream}}
	for i := range n {
		s.all = append(s.all, int32(i))
	}
	for i := range sys.Pools {
		s.standing[sys.Pools[i].Server]++
	}
	s.up = make([]int32, 0, n)
	return s
}

// enter picks a server for a request. Servers of which nothing stands are left out, unless that is all
// of them.
func (s *serverSet) enter(anyDown bool) int32 {
	from := s.all
	if anyDown {
		s.up = s.up[:0]
		for _, i := range s.all {
			if s.standing[i] > 0 {
				s.up = append(s.up, i)
			}
		}
		if len(s.up) > 0 {
			from = s.up
		}
	}
	server := none
	if s.choices.balance == LeastOutstanding && len(from) == len(s.all) {
		server = s.inside.first()
	} else {
		server = s.choices.choose(0, from, s.inside)
	}
	s.inside.add(server, 1)
	return server
}

func (s *serverSet) leave(server int32) {
	s.inside.add(server, -1)
}

// fail and repair count the pools of a server that stand.
func (s *serverSet) fail(server int)   { s.stand(server, -1) }
func (s *serverSet) repair(server int) { s.stand(server, +1) }

func (s *serverSet) stand(server int, n int32) {
	if s.standing != nil {
		s.standing[server] += n
	}
}

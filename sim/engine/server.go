package engine

import "vsim/sim/engine/random"

// serverSet spreads requests over identical servers as they arrive.
type serverSet struct {
	inside   loads   // requests on each
	whole    span    // of them
	all      []int32 // nil when there is only one server
	up       []int32 // those of which something stands, as long as current
	current  bool
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
	choices := 0
	if sys.Servers.Balance == LeastOutstanding {
		choices = n
	}
	s := serverSet{inside: newLoads(n, choices), standing: make([]int32, n),
		choices: chooser{balance: sys.Servers.Balance, turns: spaced[int](1), stream: stream}}
	for i := range n {
		s.all = append(s.all, int32(i))
	}
	for i := range sys.Pools {
		s.standing[sys.Pools[i].Server]++
	}
	s.up, s.whole = make([]int32, 0, n), s.inside.part(0, n)
	return s
}

// several says that there is a choice.
func (s *serverSet) several() bool { return s.all != nil }

// enter picks a server for a request. Servers of which nothing stands are left out, unless that is all
// of them.
func (s *serverSet) enter(anyDown bool) int32 {
	from := s.all
	if anyDown {
		from = s.anyUp()
	}
	server := none
	if s.choices.balance == LeastOutstanding && len(from) == len(s.all) {
		server = s.whole.first()
	} else {
		server = s.choices.choose(0, from, &s.inside)
	}
	s.inside.add(server, 1)
	return server
}

// anyUp lists the servers of which something stands, or all where that is none.
func (s *serverSet) anyUp() []int32 {
	if !s.current {
		s.current, s.up = true, s.up[:0]
		for _, i := range s.all {
			if s.standing[i] > 0 {
				s.up = append(s.up, i)
			}
		}
	}
	if len(s.up) == 0 {
		return s.all
	}
	return s.up
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
		s.current = false
	}
}

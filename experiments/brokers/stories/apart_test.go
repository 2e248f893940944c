package stories

import (
	"testing"
	"time"
)

// TestStoriesTellRulesApart: with any number of a rule changed, some story comes out otherwise.
func TestStoriesTellRulesApart(t *testing.T) {
	stories := all(t)
	for name, change := range map[string]func(r *rules) bool{ // they say whether the rule has what they change
		"a larger batch":             func(r *rules) bool { return r.Send != nil && add(&r.Send.Max, 1) },
		"a smaller batch":            func(r *rules) bool { return r.Send != nil && r.Send.Max > 1 && add(&r.Send.Max, -1) },
		"a longer linger":            func(r *rules) bool { return r.Send != nil && r.Send.Linger > 10*ms && add(&r.Send.Linger, 10*ms) },
		"no linger":                  func(r *rules) bool { return r.Send != nil && r.Send.Linger > 0 && add(&r.Send.Linger, -r.Send.Linger) },
		"one more partition":         func(r *rules) bool { return r.Send != nil && add(&r.Send.Partitions, 1) },
		"one more request in flight": func(r *rules) bool { return r.Send != nil && add(&r.Workers, 1) },
		"one message more": func(r *rules) bool {
			return r.Fetch != nil && r.Fetch.Max != 1 && !r.Fetch.Single && add(&r.Fetch.Min, 1+given(r.Fetch.Min == 0))
		},
		"one message less":               func(r *rules) bool { return r.Fetch != nil && r.Fetch.Min > 1 && add(&r.Fetch.Min, -1) },
		"a longer wait":                  func(r *rules) bool { return r.Fetch != nil && r.Fetch.Min > 1 && add(&r.Fetch.MaxWait, 20*ms) },
		"larger answers":                 func(r *rules) bool { return r.Fetch != nil && r.Fetch.Max > 0 && add(&r.Fetch.Max, 1) },
		"messages together":              func(r *rules) bool { return r.Fetch != nil && r.Fetch.Single && set(&r.Fetch.Single, false) },
		"messages one by one":            func(r *rules) bool { return r.Fetch != nil && r.Fetch.Min <= 1 && set(&r.Fetch.Single, true) },
		"an application that takes more": func(r *rules) bool { return r.Taker != nil && add(&r.Taker.Max, 1) },
	} {
		tried, apart := 0, 0
		for _, s := range stories {
			if other := s.copy(); change(&other.rules) {
				tried++
				apart += given(len(other.faults(t)) > 0)
			}
		}
		t.Logf("%s: %d of %d stories come out otherwise", name, apart, tried)
		if apart == 0 {
			t.Errorf("%s: all of %d stories come out the same", name, tried)
		}
	}
}

func add[N int | time.Duration](to *N, n N) bool {
	*to += n
	return true
}

func set(to *bool, b bool) bool {
	*to = b
	return true
}

func given(b bool) int {
	if b {
		return 1
	}
	return 0
}

// copy returns the same story, of which the rules may be changed.
func (s *story) copy() *story {
	c := *s
	c.rules.Send, c.rules.Fetch, c.rules.Taker = clone(s.rules.Send), clone(s.rules.Fetch), clone(s.rules.Taker)
	return &c
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

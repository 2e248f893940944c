package cpu

import (
	"testing"
	"time"

	"vsim/profile/measure"
)

// TestRequestsCountFromWhenTheyAreDue has a worker that only says when a request came: not before it was due, a pause after it was asked for.
func TestRequestsCountFromWhenTheyAreDue(t *testing.T) {
	r := &relay{requests: make(chan hop), answers: make(chan hop)}
	go func() {
		for h := range r.requests {
			h.decode = measure.Now() - h.sent
			r.answers <- h
		}
	}()
	defer close(r.requests)
	for _, pause := range []time.Duration{0, 2 * time.Millisecond, 12 * time.Millisecond} {
		began := measure.Now()
		h := r.ask(pause)
		if h.sent < began+pause || h.decode < 0 {
			t.Errorf("pause %v: due %v after it was asked for, and there %v after that", pause, h.sent-began, h.decode)
		}
	}
}

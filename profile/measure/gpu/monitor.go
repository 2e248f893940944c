package gpu

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vsim/profile/device/nvml"
)

// seen is the range of the GPU's states during the visits. What NVML does not tell stays 0.
type seen struct {
	clockLow, clockHigh int // MHz
	hottest             int // degrees Celsius
	reasons             nvml.Reasons
	reasonsKnown        bool
	processes           int // with a context, when measuring began
	disturbed           int // visits
}

// look notes how the GPU is before measuring.
func (t *target) look() {
	if s, ok := t.state(); ok {
		t.seen.add(nvml.State{ClockMHz: s.ClockMHz, Processes: s.Processes})
	}
}

// state reads how the GPU is. What NVML refuses is noted, each cause once.
func (t *target) state() (s nvml.State, ok bool) {
	if t.cfg.Device.Monitor == nil {
		return s, false // which the device's notes say
	}
	s, unread := t.cfg.Device.Monitor.State()
	for _, err := range unread {
		if note := fmt.Sprintf("unknown of the GPU: %v", err); !slices.Contains(t.notes, note) {
			t.notes = append(t.notes, note)
		}
	}
	return s, true
}

// Disturbed says what disturbed the GPU: another process that came, heat, a brake. The card's own power
// limit is noted, but does not disturb: it is how the card runs a load that reaches it. Where NVML does not
// tell, nothing did.
func (t *target) Disturbed() (cause string, err error) {
	s, ok := t.state()
	if !ok {
		return "", nil
	}
	t.seen.add(s)
	switch reasons := s.Reasons.Disturbing(); {
	case reasons != 0:
		cause = "the GPU's " + reasons.String()
	case s.Processes > t.seen.processes:
		cause = fmt.Sprintf("%d more processes on the GPU", s.Processes-t.seen.processes)
	}
	if cause != "" {
		t.seen.disturbed++
	}
	return cause, nil
}

func (s *seen) add(state nvml.State) {
	if mhz := state.ClockMHz; mhz > 0 {
		s.clockLow, s.clockHigh = min(mhz, cmp.Or(s.clockLow, mhz)), max(s.clockHigh, mhz)
	}
	s.hottest = max(s.hottest, state.TemperatureC)
	s.reasons |= state.Reasons
	s.reasonsKnown = s.reasonsKnown || state.ReasonsKnown
	s.processes = cmp.Or(s.processes, state.Processes)
}

// String says what is known, "" for nothing.
func (s *seen) String() string {
	var known []string
	if s.clockHigh > 0 {
		known = append(known, fmt.Sprintf("%d to %d MHz", s.clockLow, s.clockHigh))
	}
	if s.hottest > 0 {
		known = append(known, fmt.Sprintf("at most %d °C", s.hottest))
	}
	if s.reasonsKnown {
		known = append(known, "clock held down by: "+cmp.Or(s.reasons.String(), "nothing"))
	}
	return strings.Join(known, ", ")
}

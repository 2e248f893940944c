package validate

import (
	"strings"
	"testing"
	"time"
)

const daily = "[workload]\narrivals = \"diurnal\"\nrate = \"10/s\"\npeak = \"15/s\"\nperiod = \"3s\"\n"

// The prediction of traffic that repeats itself is the mean over its periods, of which a live run must see whole
// ones.
func TestALiveRunSeesWholePeriods(t *testing.T) {
	m, err := Read(write(t, daily), nil, 11*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Cases[0].Measure; got != 9*time.Second {
		t.Errorf("a live run of 11 s measures %v of traffic that repeats itself every 3 s, want 9s", got)
	}
	if err := m.Shorten(4 * time.Second); err != nil || m.Cases[0].Measure != 3*time.Second {
		t.Errorf("shortened to 4 s it measures %v (%v), want 3s", m.Cases[0].Measure, err)
	}
	if err := m.Shorten(2 * time.Second); err == nil || !strings.Contains(err.Error(), "the traffic lasts 3s, a live run 2s") {
		t.Errorf("shortened to 2 s: %v", err)
	}
	if m, err = Read("cpu", nil, 11*time.Second); err != nil || m.Shorten(4*time.Second) != nil || m.Cases[0].Measure != 4*time.Second {
		t.Errorf("a closed loop measures %v (%v), want 4s", m.Cases[0].Measure, err)
	}
}

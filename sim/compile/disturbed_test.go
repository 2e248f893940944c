package compile

import (
	"strings"
	"testing"

	"vsim/profile"
)

// TestBusyNeighbourOfAProfileIsWarnedOf in every prediction that uses it, and a quiet profile is not.
func TestBusyNeighbourOfAProfileIsWarnedOf(t *testing.T) {
	p := measured()
	warnings := func() string {
		return strings.Join(mustBuild(t, cpuScenario, FromProfile(p, nil)).Warnings, "\n")
	}
	if got := warnings(); strings.Contains(got, "neighbour") {
		t.Errorf("a quiet profile: %s", got)
	}
	p.Provenance.Conditions = profile.Conditions{OtherCores: 0.9, Disturbed: 1, By: []string{profile.OtherProcesses}}
	if got := warnings(); strings.Count(got, "profile test was measured beside a busy neighbour: other processes (0.9 cores on average)") != 1 {
		t.Errorf("a profile beside a busy neighbour: %s", got)
	}
}

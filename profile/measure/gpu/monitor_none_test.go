//go:build !(nvml && cgo && linux)

package gpu

import (
	"strings"
	"testing"
)

// Without NVML a profile has all services, no energy, and says why, once.
func TestAProfileWithoutNVML(t *testing.T) {
	_, cfg := fakeConfig(t)
	p := measured(t, cfg)
	if !p.Provenance.Complete || len(p.Services) == 0 || len(p.Energy) != 0 || p.Provenance.Libraries["driver"] != "" {
		t.Errorf("complete: %v, %d services, energy %v, libraries %v", p.Provenance.Complete, len(p.Services), p.Energy, p.Provenance.Libraries)
	}
	why := "no energy, clocks or temperature: this vsim was built without NVML; `make build` has it"
	if notes := strings.Join(p.Provenance.Notes, "; "); strings.Count(notes, why) != 1 || strings.Contains(notes, "during measuring") {
		t.Errorf("notes %s", notes)
	}
}

package running

import (
	"strings"
	"testing"
)

// Work on a request outside of its batches has no place in the scenario: the calibration says so.
func TestWorkBesideBatchesIsTold(t *testing.T) {
	for ns, told := range map[uint64]bool{0: false, 2e6: true} {
		f := newFake(classifier(4, 1, 0))
		f.beside = ns
		r := calibrated(t, f, Options{})
		if got := strings.Contains(strings.Join(r.Warnings, " "), "spends 2.00 ms on the input"); got != told {
			t.Errorf("%d ns: %q", ns, r.Warnings)
		}
	}
}

package nvml_test

import (
	"testing"

	"vsim/profile/device/nvml"
)

// Heat and brakes disturb a measurement; idling, the card's settings and its power limit do not.
func TestDisturbingReasons(t *testing.T) {
	all := nvml.Reasons(0x1ff)
	if got := all.Disturbing(); got != 0x8|0x20|0x40|0x80 {
		t.Errorf("%#x: %v", uint64(got), got)
	}
	if got := nvml.Reasons(0x48).String(); got != "hardware slowdown, hardware thermal slowdown" {
		t.Errorf("%q", got)
	}
}

package study

import (
	"slices"
	"strings"
	"testing"
)

// TestRanges: whole numbers, every so many of them, and the same with a unit.
func TestRanges(t *testing.T) {
	for list, want := range map[string]string{
		"1..4": "1 2 3 4", "8..64:24": "8 32 56", "1,3..4": "1 3 4", "-1..1": "-1 0 1",
		"100/s..500/s:200/s": "100/s 300/s 500/s", "100..500/s:200": "100/s 300/s 500/s", "1ms..3": "1ms 2ms 3ms", "10..20:10ms": "10ms 20ms",
		"a..b": "a..b", "0.5..2:0.5": "0.5..2:0.5", "'1..2'": "'1..2'",
	} {
		a, err := ParseAxis("key=" + list)
		if err != nil || !slices.Equal(a.Values, strings.Fields(want)) {
			t.Errorf("%s: %q, %v, want %s", list, a.Values, err, want)
		}
	}
	for list, want := range map[string]string{
		"1..x": "the end of a range", "1ms..1s": "with the unit of its start", "1..2.5": "the end of a range",
		"1ms..9ms:1us": "the step must be", "1..9:0ms": "the step must be", "3ms..1ms": "the end is below the start",
	} {
		if a, err := ParseAxis("key=" + list); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want %q", list, a.Values, err, want)
		}
	}
}

package study

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestParseAxis(t *testing.T) {
	most := strconv.Itoa(math.MaxInt)
	for list, want := range map[string][]string{
		"1..3":                         {"1", "2", "3"},
		"-2..2:4":                      {"-2", "2"},
		"8..8":                         {"8"},
		"1..5:3,cpu":                   {"1", "4", "cpu"},
		"1.." + most + ":" + most:      {"1"},
		"9223372036854775806.." + most: {"9223372036854775806", most},
		`[1,2],{a=[1,2],b=3},"x,y"`:    {"[1,2]", "{a=[1,2],b=3}", `"x,y"`},
	} {
		if a, err := ParseAxis("gpu.count=" + list); err != nil || !slices.Equal(a.Values, want) {
			t.Errorf("%s: %v, %v, want %v", list, a.Values, err, want)
		}
	}
	for _, list := range []string{"1..99999999999999", "-" + most + ".." + most, "-" + most + ".." + most + ":2"} {
		if _, err := ParseAxis("gpu.count=" + list); err == nil || !strings.Contains(err.Error(), "more than 10000 values") {
			t.Errorf("%s: %v", list, err)
		}
	}
	if _, err := ParseAxis("name=a,\xff"); err == nil || !strings.Contains(err.Error(), "is not UTF-8") {
		t.Error(err)
	}
}

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

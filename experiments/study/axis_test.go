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

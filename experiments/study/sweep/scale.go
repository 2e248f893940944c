package sweep

import (
	"strconv"
	"strings"

	"vsim/experiments/study"
	"vsim/sim/scenario"
)

// scale is an axis whose values are numbers with one unit.
type scale struct {
	unit    string // "" for none
	numbers []float64
}

// scaleOf reads the values of an axis as numbers, numbers with the same unit, or spans of time.
func scaleOf(a study.Axis) (scale, bool) {
	var out scale
	for i, value := range a.Values {
		number, unit := apart(strings.Trim(value, `"'`))
		x, err := strconv.ParseFloat(number, 64)
		if err != nil || i > 0 && unit != out.unit {
			return spans(a)
		}
		out.unit, out.numbers = unit, append(out.numbers, x)
	}
	if out.unit == "/s" {
		out.unit = "1/s"
	}
	return out, true
}

// apart takes the unit off a number.
func apart(value string) (number, unit string) {
	at := strings.LastIndexAny(value, "0123456789.") + 1
	return strings.TrimSpace(value[:at]), strings.TrimSpace(value[at:])
}

// spans reads times with different units, as milliseconds.
func spans(a study.Axis) (scale, bool) {
	out := scale{unit: "ms"}
	for _, value := range a.Values {
		d, err := scenario.ParseDuration(strings.Trim(value, `"'`))
		if err != nil {
			return scale{}, false
		}
		out.numbers = append(out.numbers, d.Seconds()*1e3)
	}
	return out, true
}

// label is the key with its unit.
func label(key, unit string) string {
	if unit == "" {
		return key
	}
	return key + ", " + unit
}

// timeUnit is the unit in which the longest of some seconds reads well, and how many of it are a second.
func timeUnit(seconds []float64) (name string, times float64) {
	longest := 0.0
	for _, s := range seconds {
		if s > longest {
			longest = s
		}
	}
	switch {
	case longest >= 10:
		return "s", 1
	case longest >= 1e-3 || longest == 0:
		return "ms", 1e3
	}
	return "us", 1e6
}

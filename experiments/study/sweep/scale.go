package sweep

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"

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

// logarithmic tells whether numbers lie so unevenly that a linear axis would crowd most of them.
func logarithmic(numbers []float64) bool {
	sorted := slices.Sorted(slices.Values(numbers))
	return len(sorted) > 2 && sorted[0] > 0 && sorted[len(sorted)-1] >= 4*sorted[len(sorted)/2] && sorted[len(sorted)-1] >= 10*sorted[0]
}

// ticksAt marks the numbers themselves, as long as they are few.
func ticksAt(numbers []float64, ofLog bool) plot.Ticker {
	const most = 12
	sorted := slices.Compact(slices.Sorted(slices.Values(numbers)))
	if len(sorted) > most && ofLog {
		return logTicks{}
	}
	if len(sorted) > most {
		return plot.DefaultTicks{}
	}
	var out plot.ConstantTicks
	for _, x := range sorted {
		out = append(out, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', 5, 64)})
	}
	return out
}

// logTicks are those of a logarithmic scale, with numbers at 1, 2 and 5 of each power of ten, or at all where that is few.
type logTicks struct{}

func (logTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.LogTicks{Prec: -1}.Ticks(low, high)
	for i, t := range ticks {
		digit := math.Round(t.Value / math.Pow(10, math.Floor(math.Log10(t.Value)*(1+1e-12))))
		if digit == 1 || high < 1000*low && (digit == 2 || digit == 5) || high < 5*low {
			ticks[i].Label = strconv.FormatFloat(t.Value, 'g', 4, 64)
		} else {
			ticks[i].Label = ""
		}
	}
	return ticks
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

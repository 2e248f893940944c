package picture

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
)

// Logarithmic tells whether numbers lie so unevenly that a linear axis would crowd most of them.
func Logarithmic(numbers []float64) bool {
	sorted := slices.Sorted(slices.Values(numbers))
	return len(sorted) > 2 && sorted[0] > 0 && sorted[len(sorted)-1] >= 4*sorted[len(sorted)/2] && sorted[len(sorted)-1] >= 10*sorted[0]
}

// TicksAt marks the numbers themselves, as long as they are few.
func TicksAt(numbers []float64, ofLog bool) plot.Ticker {
	const most = 12
	sorted := slices.Compact(slices.Sorted(slices.Values(numbers)))
	if len(sorted) > most && ofLog {
		return LogTicks{}
	}
	if len(sorted) > most {
		return Steps{}
	}
	var out plot.ConstantTicks
	for _, x := range sorted {
		out = append(out, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', 5, 64)})
	}
	return out
}

// Steps are ticks of a linear scale, whose numbers have the digits that they need.
type Steps struct{}

// Ticks are those from low to high.
func (Steps) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = short(ticks[i].Value, high-low)
		}
	}
	return ticks
}

// short writes a number of a scale so long to a thousandth of it, without zeros at its end.
func short(x, scale float64) string {
	digits := 3 - int(math.Floor(math.Log10(scale)))
	text := strconv.FormatFloat(x, 'f', max(0, digits), 64)
	y, err := strconv.ParseFloat(text, 64)
	switch a := math.Abs(y); {
	case err != nil || y == 0:
		return "0"
	case a >= 1e7 || a < 1e-4:
		return strconv.FormatFloat(y, 'g', 4, 64)
	}
	return strconv.FormatFloat(y, 'f', -1, 64)
}

// LogTicks are those of a logarithmic scale, with numbers at 1, 2 and 5 of each power of ten, or at all where that is few.
type LogTicks struct{}

// Ticks are those from low to high.
func (LogTicks) Ticks(low, high float64) []plot.Tick {
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

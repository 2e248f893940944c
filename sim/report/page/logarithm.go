package page

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// part is where a number lies on an axis, 0 at its lower end and 1 at its upper one; NaN where it has no place.
func (a *Axis) part(x float64) float64 {
	switch {
	case !a.Log:
		return (x - a.Low) / (a.High - a.Low)
	case x > 0:
		return math.Log(x/a.Low) / math.Log(a.High/a.Low)
	}
	return math.NaN()
}

// fitLog sets the ends of a logarithmic axis that has none to what there is to be seen, with some room.
func (a *Axis) fitLog(values []float64) {
	if a.Low == 0 && a.High == 0 {
		a.Low, a.High = math.Inf(1), 0
		for _, v := range values {
			if v > 0 && finite(v) {
				a.Low, a.High = min(a.Low, v/1.1), max(a.High, v*1.1)
			}
		}
	}
	if !(a.Low > 0 && a.High > a.Low && finite(a.High)) {
		a.Low, a.High = 1, 10
	}
}

// logTicks are the numbers at a logarithmic axis: 1, 2 and 5 of each power of ten, the power alone where there are many, and
// others too where there are few.
func logTicks(low, high float64) (out []plot.Tick) {
	for power := math.Floor(math.Log10(low)); power <= math.Log10(high); power++ {
		for digit := 1.0; digit < 10; digit++ {
			x := digit * math.Pow(10, power)
			shown := digit == 1 || high < 1000*low && (digit == 2 || digit == 5) || high < 5*low
			if shown && x >= low && x <= high {
				out = append(out, plot.Tick{Value: x, Label: strconv.FormatFloat(x, 'g', 4, 64)})
			}
		}
	}
	return out
}

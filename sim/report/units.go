package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// timeUnit is a unit in which a span reads well.
type timeUnit struct {
	name    string
	seconds float64
}

var timeUnits = []timeUnit{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}

// unitFor is the largest unit in which a span is at least 1 when written with three digits.
func unitFor(seconds float64) timeUnit {
	for _, u := range timeUnits {
		if math.Abs(seconds) >= 0.9995*u.seconds {
			return u
		}
	}
	return timeUnits[1] // zero, or nothing
}

// clockUnit is the unit of simulated time up to so many seconds: hours, where there are two of them.
func clockUnit(seconds float64) timeUnit {
	if hour := (timeUnit{"h", 3600}); seconds >= 2*hour.seconds {
		return hour
	}
	return unitFor(seconds)
}

func (u timeUnit) format(seconds float64) string { return digits(seconds/u.seconds) + " " + u.name }

// span writes seconds in the unit that suits them; less than a nanosecond, and what has no meaning, as a dash.
func span(seconds float64) string {
	if math.Abs(seconds) < 1e-9 || math.IsNaN(seconds) {
		return "-"
	}
	return unitFor(seconds).format(seconds)
}

// digits writes a number with three significant digits, or all digits before the point.
func digits(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "?"
	}
	if x == 0 {
		return "0"
	}
	magnitude := math.Floor(math.Log10(math.Max(math.Abs(x)*1.0005, 1e-2))) // of the rounded number
	return thousands(strconv.FormatFloat(x, 'f', int(max(2-magnitude, 0)), 64))
}

// thousands sets commas into the whole part of a number of five digits or more.
func thousands(s string) string {
	whole, fraction, hasPoint := strings.Cut(s, ".")
	if len(whole) > 4 {
		for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if hasPoint {
		return whole + "." + fraction
	}
	return whole
}

// rate writes how often something happens; what is not known as a dash.
func rate(perSecond float64) string {
	if math.IsNaN(perSecond) {
		return "-"
	}
	if perSecond != 0 && math.Abs(perSecond) < 1e-3 {
		return strconv.FormatFloat(perSecond, 'g', 3, 64) + "/s"
	}
	return digits(perSecond) + "/s"
}

func percent(part float64) string {
	if math.IsNaN(part) {
		return "-"
	}
	if math.Abs(part) < 0.0005 {
		return "0.0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*part)
}

// count writes a large number in thousands or millions.
func count(n float64) string {
	switch {
	case n >= 1e9:
		return digits(n/1e9) + " billion"
	case n >= 1e6:
		return digits(n/1e6) + " million"
	}
	return thousands(strconv.FormatFloat(n, 'f', 0, 64))
}

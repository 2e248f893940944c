package paper

import (
	"fmt"
	"math"
	"strings"

	"vsim/sim/report"
)

// Fitted says that the machine may be fitted to the claim.
func (c Claim) Fitted() bool { return c.Use == "cal" }

// verdict is whether a claim or a part of it holds, in a word or two.
func (c Claim) verdict(holds bool) string {
	word := "no"
	if holds {
		word = "yes"
	}
	if c.Fitted() {
		word += ", fitted"
	}
	return word
}

// predicted is the prediction of a quantity with its 95 % interval, in the unit that it has.
func (q Quantity) predicted() string {
	if math.IsNaN(q.Predicted) {
		return "-"
	}
	if !known(q.Low) || !known(q.High) {
		return q.in(q.Predicted)
	}
	value, low, high := q.number(q.Predicted), q.number(q.Low), q.number(q.High)
	if low == value && high == value {
		return q.in(q.Predicted)
	}
	return fmt.Sprintf("%s (%s to %s)%s", value, low, high, q.unit())
}

// paper is what the paper has, "" where it states no number.
func (q Quantity) paper() string {
	if math.IsNaN(q.Paper) {
		return ""
	}
	return q.in(q.Paper)
}

// in writes a number with the quantity's unit.
func (q Quantity) in(x float64) string { return q.number(x) + q.unit() }

// number writes a number in the quantity's unit: shares in percent, spans of less than a second in ms.
func (q Quantity) number(x float64) string {
	if !known(x) {
		return "-"
	}
	x *= q.times()
	if q.Unit == "1" {
		return fmt.Sprintf("%.1f", x)
	}
	if x < 0 {
		return "-" + report.Digits(-x)
	}
	return report.Digits(x)
}

func (q Quantity) times() float64 {
	switch {
	case q.Unit == "1":
		return 100
	case q.inMS():
		return 1e3
	}
	return 1
}

func (q Quantity) unit() string {
	switch {
	case q.Unit == "1":
		return " %"
	case q.inMS():
		return " ms"
	case q.Unit == "":
		return ""
	}
	return " " + q.Unit
}

func (q Quantity) inMS() bool { return q.Unit == "s" && math.Abs(q.Predicted) < 1 }

func known(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// wrapped breaks a text into lines of at most so many characters, at blanks.
func wrapped(text string, most int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > most {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

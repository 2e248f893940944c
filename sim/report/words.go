package report

import (
	"io"
	"strconv"
)

// Numbers and tables as reports write them, for studies of several predictions.

// Span writes seconds in the unit that suits them.
func Span(seconds float64) string { return span(seconds) }

// Rate writes how often something happens in a second.
func Rate(perSecond float64) string { return rate(perSecond) }

// Percent writes a part of 1.
func Percent(part float64) string { return percent(part) }

// Money writes a price.
func Money(x float64, currency string) string {
	if x < 1 {
		return digits(x) + " " + currency
	}
	return strconv.FormatFloat(x, 'f', 2, 64) + " " + currency
}

// Digits writes a number with three significant digits.
func Digits(x float64) string { return digits(x) }

// Table aligns what fill writes, tab-terminated cell by cell, to the right.
func Table(w io.Writer, fill func(t io.Writer)) { table(w, fill) }

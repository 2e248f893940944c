package page

import (
	"fmt"
	"math"
)

// Table is a table of words and numbers.
type Table struct {
	Title string
	Head  []string
	Words int    // columns that hold words, from the left; the others hold numbers
	Tail  int    // columns that hold words, from the right
	Bars  string // title of a last column with a bar for each row; "" for none
	Rows  []Row
	Note  string // below it; "" for none
}

// Row is a row of a table.
type Row struct {
	Cells []string
	Inner bool      // it is a part of the row above that is not
	Bar   float64   // part of 1; NaN for none
	Tints []float64 // of each cell, how dark it is, part of 1; NaN for none. nil for none at all
}

// Word says whether a column holds words.
func (t *Table) Word(column int) bool { return column < t.Words || column >= len(t.Head)-t.Tail }

// Wide is the width of a row's bar, in percent.
func (r Row) Wide() float64 {
	if math.IsNaN(r.Bar) {
		return 0
	}
	return 100 * min(max(r.Bar, 0), 1)
}

// tints are how many can be told apart.
const tints = 8

// Tint is the class of a cell's tint, "" for none.
func (r Row) Tint(column int) string {
	if column >= len(r.Tints) || math.IsNaN(r.Tints[column]) {
		return ""
	}
	return fmt.Sprintf("tint%d", int(math.Round(min(max(r.Tints[column], 0), 1)*tints)))
}

package calibrate

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"vsim/sim/scenario"
)

// maxCount is the largest number of clients, or of images in a batch, in a row.
const maxCount = 1_000_000

// MaxRows is the largest number of rows of a file: each is simulated.
const MaxRows = 1000

// reader goes through a CSV table row by row and collects what is wrong with it.
type reader struct {
	file    string
	csv     *csv.Reader
	header  []string
	columns map[string]int
	record  []string
	rows    int
	last    int // count of the row before, which must be smaller
	faults  []scenario.Fault
	good    int  // faults before this row
	halted  bool // what is wrong is wrong with the whole file, and said
}

// newReader reads the header, which must have the named columns among others.
func newReader(file string, in io.Reader, names ...string) *reader {
	text := bufio.NewReader(in)
	t := &reader{file: file, csv: csv.NewReader(text), columns: map[string]int{}}
	t.csv.TrimLeadingSpace, t.csv.FieldsPerRecord = true, -1
	if t.encoding(text); t.halted {
		return t
	}
	header, err := t.csv.Read()
	if err != nil {
		t.broken(err)
		return t
	}
	if t.header = trimmed(header); !t.separated() {
		return t
	}
	for i, name := range t.header {
		if name != "" && t.has(name) {
			t.fault(name, "", "the header names this column twice; remove or rename one")
			return t
		}
		t.columns[name] = i
	}
	missing := slices.DeleteFunc(slices.Clone(names), t.has)
	if len(missing) > 0 {
		t.fault("", "", "the header has no column %s; it must name %s", strings.Join(missing, ", no "), strings.Join(names, ", "))
	}
	return t
}

// has says whether the table has a column.
func (t *reader) has(column string) bool {
	_, ok := t.columns[column]
	return ok
}

// text is a column of the present row, "" where the table has no such column.
func (t *reader) text(column string) string {
	i, ok := t.columns[column]
	if !ok {
		return ""
	}
	return strings.TrimSpace(t.record[i])
}

// next goes to the next row; false at the end or when the table cannot be read further.
func (t *reader) next() bool {
	if t.halted || len(t.faults) > 0 && t.record == nil {
		return false // the header is wrong, or all of it
	}
	record, err := t.csv.Read()
	for err == nil && len(record) == 1 && strings.TrimSpace(record[0]) == "" {
		record, err = t.csv.Read() // an empty line
	}
	if err != nil {
		t.broken(err)
		return false
	}
	t.record, t.good = record, len(t.faults)
	t.rows++
	return t.formed()
}

// broken notes why the CSV cannot be read; the end of the file is no fault, but a table needs rows.
func (t *reader) broken(err error) {
	var syntax *csv.ParseError
	switch {
	case errors.Is(err, io.EOF) && t.record == nil:
		t.faults = append(t.faults, scenario.Fault{File: t.file, Rule: "has no rows; it must be a CSV table with a header"})
	case errors.As(err, &syntax):
		t.faults = append(t.faults, scenario.Fault{File: t.file, Line: syntax.Line, Rule: syntax.Err.Error()})
	case !errors.Is(err, io.EOF):
		t.faults = append(t.faults, scenario.Fault{File: t.file, Rule: err.Error()})
	}
}

// fault notes what is wrong with a column of the present row.
func (t *reader) fault(column, found, rule string, args ...any) {
	line := 1
	if t.record != nil {
		line, _ = t.csv.FieldPos(0)
	}
	t.faultAt(line, column, found, fmt.Sprintf(rule, args...))
}

func (t *reader) faultAt(line int, column, found, rule string) {
	if !t.halted {
		t.faults = append(t.faults, scenario.Fault{File: t.file, Line: line, Key: column, Found: found, Rule: rule})
	}
}

// faulty says that the present row has a fault.
func (t *reader) faulty() bool { return len(t.faults) > t.good }

// number reads a column of the present row.
func (t *reader) number(column string, ok func(x float64) bool, rule string) float64 {
	text := t.text(column)
	if commas.MatchString(text) {
		t.halt(column, strconv.Quote(text), "has a comma within a number; write it with a decimal point and without separators of thousands, such as 1234.5")
		return 0
	}
	x, err := strconv.ParseFloat(text, 64)
	if strings.ContainsAny(text, "_xX") { // which Go's numbers may have
		err = strconv.ErrSyntax
	}
	if err != nil || math.IsInf(x, 0) || !ok(x) {
		t.fault(column, strconv.Quote(text), "must be %s", rule)
		return 0
	}
	return x
}

// whole reads a whole number up to most.
func (t *reader) whole(column, what string, most int) int {
	ok := func(x float64) bool { return x == math.Trunc(x) && x >= 1 && x <= float64(most) }
	return int(t.number(column, ok, fmt.Sprintf("%s: a whole number, 1 to %d", what, most)))
}

// count reads the column that names the row: a whole number above that of the row before.
func (t *reader) count(column string) int {
	whole := func(x float64) bool { return x == math.Trunc(x) && x >= 1 && x <= maxCount }
	n := int(t.number(column, whole, fmt.Sprintf("a whole number, 1 to %d", maxCount)))
	if n > 0 && n <= t.last {
		t.fault(column, strconv.Itoa(n), "must be above that of the row before, %d; sort the rows, one GPU a table", t.last)
	}
	t.last = max(t.last, n)
	return n
}

func (t *reader) rate(column string) float64 {
	return t.number(column, func(x float64) bool { return x > 0 }, "a number above 0, per second")
}

// seconds reads a time in ms.
func (t *reader) seconds(column string) float64 { return t.thousandths(column, "ms") }

// secondsOfUs reads a time in us.
func (t *reader) secondsOfUs(column string) float64 { return 1e-3 * t.thousandths(column, "us") }

func (t *reader) thousandths(column, unit string) float64 {
	return 1e-3 * t.number(column, func(x float64) bool { return x >= 0 }, "a time in "+unit+", 0 or more")
}

// p99 reads the column that a table may have beside avg_ms, 0 where it has none.
func (t *reader) p99() float64 {
	if _, ok := t.columns["p99_ms"]; !ok {
		return 0
	}
	return t.seconds("p99_ms")
}

// err is all that is wrong with the table.
func (t *reader) err() error {
	if len(t.faults) == 0 {
		return nil
	}
	return &scenario.InputError{Faults: slices.Clip(t.faults)}
}

package workload

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"vsim/sim/engine/event"
)

// ReadTrace reads a trace as comma-separated values (RFC 4180). The first line names the columns: the time
// of the arrival from the start of the run, time_s, time_ms, time_us or time_ns, and optionally its
// class by name, one of classes. Lines that begin with # are comments. Times are rounded to ns and must not fall.
// Errors name line and column.
func ReadTrace(r io.Reader, classes []string) (Trace, error) {
	rows := csv.NewReader(r)
	rows.Comment, rows.TrimLeadingSpace, rows.ReuseRecord = '#', true, true
	rows.FieldsPerRecord = -1 // counted here, for a better word about it
	t := &table{rows: rows, classes: classes}
	err := t.header()
	for err == nil {
		err = t.row()
	}
	if !errors.Is(err, io.EOF) {
		return Trace{}, fmt.Errorf("workload: trace: %w", err)
	}
	if len(t.trace.Times) == 0 {
		return Trace{}, fmt.Errorf("workload: trace: no line after the header: want an arrival on each")
	}
	return t.trace, nil
}

// timeUnits are the columns that a time can stand in, and their units in ns.
var timeUnits = []struct {
	column string
	ns     float64
}{{"time_s", 1e9}, {"time_ms", 1e6}, {"time_us", 1e3}, {"time_ns", 1}}

// table is a file being read.
type table struct {
	rows    *csv.Reader
	classes []string
	columns int
	time    int    // its column
	name    string // and what that is called
	unit    float64
	class   int // its column, or -1
	trace   Trace
}

func (t *table) header() error {
	names, err := t.rows.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("it is empty: want a header such as \"time_s,class\" and a line for each arrival")
	} else if err != nil {
		return err
	}
	t.columns, t.time, t.class = len(names), -1, -1
	for i, name := range names {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff") // the byte order mark that spreadsheets write
		}
		if err := t.column(i, strings.TrimSpace(name)); err != nil {
			line, _ := t.rows.FieldPos(i)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	if t.time < 0 {
		return fmt.Errorf("the header has no time: want a column time_s, time_ms, time_us or time_ns")
	}
	return nil
}

// column notes what column i is.
func (t *table) column(i int, name string) error {
	if name == "class" && t.class < 0 {
		t.class = i
		return nil
	}
	for _, u := range timeUnits {
		if u.column == name && t.time < 0 {
			t.time, t.name, t.unit = i, name, u.ns
			return nil
		}
	}
	return fmt.Errorf("column %q: want one of time_s, time_ms, time_us and time_ns, at most one class, and no others", name)
}

func (t *table) row() error {
	fields, err := t.rows.Read()
	if err != nil {
		return err
	}
	if len(fields) != t.columns {
		line, _ := t.rows.FieldPos(0)
		return fmt.Errorf("line %d: %d fields: want %d as in the header", line, len(fields), t.columns)
	}
	at, err := t.arrival(strings.TrimSpace(fields[t.time]))
	if err != nil {
		return t.fault(t.time, t.name, err)
	}
	t.trace.Times = append(t.trace.Times, at)
	if t.class < 0 {
		return nil
	}
	name := strings.TrimSpace(fields[t.class])
	class := slices.Index(t.classes, name)
	if class < 0 {
		return t.fault(t.class, "class", fmt.Errorf("%q: want one of %s", name, strings.Join(t.classes, ", ")))
	}
	t.trace.Classes = append(t.trace.Classes, int32(class))
	return nil
}

// fault says where an error is.
func (t *table) fault(field int, column string, err error) error {
	line, _ := t.rows.FieldPos(field)
	return fmt.Errorf("line %d: %s: %w", line, column, err)
}

// arrival reads a time.
func (t *table) arrival(text string) (event.Time, error) {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: want a number", text)
	}
	x *= t.unit
	if !(x >= 0 && x <= maxTime) {
		return 0, fmt.Errorf("%q: want 0 to %.7g from the start of the run (104 days); where time counts from another moment, subtract the first", text, maxTime/t.unit)
	}
	at := event.Time(math.Round(x))
	if n := len(t.trace.Times); n > 0 && at < t.trace.Times[n-1] {
		return 0, fmt.Errorf("%q is before the line above: want times that do not fall; sort the lines", text)
	}
	return at, nil
}

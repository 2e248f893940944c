package sweep

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"vsim/experiments/study"
)

// Format is how Print writes rows.
type Format int

// The formats: an aligned table for people, the columns of rows.csv, the lines of rows.jsonl.
const (
	Text Format = iota
	CSV
	JSON
)

// Print predicts all points and writes their rows as they come, in the order of the points. Progress hears the part that is
// done; it may be nil.
func (s *Sweep) Print(ctx context.Context, w io.Writer, format Format, progress func(done float64)) error {
	write := func(text []byte, err error) error {
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	}
	t := newTable(s.axes)
	var err error
	switch format {
	case Text:
		err = write(t.heading(), nil)
	case CSV:
		err = write(csvLine(heading(s.axes)))
	}
	if err != nil {
		return err
	}
	done := 0
	var warnings warned
	err = s.each(ctx, s.points, nil, progress, func(at study.Point, line []byte) error {
		done++
		if format == JSON {
			return write(line, nil)
		}
		row, err := parse(s.axes, at, line)
		if err != nil {
			return err
		}
		if format == CSV {
			return write(csvLine(row.cells()))
		}
		warnings.add(row.Warnings...)
		return write(t.row(row), nil)
	})
	if ctx.Err() != nil {
		return interrupted(ctx, done, len(s.points), "; with -o DIR the same command could go on")
	}
	return write([]byte(warnings.lines("Warning", done)), err)
}

// interrupted is the error after an interrupt.
func interrupted(ctx context.Context, done, all int, then string) error {
	return fmt.Errorf("interrupted after %d of %d points%s%w", done, all, then, quiet{ctx.Err()})
}

// quiet is an error that can be asked for and says nothing.
type quiet struct{ error }

func (quiet) Error() string   { return "" }
func (q quiet) Unwrap() error { return q.error }

// csvLine is one line of CSV.
func csvLine(cells []string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write(cells)
	w.Flush()
	return b.Bytes(), err
}

// table is for people: what is varied, and the numbers that matter most. Its columns are as wide as their values, which are all
// known before the first row.
type table struct {
	axes   []study.Axis
	widths []int
}

// numberColumns are the heads of the columns behind the keys.
var numberColumns = []string{"requests/s", "±", "p50, ms", "p99, ms", "±"}

// numberWidth is that of each.
const numberWidth = 11

func newTable(axes []study.Axis) *table {
	t := &table{axes: axes}
	for _, a := range axes {
		width := utf8.RuneCountInString(a.Key)
		for _, v := range a.Values {
			width = max(width, utf8.RuneCountInString(v))
		}
		t.widths = append(t.widths, width)
	}
	return t
}

func (t *table) line(keys, numbers []string, last string) []byte {
	var b bytes.Buffer
	for i, k := range keys {
		fmt.Fprintf(&b, "%*s  ", t.widths[i], k)
	}
	for _, n := range numbers {
		fmt.Fprintf(&b, "%*s", numberWidth, n)
	}
	return append(bytes.TrimRight(append(b.Bytes(), "  "+last...), " "), '\n')
}

func (t *table) heading() []byte {
	var keys []string
	for _, a := range t.axes {
		keys = append(keys, a.Key)
	}
	return t.line(keys, numberColumns, "limited by")
}

func (t *table) row(r *Row) []byte {
	cells := r.shown()
	last := len(cells) - 1
	return t.line(r.Point.Values, cells[:last], cells[last])
}

// shown are the numbers of numberColumns, and what limits the point or is wrong with it.
func (r *Row) shown() []string {
	if r.Verdict == invalid {
		return append(slices.Repeat([]string{"-"}, len(numberColumns)), "invalid: "+r.Reason)
	}
	last := r.Bottleneck
	if r.Verdict != "stable" {
		last = strings.TrimSuffix(string(r.Verdict)+"; "+last, "; ")
	}
	rate, tail := r.Numbers[throughput], r.Numbers[p99]
	return []string{short(rate.Value), short(rate.HalfWidth()), short(1e3 * r.Numbers[p50].Value),
		short(1e3 * tail.Value), short(1e3 * tail.HalfWidth()), last}
}

// short writes four digits, and a dash for what is not known.
func short(x float64) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return "-"
	}
	if x != 0 && (math.Abs(x) < 1e-3 || math.Abs(x) >= 1e9) {
		return fmt.Sprintf("%.3g", x)
	}
	digits := 0
	if x != 0 {
		digits = max(0, 3-int(math.Floor(math.Log10(math.Abs(x)))))
	}
	return fmt.Sprintf("%.*f", min(digits, 4), x)
}

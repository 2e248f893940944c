package calibrate

import (
	"bufio"
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// commas is a number written with commas, for decimals or between thousands.
var commas = regexp.MustCompile(`^[+-]?[0-9.]*[0-9],[0-9][0-9.,]*$`)

// halt notes what is wrong with the file as a whole, or with so many of its rows that one line stands for all.
func (t *reader) halt(column, found, rule string, args ...any) {
	t.fault(column, found, rule, args...)
	t.halted = true
}

// encoding skips the byte order mark that spreadsheets write before UTF-8, and refuses UTF-16. An error comes back with
// the first read.
func (t *reader) encoding(in *bufio.Reader) {
	const mark = "\ufeff"
	start, _ := in.Peek(len(mark))
	switch {
	case string(start) == mark:
		_, _ = in.Discard(len(mark))
	case bytes.HasPrefix(start, []byte{0xff, 0xfe}), bytes.HasPrefix(start, []byte{0xfe, 0xff}), bytes.IndexByte(start, 0) >= 0:
		t.halt("", "", "is text in UTF-16; save the table as CSV in UTF-8")
	}
}

// trimmed are a header's names. A comma at its end names no column.
func trimmed(header []string) []string {
	out := slices.Clone(header)
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	if n := len(out); n > 1 && out[n-1] == "" {
		out = out[:n-1]
	}
	return out
}

// separated refuses a header that is one field only because others than commas stand between its names, or others than
// line feeds between lines.
func (t *reader) separated() bool {
	first := t.header[0]
	switch {
	case slices.ContainsFunc(t.header, func(name string) bool { return strings.Contains(name, "\r") }):
		t.halt("", "", "the lines end with carriage returns alone; save the table with line feeds")
	case len(t.header) == 1 && strings.Contains(first, ";"):
		t.halt("", "", "the columns are separated by semicolons; save the table with commas between columns and decimal points")
	case len(t.header) == 1 && strings.Contains(first, "\t"):
		t.halt("", "", "the columns are separated by tabs; save the table with commas between columns")
	}
	return !t.halted
}

// formed checks that the present row has a field for each column. It may end with a comma more, as perf_analyzer's do
// with --verbose-csv and --collect-metrics.
func (t *reader) formed() bool {
	n := len(t.header)
	switch found := len(t.record); {
	case t.rows > MaxRows:
		t.halt("", "", "the table has more than %d rows, the most that are read; remove some", MaxRows)
	case found == n+1 && strings.TrimSpace(t.record[n]) == "":
		t.record = t.record[:n]
	case found != n:
		t.halt("", "", "the row has %d field%s, but the header names %d columns; give each row a field for every column", found, plural(found), n)
	}
	if !t.halted && slices.Equal(trimmed(t.record), t.header) {
		t.halt("", "", "the line repeats the header; remove it, or keep tables in files of their own")
	}
	return !t.halted
}

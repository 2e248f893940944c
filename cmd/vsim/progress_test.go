package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestRowsStandAboveTheBar: on a terminal, which both are written to, a row begins a line, and the last line is empty.
func TestRowsStandAboveTheBar(t *testing.T) {
	var terminal bytes.Buffer
	b := newBar(&terminal, &terminal, "sweeping")
	for i := range 4 {
		b.set(float64(i+1) / 4)
		fmt.Fprintf(b, "row %d\n", i)
	}
	b.clear()
	lines := strings.Split(terminal.String(), "\n")
	for i, line := range lines {
		last := line[strings.LastIndex(line, "\r")+1:]
		if want := fmt.Sprintf("row %d", i); i < 4 && last != want || i == 4 && strings.TrimSpace(last) != "" {
			t.Errorf("line %d is %q", i, line)
		}
	}
	if len(lines) != 5 || !strings.Contains(lines[2], "50%") {
		t.Errorf("%q", lines)
	}
}

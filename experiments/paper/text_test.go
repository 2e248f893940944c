package paper

import (
	"math"
	"strings"
	"testing"
)

// Counts of GPUs, clients and steps are whole, whatever their size; other columns keep three digits, and a zero has no sign.
func TestCellsForPeople(t *testing.T) {
	table := Table{Columns: []string{"gpus", "clients", "gain", "share"}, Rows: [][]any{
		{1.0, 64.0, 1.0, -2e-5},
		{2.0, math.NaN(), 1.98, -0.25},
	}}
	var b strings.Builder
	table.text(&b)
	lines := strings.Split(b.String(), "\n")
	for i, want := range []string{"1 64 1.00 0.0000", "2 - 1.98 -0.250"} {
		if got := strings.Join(strings.Fields(lines[i+1]), " "); got != want {
			t.Errorf("row %d reads %q, want %q", i+1, got, want)
		}
	}
}

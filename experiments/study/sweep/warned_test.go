package sweep

import (
	"fmt"
	"strings"
	"testing"
)

// TestWarnings are said once, with how many points have them, by a table and by a folder's summary.
func TestWarnings(t *testing.T) {
	var w warned
	var s Summary
	for _, r := range []*Row{{Warnings: []string{"a"}}, {Warnings: []string{"a", "b"}}} {
		w.add(r.Warnings...)
		s.count(r)
	}
	const want = "Warning: a\nWarning, 1 of 2 points: b\n"
	if got := w.lines("Warning", 2); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := s.String(); got != "2 points\n"+want {
		t.Errorf("%q", got)
	}
	s.count(&Row{Verdict: invalid, Reason: "no such key"})
	if got := s.String(); !strings.Contains(got, "3 points, 1 invalid\nInvalid, 1 of 3 points: no such key\nWarning") {
		t.Errorf("%q", got)
	}
	for i := range 2 * maxWarnings {
		w.add(fmt.Sprint(i))
	}
	if got := w.lines("Warning", 99); strings.Count(got, "\n") != maxWarnings+1 || !strings.Contains(got, "there are more") {
		t.Errorf("%q", got)
	}
}

// TestPrintWarns below the table, as a sweep of published figures must.
func TestPrintWarns(t *testing.T) {
	s, err := New("8gpu", Options{Vary: []string{"gpu.count=1,2"}, Set: []string{"run.p99_goal=0.5"}})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := s.Print(t.Context(), &table, Text, nil); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(table.String(), "\n")
	if len(lines) < 5 || !strings.HasPrefix(lines[3], "Warning: infer: 31 of 32 batch sizes") {
		t.Error(table.String())
	}
}

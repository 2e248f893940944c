package page

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestLogarithmicAxis: ten times as much is as far everywhere, what is not above 0 has no place, and the numbers at it lie within.
func TestLogarithmicAxis(t *testing.T) {
	a := Axis{Low: 0.128, High: 11, Log: true}
	if d := a.part(10) - a.part(1) - (a.part(2) - a.part(0.2)); math.Abs(d) > 1e-12 || !math.IsNaN(a.part(0)) || !math.IsNaN(a.part(-1)) {
		t.Errorf("off by %v; %v", d, a.part(0))
	}
	var labels []string
	for _, tick := range ticks(a) {
		labels = append(labels, tick.Label)
	}
	if want := []string{"0.2", "0.5", "1", "2", "5", "10"}; !slices.Equal(labels, want) {
		t.Errorf("ticks %v, want %v", labels, want)
	}
	for _, values := range [][]float64{nil, {0}, {-1, math.NaN(), math.Inf(1)}, {3}} {
		a := Axis{Log: true}
		if a.fit(values, 1); !(a.Low > 0 && a.High > a.Low && finite(a.High)) {
			t.Errorf("%v: %+v", values, a)
		}
	}
}

// dotted is a chart of a study.
func dotted() *Chart {
	return &Chart{Title: "Studies", Y: Axis{Label: "ms"}, Series: []Series{{Points: [][2]float64{{0, 1}, {2, 4}}}},
		Dots:     []Dots{{Name: "<b>holds</b>", Colour: 8, At: [][2]float64{{0, 1}, {1, math.NaN()}}, Hints: []string{"<i>"}}, {Name: "breaks", Cross: true, At: [][2]float64{{2, 4}}}},
		Whiskers: []Whisker{{0, 0.5, 2, 1}, {1, math.NaN(), 3, 0}}, Levels: []Level{{9, "limit", true}, {3, "other", false}}}
}

// TestDots: known dots, intervals and levels are drawn, to scale, within the picture, and are in the legend.
func TestDots(t *testing.T) {
	count := map[string]int{}
	for _, s := range dotted().Drawing().Shapes {
		count[s.Class]++
	}
	for class, want := range map[string]int{"dot s2": 1, "line s0": 2, "line whisker s1": 1, "line whisker s0": 0, "mark": 2} {
		if count[class] != want {
			t.Errorf("%d shapes %q, want %d", count[class], class, want)
		}
	}
	html := written(t, &Page{Sections: []Section{{"x", []Part{dotted()}}}})
	if _, text := elements(t, html); !strings.Contains(text, "<b>holds</b>") || !strings.Contains(text, "limit") || !strings.Contains(html, `class="swatch cross s0"`) || strings.Contains(html, "NaN") {
		t.Error(text)
	}
}

// TestManyLines can be told apart.
func TestManyLines(t *testing.T) {
	seen := map[string]bool{}
	for i := range 3 * colours {
		seen[lineClass(i)] = true
	}
	if len(seen) != 3*colours {
		t.Errorf("%d classes of lines", len(seen))
	}
}

// TestTints: a cell's tint grows with its number; one that has none stays plain; words are on both sides.
func TestTints(t *testing.T) {
	r := Row{Cells: []string{"a", "b", "c", "d"}, Tints: []float64{math.NaN(), 0, 1, 7}}
	if got := []string{r.Tint(0), r.Tint(1), r.Tint(2), r.Tint(3), r.Tint(4)}; !slices.Equal(got, []string{"", "tint0", "tint8", "tint8", ""}) {
		t.Errorf("tints %q", got)
	}
	table := &Table{Head: []string{"a", "b", "c"}, Words: 1, Tail: 1}
	if !table.Word(0) || table.Word(1) || !table.Word(2) {
		t.Error("columns of words")
	}
}

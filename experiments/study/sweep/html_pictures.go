package sweep

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"vsim/experiments/study/picture"
	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// pictures are the lines over the key with the most numbers, and of two keys the tables of colours.
func (s *sheet) pictures() (parts []page.Part) {
	charts, why := s.charts()
	if len(charts) > 0 {
		parts = append(parts, page.Beside(charts))
	}
	heats, whyNot := s.heats()
	parts = append(parts, heats...)
	for _, text := range []string{why, whyNot} {
		if text != "" {
			parts = append(parts, page.Text(text))
		}
	}
	return parts
}

// apart is a quantity's name and its unit.
func (q *quantity) apart() (name, unit string) {
	at := strings.LastIndex(q.label, ", ")
	return strings.ToUpper(q.label[:1]) + q.label[1:at], q.label[at+2:]
}

// charts draw each quantity, or say why not.
func (s *sheet) charts() (out []page.Part, why string) {
	x, numbers := widest(s.axes)
	if x < 0 {
		return nil, "There are no lines: no key is varied over two numbers or more."
	}
	if len(s.rows) > mostOfPage {
		return nil, fmt.Sprintf("There are too many points to draw lines of them here; see %s.svg.", linesName)
	}
	curves := curvesOf(s.axes, x, numbers.numbers, s.plan.Zip, s.rows)
	if len(curves) > maxLines {
		return nil, fmt.Sprintf("There are no lines: the other keys have %d combinations, and a picture shows %d lines.", len(curves), maxLines)
	}
	for _, q := range quantities(s.rows) {
		name, unit := q.apart()
		c := &page.Chart{Title: name, X: page.Axis{Label: label(s.axes[x].Key, numbers.unit)}, Y: page.Axis{Label: unit}}
		if c.X.Log = picture.Logarithmic(numbers.numbers); !c.X.Log {
			c.X.Low, c.X.High = slices.Min(numbers.numbers), slices.Max(numbers.numbers)
		}
		var all []float64
		for i := range curves {
			all = append(all, curves[i].onPage(c, i, q)...)
		}
		if len(all) == 0 {
			continue
		}
		c.Y.Log = slices.Min(all) > 0 && slices.Max(all) > uneven*slices.Min(all)
		c.Caption = fmt.Sprintf("Over %s, with 95 %% intervals.", s.axes[x].Key)
		if len(s.axes) == 2 && !s.plan.Zip {
			c.Caption = fmt.Sprintf("Over %s, a line for each %s, with 95 %% intervals.", s.axes[x].Key, s.axes[1-x].Key)
		}
		out = append(out, c)
	}
	return out, ""
}

// uneven is the quotient of the largest and the least number from which an axis is logarithmic.
const uneven = 30

// onPage adds a curve to a chart, and gives the numbers that it has.
func (v *curve) onPage(c *page.Chart, i int, q quantity) (all []float64) {
	line := page.Series{Name: picture.Shortened(v.name)}
	dots, over := page.Dots{Colour: i}, page.Dots{Colour: i, Cross: true}
	for k, r := range v.rows {
		e := r.Numbers[q.metric].Times(q.times)
		line.Points = append(line.Points, [2]float64{v.at[k], e.Value})
		if !known(e.Value) {
			continue
		}
		all = append(all, e.Value)
		to := &dots
		if r.Verdict == predict.Overloaded {
			to, over.Name = &over, overloadedWords
		}
		to.At, to.Hints = append(to.At, [2]float64{v.at[k], e.Value}), append(to.Hints, threeDigits(e.Value))
		if known(e.Low) && known(e.High) {
			c.Whiskers = append(c.Whiskers, page.Whisker{X: v.at[k], Low: e.Low, High: e.High, Colour: i})
		}
	}
	c.Series = append(c.Series, line)
	if slices.ContainsFunc(c.Dots, func(d page.Dots) bool { return d.Cross && d.Name != "" }) {
		over.Name = "" // it is in the legend already
	}
	for _, d := range []page.Dots{dots, over} {
		if len(d.At) > 0 {
			c.Dots = append(c.Dots, d)
		}
	}
	return all
}

// heats are tables of two keys, the darker the more, or say why there is none.
func (s *sheet) heats() (out []page.Part, why string) {
	if s.plan.Zip || len(s.axes) != 2 || len(s.axes[0].Values) < 2 || len(s.axes[1].Values) < 2 {
		return nil, ""
	}
	if len(s.rows) > mostTinted {
		return nil, fmt.Sprintf("There are too many cells for a table of colours here; see %s.svg.", heatName)
	}
	down, across := s.axes[0], s.axes[1]
	for _, q := range quantities(s.rows) {
		h := newHeat(q, len(across.Values), s.rows)
		name, unit := q.apart()
		t := &page.Table{Title: fmt.Sprintf("%s, %s; across: %s, down: %s", name, unit, across.Key, down.Key), Head: append([]string{""}, across.Values...), Words: 1}
		for i, value := range down.Values {
			row := page.Row{Cells: []string{value}, Tints: []float64{math.NaN()}}
			for _, r := range s.rows[i*h.width : (i+1)*h.width] {
				row.Cells, row.Tints = append(row.Cells, h.words(r)), append(row.Tints, h.part(h.number(r)))
			}
			t.Rows = append(t.Rows, row)
		}
		if s.sum.Overloaded+s.sum.Invalid > 0 {
			t.Note = "×: overloaded, or it cannot be simulated."
		}
		out = append(out, t)
	}
	return out, ""
}

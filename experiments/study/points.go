package study

import (
	"fmt"
	"strings"

	"vsim/sim/scenario"
)

// maxPoints is how many points a study has at most.
const maxPoints = 1_000_000

// Point is one variant: a value of each axis, in their order. Index counts the points of the whole study from 0.
type Point struct {
	Index  int
	Values []string
}

// Overrides are what the point sets. Errors are *scenario.InputError.
func (p Point) Overrides(axes []Axis) ([]scenario.Override, error) {
	out := make([]scenario.Override, len(axes))
	for i, a := range axes {
		o, err := scenario.ParseOverride(a.Key + "=" + p.Values[i])
		if err != nil {
			return nil, err
		}
		out[i] = o
	}
	return out, nil
}

// Name is the point in words: "gpu.count=2 pipeline.preprocessing=cpu".
func (p Point) Name(axes []Axis) string {
	var out []string
	for i, a := range axes {
		out = append(out, a.Key+"="+p.Values[i])
	}
	return strings.Join(out, " ")
}

// Product has every value of an axis with every one of the others; the last axis changes fastest. Errors are
// *scenario.InputError.
func Product(axes []Axis) ([]Point, error) {
	if err := distinct(axes); err != nil {
		return nil, err
	}
	n := 1
	for _, a := range axes {
		if n *= len(a.Values); n > maxPoints {
			return nil, badAxis(a.Key, fmt.Sprintf("more than %d points in all", maxPoints), "vary fewer keys at a time, or fewer values")
		}
	}
	out := make([]Point, n)
	for i := range out {
		values, rest := make([]string, len(axes)), i
		for k := len(axes) - 1; k >= 0; k-- {
			values[k] = axes[k].Values[rest%len(axes[k].Values)]
			rest /= len(axes[k].Values)
		}
		out[i] = Point{Index: i, Values: values}
	}
	return out, nil
}

// Zip takes the first values of all axes, then the second ones, and so on. Errors are *scenario.InputError.
func Zip(axes []Axis) ([]Point, error) {
	if err := distinct(axes); err != nil {
		return nil, err
	}
	var out []Point
	for i := range axes[0].Values {
		p := Point{Index: i}
		for _, a := range axes {
			if len(a.Values) != len(axes[0].Values) {
				return nil, badAxis(a.Key, fmt.Sprintf("%d values, but %s has %d", len(a.Values), axes[0].Key, len(axes[0].Values)), "with --zip all keys need equally many values")
			}
			p.Values = append(p.Values, a.Values[i])
		}
		out = append(out, p)
	}
	return out, nil
}

// distinct says that there are axes, each of another key.
func distinct(axes []Axis) error {
	if len(axes) == 0 {
		return badAxis("", "nothing to vary", "add --vary KEY=VALUES, for example --vary gpu.count=1..8")
	}
	seen := map[string]bool{}
	for _, a := range axes {
		if seen[a.Key] {
			return badAxis(a.Key, "is varied twice", "give all its values in one --vary")
		}
		seen[a.Key] = true
	}
	return nil
}

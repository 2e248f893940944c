package study

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"vsim/sim/scenario"
)

// Axis is a key of a scenario and the values that it takes, in their order, as they stand behind --set KEY=.
type Axis struct {
	Key    string
	Values []string
}

// maxValues is how many values an axis has at most.
const maxValues = 10_000

// ParseAxis reads KEY=VALUES as on a command line: values with commas between them, or whole numbers from..to, both
// included, with a step behind a colon where it is not 1, and with a unit or none. Commas in brackets, braces and quotes belong to a value.
// Errors are *scenario.InputError.
func ParseAxis(text string) (Axis, error) {
	key, list, ok := strings.Cut(text, "=")
	if _, err := scenario.ParseOverride(key + "=x"); !ok || err != nil {
		return Axis{}, badAxis(text, "must be KEY=VALUES", "for example --vary gpu.count=1..8 or --vary pipeline.preprocessing=cpu,gpu")
	}
	if !utf8.ValidString(text) { // a row could not say which it is
		return Axis{}, badAxis(text, "is not UTF-8", "write it in UTF-8")
	}
	a := Axis{Key: strings.TrimSpace(key)}
	for _, part := range split(list) {
		if part = strings.TrimSpace(part); part == "" {
			return Axis{}, badAxis(text, "a value is empty", "write values with one comma between two of them")
		}
		values, err := expand(part)
		if err != nil {
			return Axis{}, badAxis(text, err.Error(), "for example --vary gpu.count=1..8, 1..64:3 or 100/s..900/s:200/s")
		}
		if a.Values = append(a.Values, values...); len(a.Values) > maxValues {
			return Axis{}, badAxis(text, fmt.Sprintf("more than %d values", maxValues), "use a step, from..to:step")
		}
	}
	return a, nil
}

func badAxis(text, rule, remedy string) error {
	return &scenario.InputError{Faults: []scenario.Fault{{File: "--vary", Key: strconv.Quote(text), Rule: rule, Remedy: remedy}}}
}

// split cuts a list at its commas, but not at those in brackets, braces or quotes.
func split(list string) (out []string) {
	depth, quote, from := 0, byte(0), 0
	for i := range len(list) {
		switch c := list[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c == ',' && depth == 0:
			out = append(out, list[from:i])
			from = i + 1
		}
	}
	return append(out, list[from:])
}

// expand writes from..to and from..to:step out; any other value is itself. A unit, as in 1ms..5ms, is that of all numbers.
func expand(value string) ([]string, error) {
	from, rest, ok := strings.Cut(value, "..")
	low, unit, err := whole(from, "")
	if !ok || err != nil {
		return []string{value}, nil
	}
	to, by, stepped := strings.Cut(rest, ":")
	high, unit, err := whole(to, unit)
	if err != nil {
		return nil, fmt.Errorf("%s: the end of a range must be a whole number, with the unit of its start", value)
	}
	step := 1
	if stepped {
		if step, unit, err = whole(by, unit); err != nil || step < 1 {
			return nil, fmt.Errorf("%s: the step must be a whole number above 0, with the unit of the range", value)
		}
	}
	if high < low {
		return nil, fmt.Errorf("%s: the end is below the start", value)
	}
	last := (uint64(high) - uint64(low)) / uint64(step) // as high - low may be too much for an int
	if last >= maxValues {
		return nil, fmt.Errorf("%s: more than %d values", value, maxValues)
	}
	var out []string
	for i := range int(last) + 1 {
		out = append(out, strconv.Itoa(low+i*step)+unit)
	}
	return out, nil
}

// whole reads a whole number with a unit, which may be left out and otherwise is the one so far, where there is one.
func whole(text, soFar string) (n int, unit string, err error) {
	unit = strings.TrimLeft(text, "-0123456789")
	if n, err = strconv.Atoi(strings.TrimSuffix(text, unit)); err != nil {
		return 0, "", err
	}
	if strings.HasPrefix(unit, ".") || unit != "" && soFar != "" && unit != soFar {
		return 0, "", fmt.Errorf("%q has another unit or is not whole", text)
	}
	return n, cmp.Or(unit, soFar), nil
}

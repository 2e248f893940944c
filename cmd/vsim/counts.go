package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// counts is a flag of whole numbers by name, "a=1,b=2". Unlike pflag's own, it refuses a name that comes twice.
type counts map[string]int

// Set adds what one use of the flag says.
func (c *counts) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		name, number, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if !ok || err != nil || name == "" {
			return fmt.Errorf("%q is no name and whole number, such as NAME=3", pair)
		}
		if have, twice := (*c)[name]; twice {
			return fmt.Errorf("%s stands twice, as %d and %d; keep one of them", name, have, n)
		}
		if *c == nil {
			*c = counts{}
		}
		(*c)[name] = n
	}
	return nil
}

// Type is what help calls a value of the flag that names none itself.
func (c *counts) Type() string { return "NAME=N" }

// String is what was said so far, by name; "" for nothing.
func (c *counts) String() string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(*c)) {
		pairs = append(pairs, fmt.Sprintf("%s=%d", name, (*c)[name]))
	}
	return strings.Join(pairs, ",")
}

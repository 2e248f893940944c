package validate

import (
	"slices"

	"vsim/sim/scenario"
)

// overrides change keys of a case's scenario: those of the command line as texts, and then those
// that a validation finds out.
type overrides struct {
	set   []string
	found []scenario.Override
}

// with returns the overrides and one more, which wins.
func (o overrides) with(key string, value any) overrides {
	o.found = append(slices.Clip(o.found), scenario.Override{Key: key, Value: value})
	return o
}

// of reads the scenario of a source with the overrides.
func (o overrides) of(source *scenario.Source) (*scenario.Scenario, error) {
	return source.With(scenario.Options{Set: o.set}, o.found...)
}

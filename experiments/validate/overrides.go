package validate

import (
	"fmt"
	"slices"

	"vsim/sim/scenario"
)

// overrides change keys of a case's scenario. This is the one place that knows how they are written.
type overrides []string

// with returns the overrides and one more, which wins.
func (o overrides) with(key string, value any) overrides {
	return append(slices.Clip(o), fmt.Sprintf("%s=%v", key, value))
}

func (o overrides) options() scenario.Options { return scenario.Options{Set: o} }

package scenario

import (
	"errors"
	"fmt"

	"vsim/sim/engine/random"
)

// Explain gives the rule that an error of the engine stands for, and what to do, in the words of scenarios.
func Explain(err error) (rule, remedy string) {
	var limit *random.LimitError
	if !errors.As(err, &limit) {
		return err.Error(), ""
	}
	const hourNs = 3600e9
	return fmt.Sprintf("makes times of up to %.4g h, and at most %.0f h (208 days) can be simulated", limit.Ns/hourNs, random.MaxNs/hourNs),
		"shorten the time, or raise the rate or bandwidth that it comes from"
}

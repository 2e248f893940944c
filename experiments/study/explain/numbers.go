package explain

import (
	"encoding/json"

	"vsim/sim/engine/stats"
)

// Numbers are what an answer rests on, by name with their units last.
type Numbers map[string]float64

// MarshalJSON writes null for what is no number: a latency that grows without bound.
func (n Numbers) MarshalJSON() ([]byte, error) {
	out := map[string]stats.Number{}
	for name, x := range n {
		out[name] = stats.Number(x)
	}
	return json.Marshal(out)
}

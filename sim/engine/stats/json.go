package stats

import (
	"encoding/json"
	"math"
)

// Number is a float64 that JSON shows as null where it is none, or without bound.
type Number float64

// MarshalJSON writes the number, or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes, null as NaN.
func (n *Number) UnmarshalJSON(text []byte) error {
	*n = Number(math.NaN())
	if string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// intervalJSON is an interval's form in JSON: {"value": 1, "ci95": [0, 2]}.
type intervalJSON struct {
	Value Number    `json:"value"`
	CI95  [2]Number `json:"ci95"`
}

// MarshalJSON writes {"value": 1, "ci95": [0, 2]}, null for what is no number.
func (i Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(intervalJSON{Number(i.Value), [2]Number{Number(i.Low), Number(i.High)}})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Interval) UnmarshalJSON(text []byte) error {
	var j intervalJSON
	err := json.Unmarshal(text, &j)
	*i = Interval{float64(j.Value), float64(j.CI95[0]), float64(j.CI95[1])}
	return err
}

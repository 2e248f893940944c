package predict

import (
	"encoding/json"
	"fmt"
	"math"
)

// number is a float64 that JSON shows as null where it is none.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(n))
}

func (n *number) UnmarshalJSON(text []byte) error {
	*n = number(math.NaN())
	if string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, (*float64)(n))
}

// estimateJSON is an Estimate's form in JSON.
type estimateJSON struct {
	Value number    `json:"value"`
	CI95  [2]number `json:"ci95"`
}

// MarshalJSON writes {"value": 1, "ci95": [0, 2]}, null for what is no number.
func (e Estimate) MarshalJSON() ([]byte, error) { return json.Marshal(e.forJSON()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Estimate) UnmarshalJSON(text []byte) error {
	var j estimateJSON
	err := json.Unmarshal(text, &j)
	*e = Estimate{float64(j.Value), [2]float64{float64(j.CI95[0]), float64(j.CI95[1])}}
	return err
}

func (e Estimate) forJSON() estimateJSON {
	return estimateJSON{number(e.Value), [2]number{number(e.CI95[0]), number(e.CI95[1])}}
}

// field is an estimate that stands in its object as a plain number, "key", with its interval beside it,
// "key_ci95".
type field struct {
	key string
	e   *Estimate
}

// marshalFlat adds fields to the JSON object of head.
func marshalFlat(head any, fields []field) ([]byte, error) {
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	text = text[:len(text)-1]
	for i, f := range fields {
		if i > 0 || len(text) > 1 {
			text = append(text, ',')
		}
		j := f.e.forJSON()
		value, _ := json.Marshal(j.Value) // a number or null
		interval, _ := json.Marshal(j.CI95)
		text = fmt.Appendf(text, `"%s":%s,"%s_ci95":%s`, f.key, value, f.key, interval)
	}
	return append(text, '}'), nil
}

// unmarshalFlat reads what marshalFlat writes. Keys that are not there are NaN.
func unmarshalFlat(text []byte, head any, fields []field) error {
	if err := json.Unmarshal(text, head); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	for _, f := range fields {
		value, interval := number(math.NaN()), [2]number{number(math.NaN()), number(math.NaN())}
		for key, to := range map[string]any{f.key: &value, f.key + "_ci95": &interval} {
			if text, ok := all[key]; ok {
				if err := json.Unmarshal(text, to); err != nil {
					return fmt.Errorf("predict: %s: %w", key, err)
				}
			}
		}
		*f.e = Estimate{float64(value), [2]float64{float64(interval[0]), float64(interval[1])}}
	}
	return nil
}

func (s *Stage) fields() []field {
	return []field{{"visits", &s.Visits}, {"mean_batch", &s.MeanBatch}, {"utilization", &s.Utilization}}
}

func (q *Queue) fields() []field {
	return []field{{"wait_s", &q.WaitS}, {"fill_s", &q.FillS}, {"share", &q.Share}}
}

func (s *Step) fields() []field {
	return []field{{"wait_s", &s.WaitS}, {"alone_s", &s.AloneS}, {"sharing_s", &s.SharingS}, {"share", &s.Share}, {"utilization", &s.Utilization}}
}

func (r *Resource) fields() []field { return []field{{"utilization", &r.Utilization}} }

func (c *Copy) fields() []field { return []field{{"utilization", &c.Utilization}} }

func (e *Energy) fields() []field {
	return []field{{"cpu", &e.CPU}, {"gpu", &e.GPU}, {"other", &e.Other}, {"cpu_idle_share", &e.CPUIdleShare},
		{"gpu_idle_share", &e.GPUIdleShare}, {"other_idle_share", &e.OtherIdleShare}}
}

// plain types have a struct's tags and none of its methods.
type (
	plainStage    Stage
	plainQueue    Queue
	plainStep     Step
	plainResource Resource
	plainCopy     Copy
	plainEnergy   Energy
)

// MarshalJSON of a part of a prediction writes each number with its interval beside it.
func (s Stage) MarshalJSON() ([]byte, error)    { return marshalFlat(plainStage(s), s.fields()) }
func (q Queue) MarshalJSON() ([]byte, error)    { return marshalFlat(plainQueue(q), q.fields()) }
func (s Step) MarshalJSON() ([]byte, error)     { return marshalFlat(plainStep(s), s.fields()) }
func (r Resource) MarshalJSON() ([]byte, error) { return marshalFlat(plainResource(r), r.fields()) }
func (c Copy) MarshalJSON() ([]byte, error)     { return marshalFlat(plainCopy(c), c.fields()) }
func (e Energy) MarshalJSON() ([]byte, error)   { return marshalFlat(plainEnergy(e), e.fields()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Stage) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainStage)(s), s.fields())
}
func (q *Queue) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainQueue)(q), q.fields())
}
func (s *Step) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainStep)(s), s.fields())
}
func (r *Resource) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainResource)(r), r.fields())
}
func (c *Copy) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainCopy)(c), c.fields())
}
func (e *Energy) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainEnergy)(e), e.fields())
}

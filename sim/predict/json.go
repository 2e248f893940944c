package predict

import (
	"encoding/json"
	"fmt"
	"math"

	"vsim/sim/engine/stats"
)

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
		value, _ := json.Marshal(stats.Number(f.e.Value)) // a number or null
		interval, _ := json.Marshal([2]stats.Number{stats.Number(f.e.Low), stats.Number(f.e.High)})
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
		none := stats.Number(math.NaN())
		value, interval := none, [2]stats.Number{none, none}
		for key, to := range map[string]any{f.key: &value, f.key + "_ci95": &interval} {
			if text, ok := all[key]; ok {
				if err := json.Unmarshal(text, to); err != nil {
					return fmt.Errorf("predict: %s: %w", key, err)
				}
			}
		}
		*f.e = Estimate{Value: float64(value), Low: float64(interval[0]), High: float64(interval[1])}
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

func (b *Broker) fields() []field { return []field{{"time_s", &b.TimeS}, {"share", &b.Share}} }

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
	plainBroker   Broker
	plainResource Resource
	plainCopy     Copy
	plainEnergy   Energy
)

// MarshalJSON of a part of a prediction writes each number with its interval beside it.
func (s Stage) MarshalJSON() ([]byte, error)    { return marshalFlat(plainStage(s), s.fields()) }
func (q Queue) MarshalJSON() ([]byte, error)    { return marshalFlat(plainQueue(q), q.fields()) }
func (s Step) MarshalJSON() ([]byte, error)     { return marshalFlat(plainStep(s), s.fields()) }
func (b Broker) MarshalJSON() ([]byte, error)   { return marshalFlat(plainBroker(b), b.fields()) }
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
func (b *Broker) UnmarshalJSON(text []byte) error {
	return unmarshalFlat(text, (*plainBroker)(b), b.fields())
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

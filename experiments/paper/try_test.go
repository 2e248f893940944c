package paper

import (
	"testing"
	"time"
)

func show(t *testing.T, f func() (*Sheet, error)) {
	began := time.Now()
	s, err := f()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Table.Columns)
	for _, r := range s.Table.Rows {
		t.Log(r...)
	}
	for _, o := range s.Outcomes {
		t.Log(o.ID, o.Holds(), o.Why)
		for _, q := range o.Quantities {
			t.Logf("    %-50s paper %-8.4g %.4g [%.4g %.4g] %v", q.Name, q.Paper, q.Predicted, q.Low, q.High, q.Holds)
		}
	}
	for _, n := range s.Notes {
		t.Log(n)
	}
	t.Log(time.Since(began))
}

func TestTry3(t *testing.T) { show(t, func() (*Sheet, error) { return figure3(t.Context(), &Lab{}) }) }
func TestTry5(t *testing.T) { show(t, func() (*Sheet, error) { return figure5(t.Context(), &Lab{}) }) }

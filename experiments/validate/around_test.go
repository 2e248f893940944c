package validate

import (
	"encoding/json"
	"testing"
	"time"

	"vsim/profile/measure/machine"
	"vsim/sim/scenario"
)

// TestRecordsSayHowTheMachineWas around a live run: what was read goes into the line under its own name, and what the system
// does not tell is left out.
func TestRecordsSayHowTheMachineWas(t *testing.T) {
	a := &around{
		began: time.Now(), took: 2 * time.Second, ns: [2]float64{800_000.4, 900_000}, times: fewTimes, mean: 850_000.3,
		state: [2]machine.State{{ClockMHz: 2000}, {ClockMHz: 2100, TemperatureC: 50}},
		use:   machine.Use{Known: true, Others: 0.25, Steal: 0.125, Processors: 2},
	}
	c := &Case{Name: "c", Scenario: &scenario.Scenario{}}
	s, err := newStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(newRecord(s, liveRun{c, 0}, 0, a, nil, nil))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seconds   float64   `json:"seconds"`
		Others    float64   `json:"other_cores"`
		Steal     float64   `json:"steal_cores"`
		Reference []float64 `json:"reference_ns"`
		Within    float64   `json:"reference_within_ns"`
		Clock     []float64 `json:"clock_mhz"`
		Heat      []float64 `json:"temperature_c"`
	}
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	if got.Seconds != 2 || got.Others != 0.25 || got.Steal != 0.125 || len(got.Reference) != 2 || got.Reference[0] != 800_000 || got.Reference[1] != 900_000 || got.Within != 850_000 ||
		len(got.Clock) != 2 || got.Clock[1] != 2100 || got.Heat != nil {
		t.Errorf("%+v from %s", got, line)
	}
}

// TestReferenceJobIsTimedAroundALiveRun, outside its time, and now and then during it; a moment does not tell how fast the machine is.
func TestReferenceJobIsTimedAroundALiveRun(t *testing.T) {
	v := &validation{}
	began := time.Now()
	a := v.lookAround(time.Second)
	time.Sleep(3 * mostOften)
	a.end()
	whole := time.Since(began)
	again := v.lookAround(time.Second)
	again.end()
	if a.times < 1 || !(a.mean > 0 && a.mean < 100*a.ns[0]) || a.within() != 0 || !(a.ns[0] > 0 && a.ns[1] > 0) || a.took > whole-2*referenceSpan || v.reference == nil || again.reference != a.reference {
		t.Errorf("%+v of %v in all", a, whole)
	}
}

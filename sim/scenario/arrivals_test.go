package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"vsim/sim/engine/workload"
)

// minimal is a [workload] table of each process.
var minimal = map[string]string{
	"closed":        "concurrency = 3",
	"poisson":       "rate = '300/s'",
	"gamma":         "arrivals = 'gamma'\nrate = '300/s'",
	"deterministic": "arrivals = 'deterministic'\nrate = '300/s'",
	"renewal":       "gap = '2ms'",
	"mmpp":          "states = [{rate = '100/s', mean_time = '1s'}, {rate = '900/s', mean_time = '1s'}]",
	"piecewise":     "spans = [{for = '1s', rate = '300/s'}]",
	"diurnal":       "rate = '200/s'\npeak = '300/s'",
	"trace":         "file = 'requests.csv'",
	"cameras":       "cameras = 12\nframe_rate = '25/s'",
}

const oneStage = "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\n"

// TestArrivalKinds: the row of each process is enough for the reader, the defaults, the print, the report's note
// and the engine's source.
func TestArrivalKinds(t *testing.T) {
	for _, k := range arrivalKinds {
		text, ok := minimal[k.name]
		if !ok {
			t.Errorf("%s: the test has no example", k.name)
			continue
		}
		s, err := Parse("t.toml", []byte(oneStage+text), Options{})
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		if string(s.Workload.Arrivals) != k.name {
			t.Errorf("%q is read as %s, want %s", text, s.Workload.Arrivals, k.name)
		}
		for _, key := range slices.Concat(k.needs, k.may) {
			if !slices.ContainsFunc(fieldsOf(reflect.TypeFor[Workload]()), func(f field) bool { return f.name == key }) {
				t.Errorf("%s takes %s, which no struct embedded in Workload has", k.name, key)
			}
		}
		again, err := Parse("t.toml", s.TOML(), Options{})
		if err != nil || again.Hash() != s.Hash() {
			t.Errorf("%s: printed and read back: %v\n%s", k.name, err, s.TOML())
		}
		if k.name == "trace" {
			continue // of a file that is not there
		}
		source, err := s.Source()
		if note := s.Traffic(&source); err != nil || !strings.HasSuffix(note, ".") || len(note) < 20 {
			t.Errorf("%s: %q, %v", k.name, note, err)
		}
	}
}

// TestSetChangesTheArrivals: any process becomes any other by --set alone, the process first or its keys first.
func TestSetChangesTheArrivals(t *testing.T) {
	for _, from := range arrivalKinds {
		for _, to := range arrivalKinds {
			var keys []string
			for _, line := range strings.Split(minimal[to.name], "\n") {
				if key, value, _ := strings.Cut(line, " = "); key != "arrivals" {
					keys = append(keys, key+"="+value)
				}
			}
			kind := "workload.arrivals=" + to.name
			for i := range keys {
				keys[i] = "workload." + keys[i]
			}
			for _, sets := range [][]string{append([]string{kind}, keys...), append(slices.Clone(keys), kind)} {
				s, err := Parse("t.toml", []byte(oneStage+minimal[from.name]), Options{Set: sets})
				if err != nil || string(s.Workload.Arrivals) != to.name {
					t.Errorf("%s, --set %q: %v", from.name, sets, err)
				}
			}
		}
	}
}

func TestSetOfArrivalsSaysWhatItNeeds(t *testing.T) {
	for set, want := range map[string]string{
		"workload.arrivals=poisson": `workload.rate: missing; arrivals = "poisson" needs it: add --set 'workload.rate=200/s'`,
		"workload.arrivals=cameras": `add --set 'workload.frame_rate=25/s'`,
		"workload.cameras=9":        `workload.frame_rate: missing; arrivals = "cameras" needs it`,
		"workload.arrivals=possion": `did you mean "poisson"?`,
	} {
		if got := faultsOf(t, oneStage+"concurrency = 4\nthink_time = '1ms'", set); !strings.Contains(got, want) || strings.Contains(got, "concurrency") {
			t.Errorf("--set %s: got %q, want %q", set, got, want)
		}
	}
	// Keys that the new kind takes, too, stay.
	s, err := Parse("t.toml", []byte(oneStage+minimal["gamma"]), Options{Set: []string{"workload.arrivals=deterministic"}})
	if err != nil || s.Workload.Rate != 300 {
		t.Errorf("rate %v, %v", s.Workload.Rate, err)
	}
}

// TestArrivalsMissTheirKeys: each key that a process needs is missed by name, and the reference says who needs it.
func TestArrivalsMissTheirKeys(t *testing.T) {
	keys := keysOf(reflect.TypeFor[Workload](), nil)
	for _, k := range arrivalKinds {
		got := faultsOf(t, oneStage+"arrivals = '"+k.name+"'")
		for _, need := range k.needs {
			if want := "workload." + need + ": missing; arrivals = \"" + k.name + "\" needs it"; !strings.Contains(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			at := slices.IndexFunc(keys, func(key key) bool { return key.name == need })
			if !strings.Contains(keys[at].fallbackOf(), k.name) {
				t.Errorf("the reference says of %s: %s, not that %s needs it", need, keys[at].fallbackOf(), k.name)
			}
		}
	}
}

func TestCameras(t *testing.T) {
	for text, want := range map[string]workload.Cameras{
		"": {Streams: 12, FrameRate: 25, Wander: 0.02},
		"\nphases = 'aligned'\njitter = 0.5\nskip = true": {Streams: 12, FrameRate: 25, Aligned: true, Jitter: 0.5, Skip: true},
		"\nwander = 0.0": {Streams: 12, FrameRate: 25},
	} {
		s, err := Parse("t.toml", []byte(oneStage+minimal["cameras"]+text), Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		source, err := s.Source()
		if got, ok := source.Arrivals.(*workload.Cameras); err != nil || !ok || *got != want {
			t.Errorf("%s: got %+v, %v", text, source.Arrivals, err)
		}
	}
	for text, want := range map[string]string{
		"jitter = 2.0":      "t.toml:7: workload.jitter = 2: must be at most 1",
		"rate = '3/s'":      `t.toml:7: workload.rate: has no effect with arrivals = "cameras"`,
		"phases = 'aligne'": `did you mean "aligned"?`,
	} {
		if _, err := Parse("t.toml", []byte(oneStage+minimal["cameras"]+"\n"+text), Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A day that is too short for the pieces of its curve is told at its own key.
func TestShortDays(t *testing.T) {
	day := oneStage + "arrivals = 'diurnal'\nrate = '100/s'\npeak = '150/s'\nperiod = "
	if got := faultsOf(t, day+"'1ns'"); !strings.Contains(got, ": workload.period = 1ns: must be at least 1ms; a day has 24h") || strings.Contains(got, "workload.rate") {
		t.Errorf("got %q", got)
	}
	if _, err := Parse("t.toml", []byte(day+"'1ms'"), Options{}); err != nil {
		t.Error(err)
	}
}

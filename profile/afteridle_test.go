package profile

import (
	"slices"
	"strings"
	"testing"
)

func rested() *Profile {
	key := func(stage, image, model string, batch int) Key {
		return Key{Stage: stage, Resource: "cpu", Image: image, Model: model, Batch: batch}
	}
	return &Profile{Name: "p", Origin: Measured, AfterIdles: []AfterIdle{
		{Key: key("decode", "medium", "", 0), IdleNs: 2e7, ExtraNs: 2e5, BaseNs: 1e6, N: 9},
		{Key: key("decode", "medium", "", 0), IdleNs: 5e6, ExtraNs: 1e5, BaseNs: 1e6, N: 9},
		{Key: key("infer", "", "a", 1), IdleNs: 5e6, ExtraNs: 3e5, BaseNs: 6e6, N: 9},
	}}
}

// What was measured counts as it is, at every batch; another picture or model takes longer by the same part of its time.
func TestAfterIdleOfWhatWasNotMeasured(t *testing.T) {
	p := rested()
	for _, c := range []struct {
		key  Key
		mean float64
		want []Rest
	}{
		{Key{Stage: "decode", Resource: "cpu", Image: "medium"}, 3e6, []Rest{{5e6, 1e5}, {2e7, 2e5}}},
		{Key{Stage: "decode", Resource: "cpu", Image: "large"}, 4e6, []Rest{{5e6, 4e5}, {2e7, 8e5}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 8, Threads: 2}, 5e7, []Rest{{5e6, 3e5}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "b", Batch: 1}, 12e6, []Rest{{5e6, 6e5}}},
		{Key{Stage: "resize", Resource: "cpu"}, 1e6, nil},
		{Key{Stage: "decode", Resource: "gpu", Image: "medium"}, 1e6, nil},
	} {
		if got := p.AfterIdle(c.key, c.mean); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.key, got, c.want)
		}
	}
}

func TestAfterIdleIsChecked(t *testing.T) {
	for want, spoil := range map[string]func(a *AfterIdle){
		"idle_ns":      func(a *AfterIdle) { a.IdleNs = 0 },
		"n positive":   func(a *AfterIdle) { a.N = 0 },
		"base_ns":      func(a *AfterIdle) { a.BaseNs = -1 },
		"stands twice": func(a *AfterIdle) { a.IdleNs = 2e7 },
	} {
		p := rested()
		spoil(&p.AfterIdles[1])
		p.Entries.AfterIdle = len(p.AfterIdles)
		if faults := strings.Join(p.faults(), "; "); !strings.Contains(faults, want) {
			t.Errorf("want %q in %q", want, faults)
		}
	}
	if faults := strings.Join(rested().faults(), "; "); !strings.Contains(faults, "entries.after_idle = 0 but 3") {
		t.Errorf("tables that are not counted: %q", faults)
	}
}

package profile

import (
	"math"
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

// What was measured counts as it is, at every batch; another picture or model takes longer by the same time.
func TestAfterIdleOfWhatWasNotMeasured(t *testing.T) {
	p := rested()
	for _, c := range []struct {
		key  Key
		mean float64
		want []Rest
	}{
		{Key{Stage: "decode", Resource: "cpu", Image: "medium"}, 3e6, []Rest{{5e6, 1e5}, {2e7, 2e5}}},
		{Key{Stage: "decode", Resource: "cpu", Image: "large"}, 9e7, []Rest{{5e6, 1e5}, {2e7, 2e5}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 8, Threads: 2}, 5e7, []Rest{{5e6, 3e5}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "b", Batch: 1}, 5e7, []Rest{{5e6, 3e5}}},
		{Key{Stage: "resize", Resource: "cpu"}, 1e6, nil},
		{Key{Stage: "decode", Resource: "gpu", Image: "medium"}, 1e6, nil},
	} {
		if got := p.AfterIdle(c.key, c.mean, ""); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.key, got, c.want)
		}
	}
}

func TestAfterIdleIsChecked(t *testing.T) {
	for want, spoil := range map[string]func(a *AfterIdle){
		"idle_ns":      func(a *AfterIdle) { a.IdleNs = -1 },
		"n = 0":        func(a *AfterIdle) { a.N = 0 },
		"base_ns":      func(a *AfterIdle) { a.BaseNs = -1 },
		"extra_ns = ":  func(a *AfterIdle) { a.ExtraNs = -9e18 },
		"extra_ns = N": func(a *AfterIdle) { a.ExtraNs = math.NaN() },
		"two numbers":  func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{math.NaN(), 1} },
		"that ascend":  func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{2, 1} },
		"of at most":   func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{0, 1e30} },
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

// Two batches or thread counts of one model may have been measured after the same pause; the curve has one point there.
func TestAfterIdleOfEqualPauses(t *testing.T) {
	p := rested()
	p.AfterIdles[2].N = 3
	p.AfterIdles = append(p.AfterIdles, []AfterIdle{
		{Key: Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 4}, IdleNs: 5e6, ExtraNs: 7e5, BaseNs: 24e6, N: 1},
		{Key: Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 1, Threads: 2}, IdleNs: 1e6, ExtraNs: 1e5, BaseNs: 6e6, N: 1},
	}...)
	for model, want := range map[string][]Rest{"a": {{1e6, 1e5}, {5e6, 4e5}}, "b": {{1e6, 1e5}, {5e6, 4e5}}} {
		if got := p.AfterIdle(Key{Stage: "infer", Resource: "cpu", Model: model}, 12e6, "c"); !slices.Equal(got, want) {
			t.Errorf("model %s: %v, want %v", model, got, want)
		}
	}
}

// Of several that were measured, the one that takes about as long says how a picture or model does that was not.
func TestAfterIdleOfTheNearest(t *testing.T) {
	p := rested()
	p.AfterIdles = append(p.AfterIdles, AfterIdle{Key: Key{Stage: "decode", Resource: "cpu", Image: "small"}, IdleNs: 5e6, ExtraNs: 4e4, BaseNs: 8e4, N: 9})
	for mean, want := range map[float64][]Rest{1e5: {{5e6, 4e4}}, 9e5: {{5e6, 1e5}, {2e7, 2e5}}, 8e7: {{5e6, 1e5}, {2e7, 2e5}}} {
		if got := p.AfterIdle(Key{Stage: "decode", Resource: "cpu", Image: "other"}, mean, ""); !slices.Equal(got, want) {
			t.Errorf("of %v ns: %v, want %v", mean, got, want)
		}
	}
}

// What a worker does in turn with another model has its own figure, which longer pauses do not.
func TestInTurnWithAnotherModel(t *testing.T) {
	infer := Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 1}
	figure := func(after string, idle, extra float64) AfterIdle {
		return AfterIdle{Key: infer, AfterModel: after, IdleNs: idle, ExtraNs: extra, BaseNs: 1e6, N: 1}
	}
	p := &Profile{AfterIdles: []AfterIdle{figure("", 0, 1e4), figure("b", 0, 3e4), figure("", 5e6, 9e4)}}
	for after, want := range map[string][]Rest{"": {{0, 1e4}, {5e6, 9e4}}, "b": {{0, 3e4}, {5e6, 9e4}}, "c": {{0, 1e4}, {5e6, 9e4}}} {
		if got := p.AfterIdle(infer, 1e6, after); !slices.Equal(got, want) {
			t.Errorf("after %q: %v, want %v", after, got, want)
		}
	}
	for i, want := range []string{"infer a at batch 1 in turn", "infer a at batch 1 in turn with b, after 0 ms", "infer a at batch 1 after 5 ms"} {
		if got := p.AfterIdles[i].Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

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
		{Key{Stage: "decode", Resource: "cpu", Image: "medium"}, 3e6, []Rest{{5e6, 1e5, 0, 0}, {2e7, 2e5, 0, 0}}},
		{Key{Stage: "decode", Resource: "cpu", Image: "large"}, 9e7, []Rest{{5e6, 1e5, 0, 0}, {2e7, 2e5, 0, 0}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "a", Batch: 8, Threads: 2}, 5e7, []Rest{{5e6, 3e5, 0, 0}}},
		{Key{Stage: "infer", Resource: "cpu", Model: "b", Batch: 1}, 5e7, []Rest{{5e6, 3e5, 0, 0}}},
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
		"idle_ns = -1: must be at least 0":                     func(a *AfterIdle) { a.IdleNs = -1 },
		"n = 0: must be at least 1":                            func(a *AfterIdle) { a.N = 0 },
		"base_ns = -1: must be above 0":                        func(a *AfterIdle) { a.BaseNs = -1 },
		"extra_ns = -9e+18: must be":                           func(a *AfterIdle) { a.ExtraNs = -9e18 },
		"extra_ns = NaN: must be a number":                     func(a *AfterIdle) { a.ExtraNs = math.NaN() },
		"extra_ns = -1e+06: must be above":                     func(a *AfterIdle) { a.ExtraNs = -1e6 },
		"next_extra_ns = -1e+15: must be":                      func(a *AfterIdle) { a.NextExtraNs = -1e15 },
		"extra_sd_ns = -1: must be at least 0":                 func(a *AfterIdle) { a.ExtraSDNs = -1 },
		"extra_ci95_ns.0 = NaN: must be":                       func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{math.NaN(), 1} },
		"two numbers that ascend":                              func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{2, 1} },
		"extra_ci95_ns.1 = 1e+30: must be":                     func(a *AfterIdle) { a.ExtraCI95Ns = [2]float64{0, 1e30} },
		"after_batch = -1: must be at":                         func(a *AfterIdle) { a.AfterBatch = -1 },
		"after_idle.1: decode medium after 20 ms stands twice": func(a *AfterIdle) { a.IdleNs = 2e7 },
		`after_idle.1.stage = "": must be n`:                   func(a *AfterIdle) { a.Stage = "" },
	} {
		p := sample()
		p.AfterIdles = rested().AfterIdles
		spoil(&p.AfterIdles[1])
		if _, err := Parse("p.toml", []byte(text(t, p))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in error %v", want, err)
		}
	}
	p := sample()
	p.AfterIdles = rested().AfterIdles
	uncounted := strings.Replace(text(t, p), "after_idle = 3", "after_idle = 0", 1)
	if _, err := Parse("p.toml", []byte(uncounted)); err == nil || !strings.Contains(err.Error(), "entries.after_idle = 0: 3 [[after_idle]] tables follow") {
		t.Errorf("tables that are not counted: error %v", err)
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
	for model, want := range map[string][]Rest{"a": {{1e6, 1e5, 0, 0}, {5e6, 4e5, 0, 0}}, "b": {{1e6, 1e5, 0, 0}, {5e6, 4e5, 0, 0}}} {
		if got := p.AfterIdle(Key{Stage: "infer", Resource: "cpu", Model: model}, 12e6, "c"); !slices.Equal(got, want) {
			t.Errorf("model %s: %v, want %v", model, got, want)
		}
	}
}

// Of several that were measured, the one that takes about as long says how a picture or model does that was not.
func TestAfterIdleOfTheNearest(t *testing.T) {
	p := rested()
	p.AfterIdles = append(p.AfterIdles, AfterIdle{Key: Key{Stage: "decode", Resource: "cpu", Image: "small"}, IdleNs: 5e6, ExtraNs: 4e4, BaseNs: 8e4, N: 9})
	for mean, want := range map[float64][]Rest{1e5: {{5e6, 4e4, 0, 0}}, 9e5: {{5e6, 1e5, 0, 0}, {2e7, 2e5, 0, 0}}, 8e7: {{5e6, 1e5, 0, 0}, {2e7, 2e5, 0, 0}}} {
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
	for after, want := range map[string][]Rest{"": {{0, 1e4, 0, 0}, {5e6, 9e4, 0, 0}}, "b": {{0, 3e4, 0, 0}, {5e6, 9e4, 0, 0}}, "c": {{0, 1e4, 0, 0}, {5e6, 9e4, 0, 0}}} {
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

// What a pause costs is half gone after as much work as the second job in a row says, whatever the pause; of nothing measured, nothing is left.
func TestWhatIsLeftOfAPause(t *testing.T) {
	k := Key{Stage: "infer", Resource: "cpu", Model: "m", Batch: 1, Threads: 1}
	p := &Profile{AfterIdles: []AfterIdle{
		{Key: k, IdleNs: 1e6, ExtraNs: 1e6, NextExtraNs: 0.25e6, BaseNs: 5e6, N: 10},
		{Key: k, IdleNs: 1e7, ExtraNs: 1e6, NextExtraNs: 0.75e6, BaseNs: 5e6, N: 10},
		{Key: k, IdleNs: 0, AfterBatch: 4, ExtraNs: 9e6, NextExtraNs: 1, BaseNs: 5e6, N: 10},
	}}
	if got := p.AfterIdleHalf(k, 5e6); math.Abs(got-6e6) > 1 { // E/2 after 6 ms of work
		t.Errorf("half is left after %v ns, want 6e6", got)
	}
	if rests := p.AfterIdle(k, 5e6, ""); len(rests) != 2 || rests[0].IdleNs != 1e6 {
		t.Errorf("batches of another size among pauses: %+v", rests)
	}
	other := k
	other.Model = "other"
	if got := p.AfterIdleHalf(other, 20e6); math.Abs(got-6e6) > 1 {
		t.Errorf("of a model that was not measured: %v ns", got)
	}
	p.AfterIdles[0].NextExtraNs, p.AfterIdles[1].NextExtraNs = 0, 0
	if got := p.AfterIdleHalf(k, 5e6); got != 0 {
		t.Errorf("not measured: %v ns", got)
	}
	p.AfterIdles[1].NextExtraNs = 5e6 // by chance
	if got := p.AfterIdleHalf(k, 5e6); math.Abs(got-54e6) > 1 {
		t.Errorf("more than all left: half after %v ns, want 54e6", got)
	}
}

// What a batch costs after one of another size is looked up by its own size, of models of which it was measured.
func TestAfterABatchOfAnotherSize(t *testing.T) {
	change := func(model string, batch, after int, base, extra float64) AfterIdle {
		return AfterIdle{Key: Key{Stage: "infer", Resource: "cpu", Model: model, Batch: batch, Threads: 1}, AfterBatch: after, ExtraNs: extra, BaseNs: base, N: 5}
	}
	p := &Profile{AfterIdles: []AfterIdle{change("m", 4, 1, 20e6, 3e5), change("m", 1, 4, 5e6, 1e6), change("slow", 1, 4, 50e6, 2e6)}}
	for model, want := range map[string][]float64{"m": {1e6, 3e5}, "slow": {2e6}, "other": nil} {
		batches, extras := p.AfterChange(Key{Stage: "infer", Resource: "cpu", Model: model})
		if !slices.Equal(extras, want) || len(batches) > 0 && batches[0] != 1 {
			t.Errorf("%s: %v at %v, want %v", model, extras, batches, want)
		}
	}
	if batches, _ := p.AfterChange(Key{Stage: "decode", Resource: "cpu"}); batches != nil {
		t.Errorf("decode: %v", batches)
	}
}

// What waking up costs is apart from pauses in which nobody worked, and counts for pictures that were not measured, too.
func TestOnWake(t *testing.T) {
	decode := Key{Stage: "decode", Resource: "cpu", Image: "medium"}
	p := rested()
	for _, idle := range []float64{4e6, 0} {
		p.AfterIdles = append(p.AfterIdles, AfterIdle{Key: decode, BesideStage: "infer", IdleNs: idle, ExtraNs: 3e5 + idle, ExtraSDNs: 9e5, BaseNs: 1e6, N: 5})
	}
	if got := p.AfterIdle(decode, 1e6, ""); len(got) != 2 || got[0].IdleNs != 5e6 {
		t.Errorf("waking up among pauses: %v", got)
	}
	want := []Rest{{0, 3e5, 9e5, 0}, {4e6, 43e5, 9e5, 0}}
	for _, image := range []string{"medium", "large"} {
		if got := p.OnWake(Key{Stage: "decode", Resource: "cpu", Image: image}, 1e6, "infer"); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", image, got, want)
		}
	}
	if got := p.OnWake(Key{Stage: "infer", Resource: "cpu", Model: "a"}, 1e6, "infer"); got != nil {
		t.Errorf("of nothing: %v", got)
	}
	for i, want := range []string{"decode medium after 4 ms beside infer", "decode medium while infer is woken"} {
		if got := p.AfterIdles[3+i].Label(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

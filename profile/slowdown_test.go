package profile

import (
	"math"
	"strings"
	"testing"
)

// at looks a slow-down up beside one neighbour.
func at(all []Slowdown, batch, beside int, neighbours float64) float64 {
	return factorAt(CurveAt(all, batch, beside), neighbours)
}

// TestSlowdownBetweenBatches: as measured at measured batches, linear in the logarithm between them, the nearest outside.
func TestSlowdownBetweenBatches(t *testing.T) {
	all := []Slowdown{{1, 1, 1, 1.2}, {1, 64, 1, 3}, {64, 1, 1, 1.1}, {64, 64, 1, 1.8}, {64, 64, 3, 3.8}}
	for _, c := range []struct {
		batch, beside int
		neighbours    float64
		want          float64
	}{
		{1, 1, 1, 1.2}, {1, 64, 1, 3}, {64, 1, 1, 1.1}, {64, 64, 1, 1.8}, {64, 64, 2, 2.8}, {64, 64, 9, 3.8}, {1, 1, 0.5, 1.1},
		{1, 8, 1, (1.2 + 3) / 2}, {8, 1, 1, (1.2 + 1.1) / 2}, {8, 8, 1, (1.2 + 3 + 1.1 + 1.8) / 4}, {2, 1, 1, 1.2 - 0.1/6},
		{256, 256, 1, 1.8}, {64, 1, 3, 1.1}, {64, 8, 3, (1.1 + 3.8) / 2},
	} {
		if got := at(all, c.batch, c.beside, c.neighbours); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("batch %d beside %g of %d: %v, want %v", c.batch, c.neighbours, c.beside, got, c.want)
		}
	}
	if got := at([]Slowdown{{0, 0, 1, 1.5}}, 8, 64, 1); got != 1.5 {
		t.Errorf("without batches the slow-down is %v, want 1.5 at any", got)
	}
	if CurveAt(nil, 1, 1) != nil {
		t.Error("a curve of nothing")
	}
}

// TestSlowdownsOfAProfile: the model's own count before the first that was measured; figures that tell a batch before
// those that do not; doubtful ones not at all.
func TestSlowdownsOfAProfile(t *testing.T) {
	infer := func(model string, batch int, slowdown float64, ci ...float64) Contention {
		c := Contention{Resource: "gpu", Stage: "infer", Batch: batch, Beside: "infer", BesideBatch: batch, Model: model, Neighbours: 1, Slowdown: slowdown, N: 1}
		copy(c.SlowdownCI95[:], ci)
		return c
	}
	p := &Profile{Contention: []Contention{infer("a", 8, 1.4), infer("b", 8, 1.6), infer("a", 64, 1.8), infer("a", 16, 151, -194, 497), infer("c", 0, 1.1), infer("c", 4, 1.2)}}
	for model, want := range map[string][]Slowdown{
		"a": {{8, 8, 1, 1.4}, {64, 64, 1, 1.8}}, "b": {{8, 8, 1, 1.6}}, "c": {{4, 4, 1, 1.2}}, "x": {{8, 8, 1, 1.4}, {64, 64, 1, 1.8}},
	} {
		got := p.Slowdowns("gpu", "infer", "infer", model)
		if len(got) != len(want) {
			t.Errorf("model %s: %v, want %v", model, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("model %s: %v, want %v", model, got, want)
			}
		}
	}
	if got := p.Slowdowns("gpu", "decode", "infer", "a"); got != nil {
		t.Errorf("decode beside infer: %v", got)
	}
	if doubts := p.Doubts("gpu"); len(doubts) != 1 || doubts[0].Label() != "infer (batch 16) beside 1 infer (batch 16)" {
		t.Errorf("doubts %+v", doubts)
	}
}

// TestSharperSlowdown: sound before doubtful, known before unknown interval, narrow before wide.
func TestSharperSlowdown(t *testing.T) {
	order := []Contention{
		{Slowdown: 2, SlowdownCI95: [2]float64{1.99, 2.01}}, {Slowdown: 1, SlowdownCI95: [2]float64{0.99, 1.01}}, {Slowdown: 1.2, SlowdownCI95: [2]float64{0.8, 1.9}},
		{Slowdown: 1.3}, {Slowdown: 6.6, SlowdownCI95: [2]float64{-7.7, 21}}, {Slowdown: 151, SlowdownCI95: [2]float64{-194, 497}},
	}
	for i := range order {
		for j := range order {
			if got := order[i].Sharper(&order[j]); got != (i < j) {
				t.Errorf("%+v sharper than %+v: %v", order[i], order[j], got)
			}
		}
	}
}

// TestBatchesAreWritten: batches and model of a slow-down survive the file, and one that stands twice is refused.
func TestBatchesAreWritten(t *testing.T) {
	p := gpuSample()
	p.Contention[0].Batch, p.Contention[0].BesideBatch, p.Contention[0].Model = 8, 64, "m"
	back, err := Parse("p.toml", []byte(text(t, p)))
	if err != nil || !back.Contention[0].Same(&p.Contention[0]) {
		t.Fatalf("%v, %+v", err, back)
	}
	p.Contention = append(p.Contention, p.Contention[0])
	if _, err := Parse("p.toml", []byte(text(t, p))); err == nil || !strings.Contains(err.Error(), "contention.1: contention of infer (batch 8) beside 1 infer (batch 64) on gpu stands twice") {
		t.Errorf("error %v", err)
	}
}

// TestSlowdownsOfOneCore: what jobs lose that have a core in turn is another figure than what they lose beside each other on two.
func TestSlowdownsOfOneCore(t *testing.T) {
	beside := Contention{Resource: "cpu", Stage: "infer", Batch: 4, Beside: "infer", BesideBatch: 4, Model: "m", Neighbours: 1, Slowdown: 1.02, N: 9}
	turns := beside
	turns.SameCore, turns.Slowdown = true, 1.07
	p := &Profile{Contention: []Contention{beside, turns}}
	for _, c := range []struct {
		got  []Slowdown
		want float64
	}{{p.Slowdowns("cpu", "infer", "infer", "m"), 1.02}, {p.InTurn("cpu", "infer", "infer", "m"), 1.07}} {
		if len(c.got) != 1 || c.got[0].Factor != c.want {
			t.Errorf("%+v, want one of %v", c.got, c.want)
		}
	}
	if beside.Same(&turns) || turns.Label() != "infer (batch 4) in turn with infer (batch 4) on a core" {
		t.Errorf("%q is the same: %v", turns.Label(), beside.Same(&turns))
	}
}

package compile

import (
	"math"
	"strings"
	"testing"

	"vsim/profile"
)

// onGPU is a profile of a GPU whose inferences were put beside each other at two batches.
func onGPU(contention ...profile.Contention) *profile.Profile {
	p := &profile.Profile{Schema: profile.Schema, Name: "card", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	for _, batch := range []int{1, 64} {
		p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: "m", Batch: batch}, N: 1000, MeanNs: 1e6 * float64(batch),
			Probabilities: []float64{0, 1}, QuantilesNs: []float64{5e5 * float64(batch), 2e6 * float64(batch)}})
	}
	for _, c := range contention {
		c.Resource, c.Stage, c.Beside, c.Neighbours, c.N = "gpu", "infer", "infer", 1, 9
		p.Contention = append(p.Contention, c)
	}
	return p
}

// twoInstances of a network in batches up to a size, on one GPU.
func twoInstances(maxBatch, instances string) string {
	return "[[resource]]\nname = 'gpu'\ntype = 'gpu'\ncapacity = 1\n[[stage]]\nname = 'instance'\nworkers = " + instances + "\nmax_batch = " + maxBatch +
		"\nsteps = [{name = 'infer', resource = 'gpu', service = {profile_stage = 'infer', model = 'm'}}]\n[workload]\nconcurrency = 8\n"
}

// excessAt is what a job of one batch pays beside one of another.
func excessAt(t *testing.T, b *Built, batch, beside int) float64 {
	t.Helper()
	step, r := &b.System.Pools[0].Steps[0], &b.System.Resources[0]
	kind := func(n int) int {
		if step.Kinds == nil {
			return step.Kind
		}
		return step.Kinds[n-1]
	}
	c := r.Excess[kind(batch)][kind(beside)]
	if len(c) != 1 || c[0].Neighbours != 1 {
		t.Fatalf("curve %+v", c)
	}
	return c[0].Excess
}

// TestSlowdownByBatch: measured at two batches, the simulator has them there, between them what lies between them in the
// logarithm, and outside the nearest, of which a warning tells.
func TestSlowdownByBatch(t *testing.T) {
	measured := onGPU(profile.Contention{Batch: 1, BesideBatch: 1, Model: "m", Slowdown: 1.2}, profile.Contention{Batch: 1, BesideBatch: 32, Model: "m", Slowdown: 2},
		profile.Contention{Batch: 32, BesideBatch: 1, Model: "m", Slowdown: 1.1}, profile.Contention{Batch: 32, BesideBatch: 32, Model: "m", Slowdown: 1.9})
	b := mustBuild(t, twoInstances("64", "2"), FromProfile(measured, nil))
	for _, c := range []struct {
		batch, beside int
		want          float64
	}{{1, 1, 0.2}, {1, 32, 1}, {32, 1, 0.1}, {32, 32, 0.9}, {64, 64, 0.9}, {64, 1, 0.1}, {1, 8, 0.2 + 0.8*0.6}} {
		if got := excessAt(t, b, c.batch, c.beside); math.Abs(got-c.want) > 0.1 || c.batch != 8 && c.beside != 8 && math.Abs(got-c.want) > 1e-9 {
			t.Errorf("batch %d beside %d: %v, want %v", c.batch, c.beside, got, c.want)
		}
	}
	if n := len(b.System.Resources[0].Kinds); n != maxSizes {
		t.Errorf("%d kinds of jobs, want %d", n, maxSizes)
	}
	if w := strings.Join(b.Warnings, "\n"); !strings.Contains(w, "gpu: slow-downs at batches that are not known are those at the nearest: infer, known at batch 1 and 32, run at 1 to 64") {
		t.Errorf("warnings:\n%s", w)
	}
	small := mustBuild(t, twoInstances("4", "2"), FromProfile(measured, nil))
	if got := excessAt(t, small, 4, 1); math.Abs(got-(0.2-0.1*0.4)) > 1e-9 { // a kind for every size: log 4 / log 32 = 0.4
		t.Errorf("batch 4 beside 1: %v", got)
	}
	if w := strings.Join(small.Warnings, "\n"); strings.Contains(w, "slow-downs") {
		t.Errorf("all batches lie within the known ones, and yet:\n%s", w)
	}
}

// TestSlowdownsWithoutBatches mean what they mean today: one kind of jobs, one curve, no warning.
func TestSlowdownsWithoutBatches(t *testing.T) {
	b := mustBuild(t, twoInstances("64", "2"), FromProfile(onGPU(profile.Contention{Slowdown: 1.4}), nil))
	if len(b.System.Resources[0].Kinds) != 1 || math.Abs(excessAt(t, b, 8, 64)-0.4) > 1e-12 || strings.Contains(strings.Join(b.Warnings, "\n"), "slow-down") {
		t.Errorf("kinds %+v, warnings %q", b.System.Resources[0].Kinds, b.Warnings)
	}
}

// TestDoubtfulSlowdownIsNotSimulated: its pair shares the GPU equally, and a warning says which figure it was.
func TestDoubtfulSlowdownIsNotSimulated(t *testing.T) {
	p := FromProfile(onGPU(profile.Contention{Slowdown: 151.6, SlowdownCI95: [2]float64{-194, 497}}, profile.Contention{Model: "other", Batch: 3, Slowdown: 99, SlowdownCI95: [2]float64{-1, 200}},
		profile.Contention{Model: "m", Batch: 3, Slowdown: 6.6, SlowdownCI95: [2]float64{-7.7, 21}}), nil)
	b := mustBuild(t, twoInstances("4", "2"), p)
	if b.System.Resources[0].Excess != nil || b.System.Resources[0].Capacity != 1 {
		t.Errorf("resource %+v", b.System.Resources[0])
	}
	if w := strings.Join(b.Warnings, "\n"); !strings.Contains(w, "wider than themselves are left out: infer beside 1 infer (measured as 152, 95 % interval -194 to 497), infer (batch 3) beside 1 infer (measured as 6.6, 95 % interval -7.7 to 21); measure") {
		t.Errorf("warnings:\n%s", w)
	}
}

// TestEqualSharingIsSaid: of several instances on a GPU of which nothing is known, and of nobody else.
func TestEqualSharingIsSaid(t *testing.T) {
	for text, want := range map[string]bool{
		twoInstances("4", "2"): true, twoInstances("4", "1"): false,
		strings.Replace(twoInstances("4", "2"), "capacity = 1", "capacity = 1\nslowdown = {neighbours = [1], factors = [1.25]}", 1): false,
	} {
		w := strings.Join(mustBuild(t, text, FromProfile(onGPU(), nil)).Warnings, "\n")
		if got := strings.Contains(w, "assumed is equal sharing") && strings.Contains(w, "resource.gpu.slowdown = {neighbours = [1], factors = [1.25]}"); got != want {
			t.Errorf("%s: warnings:\n%s", text, w)
		}
	}
	preset := "hardware = '1gpu-rtx4090'\n[inference]\ninstances = 2\n"
	if w := strings.Join(mustBuild(t, preset, embedded(t, preset)).Warnings, "\n"); !strings.Contains(w, "say gpu.slowdown = {") {
		t.Errorf("warnings:\n%s", w)
	}
}

// TestWrittenSlowdownsByBatch: the general language has them, too, and a preset's key; a mix of both kinds is refused.
func TestWrittenSlowdownsByBatch(t *testing.T) {
	list := "slowdown = [{batch = 1, neighbours = [1], factors = [1.33]}, {batch = 4, neighbours = [1], factors = [1.88]}]"
	b := mustBuild(t, strings.Replace(twoInstances("4", "2"), "capacity = 1", "capacity = 1\n"+list, 1), FromProfile(onGPU(), nil))
	for batch, want := range map[int]float64{1: 0.33, 2: (0.33 + 0.88) / 2, 4: 0.88} {
		if got := excessAt(t, b, batch, 1); math.Abs(got-want) > 1e-9 {
			t.Errorf("batch %d: %v, want %v", batch, got, want)
		}
	}
}

// TestTurnsOfAProfile: what jobs cost each other on one core is simulated where workers may share one, by pairs, and not where each has its own.
func TestTurnsOfAProfile(t *testing.T) {
	p := &profile.Profile{Schema: profile.Schema, Name: "cpu", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	for _, key := range []profile.Key{{Stage: "decode", Resource: "cpu", Image: "medium"}, {Stage: "infer", Resource: "cpu", Model: "m", Batch: 1, Threads: 1}} {
		p.Services = append(p.Services, profile.Service{Key: key, N: 1000, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{5e5, 2e6}})
	}
	p.Contention = append(p.Contention, profile.Contention{Resource: "cpu", Stage: "infer", Beside: "decode", Neighbours: 1, SameCore: true, Slowdown: 1.07, N: 9},
		profile.Contention{Resource: "cpu", Stage: "decode", Beside: "infer", Neighbours: 1, SameCore: true, Slowdown: 1.02, N: 9})
	const text = "[[resource]]\nname = 'cpu'\ntype = 'cpu'\ncapacity = 2\n[workload]\nconcurrency = 4\n" +
		"[[stage]]\nname = 'a'\nworkers = %WORKERS\nsteps = [{name = 'decode', resource = 'cpu', each = true, service = {profile_stage = 'decode', image = 'medium'}}]\n" +
		"[[stage]]\nname = 'b'\nworkers = 1\nsteps = [{name = 'infer', resource = 'cpu', service = {profile_stage = 'infer', model = 'm', threads = 1}}]\n"
	shared := mustBuild(t, strings.ReplaceAll(text, "%WORKERS", "2"), FromProfile(p, nil)).System.Resources[0]
	if got := shared.Turns; len(got) != 2 || math.Abs(got[0][1]-0.02) > 1e-12 || math.Abs(got[1][0]-0.07) > 1e-12 || got[0][0] != 0 {
		t.Errorf("turns %v of %+v", got, shared.Kinds)
	}
	if own := mustBuild(t, strings.ReplaceAll(text, "%WORKERS", "1"), FromProfile(p, nil)).System.Resources[0]; own.Turns != nil || own.PerCore {
		t.Errorf("with a core each: turns %v", own.Turns)
	}
}

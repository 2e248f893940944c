package compile

import (
	"math"
	"testing"

	"vsim/profile"
	"vsim/sim/engine"
)

// TestSpellsOfTheProfileAreSimulated: what jobs have in common by the profile's bursts is in the factor of a step, and no longer in what each draws by itself; both together are what was measured.
func TestSpellsOfTheProfileAreSimulated(t *testing.T) {
	p := measured()
	inference := func() engine.Step {
		return step(t, pool(t, mustBuild(t, cpuScenario, FromProfile(p, nil)).System, "inference"), "infer")
	}
	before := inference()
	if before.Spells != nil {
		t.Fatal("spells of which the profile tells nothing")
	}
	const between = 0.06
	for i := range p.Services {
		s := &p.Services[i]
		if s.Stage != "infer" {
			continue
		}
		s.N, s.SDNs, s.BurstMeansNs, s.BurstN = 1000, 0.2*s.MeanNs, nil, nil
		for k := range 20 {
			s.BurstMeansNs, s.BurstN = append(s.BurstMeansNs, s.MeanNs*(1+between*float64(2*(k%2)-1))), append(s.BurstN, 50)
		}
	}
	after := inference()
	if after.Spells == nil || after.Spells.Lasts.Mean() < 0.99*float64(profile.SpellMean) || after.Spells.Lasts.Mean() > 1.01*float64(profile.SpellMean) {
		t.Fatalf("spells %v", after.Spells)
	}
	// The component between 20 bursts of 50 samples: their variance, of 19 degrees of freedom, less a fiftieth of that within.
	variance := between*between*20/19 - 0.2*0.2/50
	var sum, inverse, squares float64
	const n = 10_000
	for i := range n {
		f := after.Spells.Factor.At((float64(i)+0.5)/n) / engine.VariesUnit
		sum, inverse, squares = sum+f/n, inverse+1/f/n, squares+f*f/n
	}
	if got := squares/sum/sum - 1; math.Abs(got-variance) > 0.05*variance {
		t.Errorf("factors vary by %v, want %v", got, variance)
	}
	if math.Abs(1/inverse-1) > 1e-3 {
		t.Errorf("the mean factor of jobs is %v", 1/inverse)
	}
	for size, s := range after.Service.At[0] {
		was := before.Service.At[0][size]
		if math.Abs(s.Mean()/was.Mean()-1) > 1e-3 {
			t.Errorf("batch %d: mean %v, was %v", size+1, s.Mean(), was.Mean())
		}
		if width, old := s.At(0.9)-s.At(0.1), was.At(0.9)-was.At(0.1); width > old || old > 0 && width == old {
			t.Errorf("batch %d: from the tenth to the ninetieth percentile %v ns, was %v", size+1, width, old)
		}
	}
}

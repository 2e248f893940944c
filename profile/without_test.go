package profile

import "testing"

// What one profile has beside another can be merged with it: nothing is lost and nothing stands twice.
func TestWithoutLeavesWhatTheOtherLacks(t *testing.T) {
	a, b := gpuSample(), gpuSample()
	eight := b.Services[0]
	eight.Batch = 8
	b.Services = append(b.Services, eight)
	b.Contention[0].Neighbours = 2
	b.Energy = append(b.Energy, Energy{Key: Key{Stage: "infer", Resource: "gpu", Model: "m", Batch: 8}, Watts: 300, SpanS: 1})
	b.Footprints[0].Of = "instance"
	rest := b.Without(a)
	if rest.Figures() != 4 || rest.Services[0].Batch != 8 || rest.Contention[0].Neighbours != 2 || rest.Energy[0].Batch != 8 || rest.Footprints[0].Of != "instance" {
		t.Errorf("left %+v", rest)
	}
	p, err := Merge(a, rest)
	if err != nil || p.Figures() != 8 {
		t.Errorf("%v, %+v", err, p)
	}
	if b.Figures() != 6 || b.Services[0].Batch != 4 {
		t.Errorf("the profile itself was changed: %+v", b)
	}
	if rest := a.Without(a); rest.Figures() != 0 {
		t.Errorf("a profile has %+v beside itself", rest)
	}
}

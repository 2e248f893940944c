package validate

import (
	"context"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/measure"
)

// side is a CPU or a GPU of which some stages are measured.
type side struct{ stages []string }

func (s side) Points() (out []*measure.Point) {
	for _, stage := range s.stages {
		key := profile.Key{Stage: stage, Resource: "cpu", Model: "resnet50"}
		out = append(out, &measure.Point{Name: stage, Chain: &measure.Chain{Keys: []profile.Key{key}, Job: func(b *measure.Burst) error {
			b.Keep(0, 1000)
			return nil
		}}})
	}
	return out
}
func (side) Disturbed() (string, error)   { return "", nil }
func (side) Finish(context.Context) error { return nil }
func (side) Alive() error                 { return nil }
func (side) LeftOut() []string            { return nil }
func (side) Close()                       {}
func (side) Describe(*profile.Profile)    {}

// A model that runs on the CPU and on the GPU has its copying and postprocessing measured by both benches; one counts.
func TestWhatBothSidesMeasureCountsOnce(t *testing.T) {
	var both benches
	for _, s := range []side{{[]string{"decode", "copy"}}, {[]string{"copy", "infer-host"}}} {
		b, err := measure.Open(t.Context(), measure.Options{Burst: time.Microsecond}, func() (measure.Target, error) { return s, nil })
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, b)
	}
	defer both.close()
	for both.unmeasured() {
		if err := both.slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	p, err := both.profile()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) != 3 {
		t.Errorf("%d services, want decode, copy and infer-host once each: %+v", len(p.Services), p.Services)
	}
}

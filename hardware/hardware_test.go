package hardware

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vsim/profile"
)

func TestEmbeddedNames(t *testing.T) {
	for _, want := range []string{"1gpu-rtx4090", "2cpu", "8gpu"} { // beside those that make gpu-results lands
		if got := Machines(); !slices.Contains(got, want) {
			t.Errorf("machines: %v, without %s", got, want)
		}
	}
	if _, ok := Machine("no-such"); ok {
		t.Error("a machine that is not embedded was found")
	}
	if _, ok := Machine("../hardware/8gpu"); ok {
		t.Error("a path was taken for a name")
	}
}

func load(t *testing.T, name string) *profile.Profile {
	t.Helper()
	text, ok := Profile(name)
	if !ok {
		t.Fatalf("profile %s is not embedded", name)
	}
	p, err := profile.Parse(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A profile is called by what it is: published, each figure with its source, or measured, on a real machine that it
// names.
func TestEmbeddedProfilesSayWhereTheyAreFrom(t *testing.T) {
	for _, name := range Profiles() {
		p := load(t, name)
		if p.Name != name || !strings.HasSuffix(name, "-"+string(p.Origin)) {
			t.Errorf("%s calls itself %q, %s", name, p.Name, p.Origin)
		}
		if v := p.Provenance; p.Origin == profile.Measured && (v.GPU == "" || v.CPU == "" || v.Command == "" || strings.Contains(v.GPU, "fake")) {
			t.Errorf("%s does not say on what it was measured: %+v", name, v)
		}
		for _, s := range p.Services {
			if p.Origin == profile.Published && s.Source == "" {
				t.Errorf("%s: %+v has no source", name, s.Key)
			}
		}
	}
}

func mean(t *testing.T, p *profile.Profile, k profile.Key) float64 {
	t.Helper()
	s := p.Find(k)
	if s == nil {
		t.Fatal(p.Missing(k))
	}
	return s.MeanNs
}

// The figures of the RTX 4090 profile follow from the published ones by the rules in its notes.
func TestRTX4090FiguresFollowFromTheirSources(t *testing.T) {
	p := load(t, "rtx4090-published")
	fixed := a100FixedNs()
	for model, imagesPerS := range map[string]float64{ // timm, compiled, batch 256
		"vit-base": 3345.67, "resnet50": 8237.46, "resnet50-fp16": 8237.46, "tinyvit-5m": 11858.98, "mobilenetv2": 18995.91, "deit-tiny": 24312.15,
	} {
		full := 256e9 / imagesPerS
		check(t, model+" at 256", mean(t, p, profile.Key{Stage: "infer", Resource: "gpu", Model: model, Batch: 256}), full)
		check(t, model+" at 1", mean(t, p, profile.Key{Stage: "infer", Resource: "gpu", Model: model, Batch: 1}), fixed+(full-fixed)/255)
	}
	for image, pixels := range map[string]float64{"small": 60 * 70, "medium": 500 * 375, "large": 3564 * 2880} {
		check(t, "decode "+image, mean(t, p, profile.Key{Stage: "decode", Resource: "gpu", Image: image}), 6e3+pixels/(551*676)*1e9/1743)
		check(t, "resize "+image, mean(t, p, profile.Key{Stage: "resize", Resource: "gpu", Image: image}), 6e3+(3*pixels+4*3*224*224)/1008)
	}
}

func TestCPUFiguresFollowFromTheirSources(t *testing.T) {
	p := load(t, "x86-core-published")
	for image, pixels := range map[string]float64{"small": 60 * 70, "medium": 500 * 375, "large": 3564 * 2880} {
		check(t, "decode "+image, mean(t, p, profile.Key{Stage: "decode", Resource: "cpu", Image: image}), pixels/(500*375)*1e9/700)
		check(t, "resize "+image, mean(t, p, profile.Key{Stage: "resize", Resource: "cpu", Image: image}),
			(pixels+224*224)/(4928*3279+852*567)*8.33e6)
	}
}

// a100FixedNs is the intercept of the least-squares line through the mean round trips of ResNet-50 on an
// A100 by batch size (NVIDIA DeepLearningExamples, Triton, TensorRT FP16).
func a100FixedNs() float64 {
	batch, ns := []float64{1, 2, 4, 8, 16}, []float64{2.128e6, 2.194e6, 2.759e6, 3.895e6, 5.793e6}
	var mb, mn, sbn, sbb float64
	for i := range batch {
		mb += batch[i] / 5
		mn += ns[i] / 5
	}
	for i := range batch {
		sbn += (batch[i] - mb) * (ns[i] - mn)
		sbb += (batch[i] - mb) * (batch[i] - mb)
	}
	return mn - sbn/sbb*mb
}

// check allows for the profile's rounding of the fixed cost to 1 us and of times to 1 ns.
func check(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e3 {
		t.Errorf("%s: %.0f ns, but its source gives %.0f ns", what, got, want)
	}
}

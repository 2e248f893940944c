package model

import (
	"strings"
	"testing"
)

func TestSplitPrecision(t *testing.T) {
	for name, want := range map[string]struct {
		network string
		p       Precision
	}{"vit-base": {"vit-base", FP32}, "vit-base-tf32": {"vit-base", TF32}, "vit-base-fp16": {"vit-base", FP16}, "fp16": {"fp16", FP32}} {
		if network, p := SplitPrecision(name); network != want.network || p != want.p {
			t.Errorf("%s: %s, %s", name, network, p)
		}
	}
}

// All precisions share one weight file, and TF32 is a way to run the FP32 graph.
func TestPrecisionsShareTheWeights(t *testing.T) {
	files := map[string]*Files{}
	for _, name := range []string{small, small + "-tf32", small + "-fp16"} {
		f, err := ONNX(name, 1)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
		if f.Weights != small+"-seed1.weights" || !strings.Contains(string(f.GraphBytes()), f.Weights) {
			t.Errorf("%s: weights in %s, which its graph must name", name, f.Weights)
		}
	}
	if f := files[small]; f.Graph != files[small+"-tf32"].Graph || f.Graph == files[small+"-fp16"].Graph {
		t.Errorf("graphs %s, %s and %s", f.Graph, files[small+"-tf32"].Graph, files[small+"-fp16"].Graph)
	}
	if _, err := ONNX("resnet-fp16", 1); err == nil || !strings.Contains(err.Error(), "resnet50") {
		t.Errorf("error %v", err)
	}
}

// In an FP16 graph every float32 constant but Resize's scales goes into a cast and nowhere else, and every value is made once
// and before it is used.
func TestHalfGraphComputesInHalf(t *testing.T) {
	for i := range entries {
		g := decode(t, entries[i].build(entries[i].input).encode("m", "w", true)).children(t, 7)[0]
		made := map[string]bool{InputName: true}
		for _, w := range g.children(t, 5) {
			name, isFloat := w.text(8), w[2][0] == uint64(dataTypeFloat)
			if exact := strings.HasPrefix(name, "scales_"); exact && isFloat {
				made[name] = true
				continue
			}
			if strings.HasSuffix(name, storedSuffix) != isFloat {
				t.Errorf("%s: constant %s of type %v", entries[i].name, name, w[2][0])
			}
			made[name] = true
		}
		for _, n := range g.children(t, 1) {
			for at, in := range n.texts(1) {
				if strings.HasPrefix(in, "scales_") && n.text(4) != "Resize" {
					t.Errorf("%s: %s reads the float32 constant %s", entries[i].name, n.text(3), in)
				}
				if absent(n, at) {
					continue
				}
				if !made[in] || strings.HasSuffix(in, storedSuffix) && n.text(4) != "Cast" {
					t.Errorf("%s: %s reads %q", entries[i].name, n.text(3), in)
				}
			}
			for _, out := range n.texts(2) {
				if made[out] {
					t.Errorf("%s: %s makes %q again", entries[i].name, n.text(3), out)
				}
				made[out] = true
			}
		}
		input := g.children(t, 11)[0].children(t, 2)[0].children(t, 1)[0]
		if input[1][0] != uint64(dataTypeFloat16) || !made[specs()[i].Task.OutputName()] {
			t.Errorf("%s: input type %v", entries[i].name, input[1][0])
		}
	}
}

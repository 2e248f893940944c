package model

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCountsAgreeWithPublished(t *testing.T) {
	for _, s := range Catalogue() {
		if off := float64(s.Params)/1e6/s.Published.ParamsM - 1; math.Abs(off) > 0.005 {
			t.Errorf("%s: %d parameters, published %.2f M (%s): off by %.2f %%, allowed 0.5",
				s.Name, s.Params, s.Published.ParamsM, s.Published.Source, 100*off)
		}
		if off := float64(s.MACs)/1e9/s.Published.GMACs - 1; math.Abs(off) > 0.03 {
			t.Errorf("%s: %d MACs, published %.2f G (%s): off by %.2f %%, allowed 3",
				s.Name, s.MACs, s.Published.GMACs, s.Published.Source, 100*off)
		}
	}
}

// Where the literature has every digit, every digit must agree.
func TestParametersAgreeExactly(t *testing.T) {
	for name, want := range map[string]int64{
		"resnet50":    25557032, // num_params of torchvision's ResNet50_Weights
		"mobilenetv2": 3504872,  // MobileNet_V2_Weights
		"vit-base":    86567656, // ViT_B_16_Weights
	} {
		if s, err := Lookup(name); err != nil || s.Params != want {
			t.Errorf("%s: %d parameters (%v), torchvision has %d", name, s.Params, err, want)
		}
	}
}

func TestCatalogueIsSortedAndComplete(t *testing.T) {
	var names []string
	for _, s := range Catalogue() {
		names = append(names, s.Name)
		if got, err := Lookup(s.Name); err != nil || got != s {
			t.Errorf("Lookup(%q) = %+v, %v, want %+v", s.Name, got, err, s)
		}
		if s.InputShape != [3]int{3, 224, 224} || s.Title == "" || s.Published.Source == "" {
			t.Errorf("incomplete: %+v", s)
		}
	}
	if want := []string{"deit-tiny", "mobilenetv2", "resnet50", "tinyvit-5m", "vit-base"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	Catalogue()[0].Name = "changed"
	if Catalogue()[0].Name != "deit-tiny" {
		t.Error("a caller can change the catalogue")
	}
}

func TestLookupUnknownNamesTheNearest(t *testing.T) {
	for wrong, nearest := range map[string]string{
		"resnet-50": "resnet50", "ResNet50": "resnet50", "vit_base": "vit-base", "deit": "deit-tiny",
		"mobilenet_v2": "mobilenetv2", "tiny_vit_5m": "tinyvit-5m",
	} {
		_, err := Lookup(wrong)
		if err == nil || !strings.Contains(err.Error(), `did you mean "`+nearest+`"`) {
			t.Errorf("Lookup(%q): %v, want a hint at %q", wrong, err, nearest)
			continue
		}
		for _, s := range Catalogue() {
			if !strings.Contains(err.Error(), s.Name) {
				t.Errorf("Lookup(%q): %v does not list %s", wrong, err, s.Name)
			}
		}
	}
	if _, err := Lookup(""); err == nil {
		t.Error("an empty name was found")
	}
}

func TestLookupSuggestsNothingFarOff(t *testing.T) {
	for _, wrong := range []string{"", "x", "yolo", "efficientnet-b0", "my-own-model"} {
		if _, err := Lookup(wrong); err == nil || strings.Contains(err.Error(), "did you mean") || !strings.Contains(err.Error(), "known models: deit-tiny, ") {
			t.Errorf("Lookup(%q): %v, want the known models and no hint", wrong, err)
		}
	}
}

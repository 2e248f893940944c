package model

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestCountsAgreeWithPublished(t *testing.T) {
	for _, s := range Catalogue() {
		if s.Published == (Published{}) {
			continue
		}
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
		// num_params of torchvision's weights
		"resnet50":    25557032, // ResNet50_Weights
		"mobilenetv2": 3504872,  // MobileNet_V2_Weights
		"vit-base":    86567656, // ViT_B_16_Weights
		"deit-base":   86567656, // the same graph
		// what the authors' own code counts
		"yolov8n":              3157200,                 // before fusing
		"segformer-b0":         3752694,                 // nvidia/segformer-b0-finetuned-ade-512-512
		"depth-anything-small": 24785089,                // depth_anything_v2_vits
		"ssdlite320":           3440060,                 // SSDLite320_MobileNet_V3_Large_Weights
		"facenet":              27910327 - 8631*(512+1), // InceptionResnetV1 of VGGFace2, without the classifier
	} {
		if s, err := Lookup(name); err != nil || s.Params != want {
			t.Errorf("%s: %d parameters (%v), want %d", name, s.Params, err, want)
		}
	}
}

func TestCatalogueIsSortedAndComplete(t *testing.T) {
	var names []string
	for _, s := range Catalogue() {
		names = append(names, s.Name)
		if got, err := Lookup(s.Name); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("Lookup(%q) = %+v, %v, want %+v", s.Name, got, err, s)
		}
		if s.InputShape[0] != 3 || s.Title == "" || s.Task == "" || len(s.Output) == 0 {
			t.Errorf("incomplete: %+v", s)
		}
		if scaled := strings.Contains(s.Title, "scaled down by vsim"); scaled != (s.Published.Source == "") {
			t.Errorf("%s has published figures, or is said to be scaled down, but not both: %+v", s.Name, s)
		}
	}
	if want := []string{"deit-base", "deit-small", "deit-tiny", "depth-anything-small", "facenet", "facenet-small", "mobilenetv2", "resnet50", "segformer-b0", "ssdlite-small", "ssdlite320", "tinyvit-5m", "vit-base", "yolov8n"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
	Catalogue()[0].Name = "changed"
	if Catalogue()[0].Name != "deit-base" {
		t.Error("a caller can change the catalogue")
	}
}

func TestLookupUnknownNamesTheNearest(t *testing.T) {
	for wrong, nearest := range map[string]string{
		"resnet-50": "resnet50", "ResNet50": "resnet50", "vit_base": "vit-base", "deit": "deit-base",
		"yolo": "yolov8n", "yolov8s": "yolov8n", "segformer": "segformer-b0", "depth-anything": "depth-anything-small",
		"facenet_small": "facenet-small", "ssdlite": "ssdlite-small", "ssdlite300": "ssdlite320", "mobilenet_v2": "mobilenetv2", "tiny_vit_5m": "tinyvit-5m",
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
	for _, wrong := range []string{"", "x", "faster-rcnn", "efficientnet-b0", "my-own-model"} {
		if _, err := Lookup(wrong); err == nil || strings.Contains(err.Error(), "did you mean") || !strings.Contains(err.Error(), "known models: deit-base, ") {
			t.Errorf("Lookup(%q): %v, want the known models and no hint", wrong, err)
		}
	}
}

// The encoder of the depth estimator alone, at the size of its training: timm's vit_small_patch14_dinov2 at 518x518 has
// 22.06 M parameters and 46.76 G multiply-accumulates.
func TestEncoderAgreesWithPublished(t *testing.T) {
	g, x := newGraph(square(518))
	g.dinoV2(x, 384, 12, 6, []int{11})
	if g.params != 22056576 || math.Abs(float64(g.macs)/46.76e9-1) > 0.005 {
		t.Errorf("%d parameters and %d MACs, published 22.06 M and 46.76 G", g.params, g.macs)
	}
}

// What a client of each network gets, as the networks' own exporters have it.
func TestOutputs(t *testing.T) {
	for name, want := range map[string]struct {
		task   Task
		input  int
		output []int
		of     string
	}{
		"deit-small":           {Classification, 224, []int{1000}, "logits"},
		"yolov8n":              {Detection, 640, []int{84, 8400}, "detections"},
		"segformer-b0":         {Segmentation, 512, []int{150, 128, 128}, "logits"},
		"depth-anything-small": {DepthEstimation, 224, []int{224, 224}, "inverse_depth"},
		"ssdlite320":           {Detection, 320, []int{94, 3234}, "detections"},
		"ssdlite-small":        {Detection, 288, []int{5, 2664}, "detections"},
		"facenet":              {Identification, 160, []int{512}, "embedding"},
		"facenet-small":        {Identification, 112, []int{128}, "embedding"},
	} {
		s, err := Lookup(name)
		if err != nil || s.Task != want.task || s.InputShape != square(want.input) || !slices.Equal(s.Output, want.output) || s.Task.OutputName() != want.of {
			t.Errorf("%+v (%v), want %+v", s, err, want)
		}
	}
}

// The first and last boxes that torchvision's DefaultBoxGenerator gives for a picture of 320x320, by hand.
func TestDefaultBoxes(t *testing.T) {
	var maps []tensor
	for _, side := range []int{20, 10, 5, 3, 2, 1} {
		maps = append(maps, tensor{shape: []int{1, 1, side, side}})
	}
	centres, sizes := defaults(maps, 320, 320)
	if len(centres) != 2*3234 || len(sizes) != 2*3234 {
		t.Fatalf("%d centres and %d sizes of two numbers, want 3234", len(centres)/2, len(sizes)/2)
	}
	root := func(v float64) float32 { return float32(math.Sqrt(v)) }
	want := []float32{64, 64, 320 * root(0.2*0.35), 320 * root(0.2*0.35), 64 * root(2), 64 / root(2), 64 / root(2), 64 * root(2), 64 * root(3), 64 / root(3), 64 / root(3), 64 * root(3)}
	for i, w := range want {
		if c := centres[i]; c != 8 || math.Abs(float64(sizes[i]-w)) > 1e-3 {
			t.Errorf("number %d of the first pixel's boxes: centre %v, size %v, want 8 and %v", i, c, sizes[i], w)
		}
	}
	if c, last := centres[2*20*6], sizes[2*3234-2:]; c != 8 || centres[2*6] != 24 || centres[2*3233] != 160 ||
		math.Abs(float64(last[0]-0.95*320/root(3))) > 1e-3 || last[1] != 320 {
		t.Errorf("centres %v, %v, %v, last size %v; want 8, 24, 160 and one that is cut to 320 pixels", c, centres[2*6], centres[2*3233], last)
	}
}

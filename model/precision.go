package model

import "strings"

// Precision says in which numbers a network computes.
type Precision string

// The precisions. A name of the catalogue alone means FP32; with "-tf32" or "-fp16" behind it, the same
// network in that precision.
const (
	FP32 Precision = "fp32"
	TF32 Precision = "tf32" // FP32 whose products are of 19 bits on a GPU that has them; the same graph
	FP16 Precision = "fp16" // a graph of its own, whose input is float16 too
)

// SplitPrecision takes a name such as "vit-base-fp16" apart. It may be a file's name without ".onnx": a
// person's own FP16 graph is marked by its name, too.
func SplitPrecision(name string) (network string, p Precision) {
	for _, p := range []Precision{TF32, FP16} {
		if network, ok := strings.CutSuffix(name, "-"+string(p)); ok {
			return network, p
		}
	}
	return name, FP32
}

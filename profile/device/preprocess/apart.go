package preprocess

import (
	"math"

	"vsim/profile/device/tensor"
)

// Apart is how far two tensors of pictures of one shape are from each other, in grey levels on average.
func Apart(a, b tensor.Tensor, shape tensor.Shape, o Options) float64 {
	got, want := a.Float32s(), b.Float32s()
	scale, _ := o.Affine()
	if shape.Element == tensor.Uint8 {
		scale = [3]float32{1, 1, 1}
	}
	sum, plane := 0.0, shape.Width*shape.Height
	for k := range want {
		channel := k / plane % 3
		if shape.Layout == tensor.NHWC {
			channel = k % 3
		}
		sum += math.Abs(float64(got[k]-want[k]) / float64(scale[channel]))
	}
	return sum / float64(max(len(want), 1))
}

package paper

import (
	"fmt"
	"time"
)

// A TensorRT engine takes f + b s for a batch of b images, s in proportion to timm's time of an image with torch.compile.
const (
	fixedMS    = 0.6
	timmFactor = 1.94
)

// inferTimes is the value of times.infer of a model of which timm's harness does an image in such a time.
func inferTimes(stepPerImage time.Duration) string {
	return fmt.Sprintf(`{mean="%gms", per_image="%dns"}`, fixedMS, int64(timmFactor*float64(stepPerImage)))
}

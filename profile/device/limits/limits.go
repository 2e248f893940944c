// Package limits holds the largest models, batches and pools of threads that are run. They are checked before memory is
// taken: a model may say that a picture has 2^62 pixels, and a product of such numbers overflows.
package limits

import (
	"fmt"
	"math/bits"
)

// The limits. A batch's is that of the scenario language.
const (
	Batch        = 4096
	Threads      = 1024
	Sizes        = 64        // batch sizes, numbers of threads, models or image sets that are measured together
	PictureBytes = 256 << 20 // a picture's input, and its output: 4,700 x 4,700 pixels in float32
	BatchBytes   = 4 << 30   // input and output of a batch

	mebi = 1 << 20
)

// Picture checks the shape of a model's input or output, [N, ...], of values of that size, and gives the bytes of one
// picture. Dimensions that the model leaves free count as 1.
func Picture(shape []int64, valueBytes int) (int, error) {
	if len(shape) > 0 && shape[0] > Batch {
		return 0, fmt.Errorf("its batch size is fixed at %d, the limit is %d", shape[0], Batch)
	}
	size := uint64(valueBytes)
	for _, d := range shape[min(1, len(shape)):] {
		high, low := bits.Mul64(size, uint64(max(d, 1)))
		if size = low; high > 0 || size > PictureBytes {
			return 0, fmt.Errorf("one picture of it takes more than %d MiB, the limit", PictureBytes/mebi)
		}
	}
	return int(size), nil
}

// CheckBatch checks a batch of pictures that take so many bytes each, input and output together.
func CheckBatch(batch, pictureBytes int) error {
	high, size := bits.Mul64(uint64(max(batch, 0)), uint64(pictureBytes))
	switch {
	case batch > Batch:
		return fmt.Errorf("a batch of %d, the limit is %d", batch, Batch)
	case high > 0 || size > BatchBytes:
		return fmt.Errorf("a batch of %d takes more than %d MiB, the limit, at %.4g MiB a picture; choose smaller batches",
			batch, BatchBytes/mebi, float64(pictureBytes)/mebi)
	}
	return nil
}

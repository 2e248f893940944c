package paper

import "time"

// fixedImages is the batch of figure 3's loops, and of its servers until they are tuned: the largest power of two of which the
// preprocessed inputs, 602,112 B each, fit Triton's pool of 64 MiB.
const fixedImages = 64

// ladderTimes are the times of figure 3's steps that no profile has, medium images: of one image, but for call, which is of a
// batch. They are solved for claims 3a to 3c, and the scenario files of the steps carry them (a test compares).
//
//	1 / (decode + infer) = 431/s, with the CPU's decoder one by one
//	1 / (dali + infer) = 446/s
//	1 / (huffman + decode + resize + infer) = 842/s
//
// where infer is (call + 64 image) / 64 = 0.64 ms. PyTorch and ONNX Runtime are taken to be equally fast.
var ladderTimes = struct {
	decode  time.Duration // libjpeg-turbo, with resizing, on one core
	dali    time.Duration // the same by DALI, all its threads together
	huffman time.Duration // host phase of nvJPEG, on one core
	device  time.Duration // its device phase
	resize  time.Duration // on the GPU
	call    time.Duration // of an inference, a batch
	image   time.Duration // of an inference, an image
}{1680 * time.Microsecond, 1600 * time.Microsecond, 500 * time.Microsecond, 40 * time.Microsecond, 7 * time.Microsecond,
	650 * time.Microsecond, 630 * time.Microsecond}

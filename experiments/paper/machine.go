package paper

import (
	"math"
	"time"
)

// The machine of the paper, an i9-13900K with an RTX 4090, follows from the claims marked cal and from published figures. Spans are of
// one medium image (500x375 pixels, 121 kB) unless they say otherwise.
const (
	// The loops of figure 3: a batch is preprocessed, moved and inferred, one after the other (claims 3a, 3b, 3c).
	loopCPU     = time.Second / 431 // JPEGs decoded one by one on the CPU
	loopDALICPU = time.Second / 446 // decoded by DALI on the CPU
	loopDALIGPU = time.Second / 842 // by DALI on the GPU

	// tunedRate is what a GPU does that is always busy, so that the tuned server with TensorRT does 1600 img/s (claim 3h: more than that).
	tunedRate = 1602.0
	// Shares of preprocessing in the latency at zero load (claim 6a).
	shareCPU, shareGPU = 0.56, 0.49

	// decodeCPU: libjpeg-turbo class decoders do 664 to 735 img/s a thread on ImageNet's validation images, 700 taken (arXiv 2605.08731).
	decodeCPU = time.Second / 700
	// workersCPU is what 8 workers do, 1500 to 1750 img/s (the same source).
	workersCPU = 1625.0
	// handoff is what Triton does with a request besides (x86-core-published).
	handoff = 17500 * time.Nanosecond

	// DALI decodes and resizes 1705 img/s on an RTX 2080 Ti in a loop, and 1100 as a model of Triton (dali_backend issue 19).
	daliLoop, daliTriton = 1705.0, 1100.0

	// A transfer over PCIe 4.0 x16 (hardware/1gpu-rtx4090.toml), and a core's copy to a pinned buffer before it (the language's default of
	// link.staging_bandwidth, which fits both published points of a Quadro RTX 6000). Bytes/ns.
	linkBandwidth, stagingBandwidth = 25.0, 5.7
	linkLatency                     = 6 * time.Microsecond
	kernel                          = 6 * time.Microsecond // launch of a kernel, as of a transfer

	// dramBandwidth is the RTX 4090's (NVIDIA's data sheet), dramRTX2070 that of the card on which nvJPEG was measured. Bytes/ns.
	dramBandwidth, dramRTX2070 = 1008.0, 448.0

	tensorBytes, answerBytes = 602112, 4000
	loopBatch                = 64 // images of a batch in the loops

	// fasterCore is by how much a Zen 4 core of a server, to which decodeCPU belongs, is faster than the core on which nvJPEG's host phase was
	// measured, a Ryzen 5 2600 at 3.9 GHz: 15, 19 and 13 % more instructions a cycle from Zen+ to Zen 2, 3 and 4 (AMD's
	// announcements), at 3.7 GHz (EPYC 9654, boost).
	fasterCore = 1.15 * 1.19 * 1.13 * 3.7 / 3.9
)

// imageSize is one of the paper's image sizes.
type imageSize struct {
	name          string
	pixels, bytes float64
}

var imageSizes = []imageSize{{"small", 60 * 70, 4e3}, {"medium", 500 * 375, 121e3}, {"large", 3564 * 2880, 9528e3}}

var medium = imageSizes[1]

// hybridThreshold is DALI's hybrid_huffman_threshold: larger images are Huffman-decoded on the GPU (DALI's documentation of fn.decoders.image).
const hybridThreshold = 1e6 // pixels

// nvJPEG with Huffman decoding on the GPU (NVJPEG_BACKEND_GPU_HYBRID), parsing, host phase, transfer and device phase one after the other, on
// an RTX 2070 beside a Ryzen 5 2600: 6.96 ms for 2000x3008 pixels in 823,353 bytes and 15.37 ms for 4032x3024 in 3,423,409
// (nolmoonen/jpeggpu, README, images of nolmoonen/jpeg-test-images). With 1, 6 and 12 threads 71.82, 386.19 and 620.45 of the latter a second, with
// the pixels' way back (an earlier README of the same).
const (
	cathedralMs, cathedralMP, cathedralMB = 6.96, 6.016, 0.823353
	busMs, busMP, busMB                   = 15.37, 12.192768, 3.423409
	busThreads1, busThreads6              = 71.82, 386.19
	busMost                               = 620.45
	gen3Bandwidth                         = 12.4 // bytes/ns, that card's link
)

// daliThreads are the host threads of a DALI pipeline. Claims 3c and 6a together leave a call of DALI 0.66 ms besides with 1 thread, 0.17 ms
// with 2, and less than nothing with more. On an H200, launching and waiting take 0.14 ms of a decoded and resized image
// (nvidia-h200-measured, decode-wall and resize-wall less decode and resize): 2 is the nearer one.
const daliThreads = 2

// Machine are the spans that follow.
type Machine struct {
	Forward   time.Duration // Triton hands an image on from one model to the next
	Move      time.Duration // a tensor to the GPU: copy to a pinned buffer and transfer
	Infer     time.Duration // PyTorch and ONNX Runtime, an image of a batch of loopBatch
	DALICPU   time.Duration // DALI on the CPU, an image
	DALIGPU   time.Duration // DALI on the GPU, an image
	Huffman   time.Duration // host phase of an image on one core
	Dispatch  time.Duration // what a call of DALI takes besides
	Alone     time.Duration // TensorRT, a batch of one
	Fixed     time.Duration // of any batch: launching
	Slope     time.Duration // an image more, TensorRT
	SlopeORT  time.Duration // an image more, ONNX Runtime
	Contended float64       // excess of a decoding job beside one other
	Threads   float64       // excess of a host phase beside one other
}

// nsOf turns bytes at bytes/ns into a span.
func nsOf(bytes, perNs float64) time.Duration { return time.Duration(bytes / perNs) }

func transfer(bytes float64) time.Duration { return linkLatency + nsOf(bytes, linkBandwidth) }

// resizeCPU is that of x86-core-published: pixels read and written at the published rate of a library.
func resizeCPU(p imageSize) time.Duration {
	return time.Duration((p.pixels + 224*224) / (4928*3279 + 852*567) * 8.33e6)
}

// resizeGPU is the traffic in the GPU's memory.
func resizeGPU(p imageSize) time.Duration {
	return kernel + nsOf(3*p.pixels+tensorBytes, dramBandwidth)
}

// deviceNsPerPixel bounds nvJPEG's device phase from above: the whole time of an image at the highest rate measured, scaled by the
// bandwidth of memory.
const deviceNsPerPixel = 1e9 / busMost / (busMP * 1e6) * dramRTX2070 / dramBandwidth

func device(p imageSize) time.Duration { return kernel + time.Duration(deviceNsPerPixel*p.pixels) }

// Paper derives the machine.
func Paper() (m Machine) {
	m.Contended = (8*700/workersCPU - 1) / 7
	m.Threads = (6*busThreads1/busThreads6 - 1) / 5

	m.Move = nsOf(tensorBytes, stagingBandwidth) + nsOf(tensorBytes, linkBandwidth) + linkLatency/loopBatch
	m.Infer = loopCPU - decodeCPU - resizeCPU(medium) - m.Move // 3a
	m.DALICPU = loopDALICPU - m.Move - m.Infer                 // 3b
	m.DALIGPU = loopDALIGPU - m.Infer                          // 3c
	onGPU := device(medium) + resizeGPU(medium)
	m.Forward = time.Duration(math.Round(1e9/daliTriton - 1e9/daliLoop))
	preprocessing := decodeCPU + resizeCPU(medium) + m.Forward + nsOf(tensorBytes, stagingBandwidth) + transfer(tensorBytes)
	rest := time.Duration(float64(preprocessing) * (1 - shareCPU) / shareCPU) // 6a
	m.Alone = rest - handoff - transfer(answerBytes)
	// A call of DALI takes the same besides with one image (6a) and with loopBatch (3c), of which its threads do several at once.
	one := time.Duration(float64(rest)*shareGPU/(1-shareGPU)) - m.Forward - transfer(medium.bytes) - onGPU
	each := m.DALIGPU - transfer(medium.bytes) - onGPU
	speedUp := daliThreads / (1 + m.Threads*(daliThreads-1))
	m.Dispatch = time.Duration((float64(one) - float64(each)*speedUp) / (1 - speedUp/loopBatch))
	m.Huffman = one - m.Dispatch

	m.Slope = time.Duration(math.Round(1e9/tunedRate)) - onGPU // 3h: the GPU is busy all the time
	m.Fixed = m.Alone - m.Slope
	m.SlopeORT = m.Infer - m.Fixed/loopBatch
	return m
}

// huffman is the host phase of an image on one core: below DALI's threshold in proportion to the file's bytes, above it what nvJPEG takes for
// pixels and bytes without its other phases.
func (m Machine) huffman(p imageSize) time.Duration {
	if p.pixels < hybridThreshold {
		return time.Duration(float64(m.Huffman) * p.bytes / medium.bytes)
	}
	perMB := (busMs - cathedralMs*busMP/cathedralMP) / (busMB - cathedralMB*busMP/cathedralMP)
	perMP := (cathedralMs - perMB*cathedralMB) / cathedralMP
	all := (perMP*p.pixels + perMB*p.bytes) // ns: 1e6 ns/ms and 1e-6 of pixels and bytes cancel
	other := 1e9/busMost*p.pixels/(busMP*1e6) + p.bytes/gen3Bandwidth
	return time.Duration((all - other) / fasterCore)
}

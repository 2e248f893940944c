package measure

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"time"

	"vsim/profile/measure/machine"
)

// ReferenceJob says what a Reference times.
const ReferenceJob = "decode of a JPEG of 160x120 pixels by Go's image/jpeg, and a sum over 2 MiB of float32"

const (
	referenceBytes   = 2 << 20 // more than a core's own cache
	referenceRepeats = 2       // beside one that fetches code and data into the caches
)

// Reference is a job that is always the same work, of the kinds that a server does: it decodes a picture, and reads memory
// that lies beyond a core's own cache. How long it takes says how fast the machine is at that moment. It belongs to one
// goroutine.
type Reference struct {
	file   []byte
	memory []float32
	sum    float32 // keeps the sums from being left out
}

// NewReference makes the job ready.
func NewReference() *Reference {
	r := &Reference{memory: make([]float32, referenceBytes/4)}
	for i := range r.memory {
		r.memory[i] = float32(i % 251)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for i := range 160 * 120 {
		x, y := i%160, i/160
		picture.SetRGBA(x, y, color.RGBA{R: uint8(x * y), G: uint8(x ^ y), B: uint8(x + 2*y), A: 255})
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture, nil); err != nil { // memory takes all that is written
		panic(err)
	}
	r.file = file.Bytes()
	return r
}

// Time does the job, about a millisecond of one core, three times and gives the shorter time of the last two: what
// interrupts for a moment does not count.
func (r *Reference) Time() time.Duration {
	r.job()
	least := time.Duration(1<<63 - 1)
	for range referenceRepeats {
		began := Now()
		r.job()
		least = min(least, Now()-began)
	}
	return least
}

// MeanNs is the mean of Time over about d, in ns.
func (r *Reference) MeanNs(d time.Duration) float64 {
	began, sum, n := Now(), time.Duration(0), 0
	for n == 0 || Now()-began < d {
		sum += r.Time()
		n++
	}
	return float64(sum) / float64(n)
}

// Processor does the job once and gives the processor time that its thread took for it, which does not grow while others have the core. The
// calling goroutine must be locked to its thread. It errs where the system does not tell.
func (r *Reference) Processor() (time.Duration, error) {
	began, err := machine.ThreadTime()
	if err != nil {
		return 0, err
	}
	r.job()
	now, err := machine.ThreadTime()
	return now - began, err
}

func (r *Reference) job() {
	if _, err := jpeg.Decode(bytes.NewReader(r.file)); err != nil { // it was encoded by the same package
		panic(err)
	}
	sum := float32(0)
	for _, x := range r.memory {
		sum += x
	}
	r.sum = sum
}

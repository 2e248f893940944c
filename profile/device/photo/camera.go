package photo

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
)

// generate draws picture i of a set and compresses it (image/jpeg: baseline, 4:2:0 chroma) to
// within Tolerance of its file size.
func generate(size Size, seed uint64, i int) ([]byte, error) {
	name := fnv.New64a()
	fmt.Fprintf(name, "photo %s %d", size.Name, i)
	stream := name.Sum64()
	s := newScene(size.Width, size.Height, rand.New(rand.NewPCG(seed, stream)))
	img := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
	shot := exposure{grain: math.NaN()}
	data, err := fit(size.SizeBytes, size.start, func(e exposure) ([]byte, error) {
		if e.grain != shot.grain {
			s.develop(img, float32(e.grain), rand.New(rand.NewPCG(seed, stream+1)))
		}
		shot = e
		var out bytes.Buffer
		err := jpeg.Encode(&out, img, &jpeg.Options{Quality: e.quality})
		return out.Bytes(), err
	})
	if err != nil {
		return nil, fmt.Errorf("image %s %d of seed %d: %w", size.Name, i, seed, err)
	}
	return data, nil
}

// exposure is what fit turns: the sensor's noise (standard deviation, 1 is full scale) and the
// quality that image/jpeg is given.
type exposure struct {
	grain   float64
	quality int
}

const maxQuality = 99

// fit looks for the exposure whose file has target bytes, from e on: first the quality, a step at a
// time while that helps, then the grain, as the size grows smoothly with it.
func fit(target int, e exposure, shoot func(exposure) ([]byte, error)) ([]byte, error) {
	tuneGrain := false
	before := 0.0
	lo, hi := 0.0, 0.0 // bounds of the grain; hi is 0 while there is none
	for range 40 {
		data, err := shoot(e)
		if err != nil {
			return nil, err
		}
		excess := float64(len(data))/float64(target) - 1
		if math.Abs(excess) <= 0.6*Tolerance {
			return data, nil
		}
		passedBy := excess*before < 0
		atEnd := excess < 0 && e.quality == maxQuality || excess > 0 && e.quality == 1
		tuneGrain = tuneGrain || passedBy || atEnd
		before = excess
		switch {
		case !tuneGrain && excess > 0:
			e.quality--
		case !tuneGrain:
			e.quality++
		case excess > 0:
			hi = e.grain
			e.grain = (lo + hi) / 2
		case hi == 0:
			lo = e.grain
			e.grain *= 1.5
		default:
			lo = e.grain
			e.grain = (lo + hi) / 2
		}
	}
	return nil, fmt.Errorf("no exposure gives a file of %d bytes", target)
}

// develop writes the scene to img with grain, which is stronger in the shadows as on real sensors,
// mostly luminance and a little colour.
func (s *scene) develop(img *image.RGBA, grain float32, rng *rand.Rand) {
	// The sum of two uniform int16 has the standard deviation 65536/sqrt(6).
	grain *= 255 * math.Sqrt2 * 1.7320508 / 65536
	for i := range s.rgb[0] {
		bits := rng.Uint64()
		luma := float32(int16(bits)) + float32(int16(bits>>16))
		red, blue := 0.25*float32(int16(bits>>32)), 0.25*float32(int16(bits>>48))
		r, g, b := s.rgb[0][i], s.rgb[1][i], s.rgb[2][i]
		strength := grain * (1.3 - 0.6*g)
		pix := img.Pix[4*i : 4*i+4 : 4*i+4]
		pix[0] = clamp(255*r + strength*(luma+red))
		pix[1] = clamp(255*g + strength*luma)
		pix[2] = clamp(255*b + strength*(luma+blue))
		pix[3] = 255
	}
}

func clamp(v float32) uint8 { return uint8(min(max(v+0.5, 0), 255)) }

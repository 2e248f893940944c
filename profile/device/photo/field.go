package photo

import "math/rand/v2"

// field is a plane of values, row by row.
type field struct {
	width, height int
	v             []float32
}

func newField(width, height int) field {
	return field{width, height, make([]float32, width*height)}
}

// fractal draws noise whose amplitude falls with frequency, as it does in photographs (Field 1987:
// about 1/f; in two dimensions that is equal variance in every octave, persistence 1). It starts
// from a coarse grid and doubles: interpolate, add finer noise of persistence times the amplitude.
// Values are about -1..1, mean 0.
func fractal(width, height int, persistence float32, rng *rand.Rand) field {
	levels := 0
	for max(width, height)>>levels > 4 {
		levels++
	}
	amplitude := float32(0.5)
	f := newField(cells(width, levels), cells(height, levels))
	addNoise(f, amplitude, rng)
	for level := levels - 1; level >= 0; level-- {
		amplitude *= persistence
		f = double(f, cells(width, level), cells(height, level))
		addNoise(f, amplitude, rng)
	}
	return f
}

// cells is how many grid points span n pixels at 2^level pixels a step.
func cells(n, level int) int {
	if level == 0 {
		return n
	}
	return n>>level + 2
}

// addNoise adds uniform noise in -amplitude..amplitude, four values a draw.
func addNoise(f field, amplitude float32, rng *rand.Rand) {
	scale := amplitude / 32768
	for i := 0; i < len(f.v); i += 4 {
		bits := rng.Uint64()
		for k := i; k < min(i+4, len(f.v)); k++ {
			f.v[k] += scale * float32(int16(bits))
			bits >>= 16
		}
	}
}

// double interpolates f linearly to twice the resolution, cut to width x height.
func double(f field, width, height int) field {
	out := newField(width, height)
	for y := range height {
		top := f.v[y/2*f.width:][:f.width]
		bottom := top
		if y%2 == 1 {
			bottom = f.v[(y/2+1)*f.width:][:f.width]
		}
		row := out.v[y*width:][:width]
		for x := range row {
			left := (top[x/2] + bottom[x/2]) * 0.5
			if x%2 == 1 {
				left = (left + (top[x/2+1]+bottom[x/2+1])*0.5) * 0.5
			}
			row[x] = left
		}
	}
	return out
}

package photo

import (
	"math"
	"math/rand/v2"
)

// leaf is one object: a rotated ellipse or rounded box with an uneven outline and texture.
type leaf struct {
	x, y, radius float64 // centre and half the longer side, pixels
	cos, sin     float64 // rotation
	squeeze      float64 // longer side over shorter
	wobble       float64 // unevenness of the outline
	boxy         bool
	blur         float64 // width of the soft edge, pixels
	base         colour
	shade, rough float32 // strength of the light from one side, and of the texture
	shift        int     // where in the scene's noise this leaf's begins
}

// newLeaf draws the i-th leaf. The number of leaves above a radius falls as its square, which makes
// scenes look alike at any scale; large ones are painted first, so that small ones stay visible.
func newLeaf(i, width, height int, palette []colour, rng *rand.Rand) leaf {
	side := float64(min(width, height))
	sin, cos := math.Sincos(2 * math.Pi * rng.Float64())
	base := palette[rng.IntN(len(palette))]
	value := 0.7 + 0.6*rng.Float32()
	for c := range base {
		base[c] *= value
	}
	l := leaf{
		x:       float64(width) * (1.1*rng.Float64() - 0.05),
		y:       float64(height) * (1.05 - 0.8*math.Pow(rng.Float64(), 1.5)),
		radius:  side * (0.2 + 0.25*rng.Float64()) / math.Sqrt(float64(i+1)),
		cos:     cos,
		sin:     sin,
		squeeze: 1 + 1.5*rng.Float64(),
		wobble:  0.7 * rng.Float64(),
		boxy:    rng.IntN(4) == 0,
		blur:    0.7 + 0.006*side*rng.Float64()*rng.Float64(),
		base:    base,
		shade:   0.1 + 0.4*rng.Float32(),
		rough:   0.1 + 0.6*rng.Float32(),
		shift:   rng.IntN(width * height),
	}
	if l.boxy {
		l.wobble = 0 // made by people
	}
	return l
}

// paint lays l over the scene.
func (s *scene) paint(l leaf) {
	reach := l.radius*1.7 + 1
	x0, x1 := max(int(l.x-reach), 0), min(int(l.x+reach)+1, s.width)
	y0, y1 := max(int(l.y-reach), 0), min(int(l.y+reach)+1, s.height)
	lightX, lightY := l.shade*s.lightX/float32(l.radius), l.shade*s.lightY/float32(l.radius)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			i := y*s.width + x
			noise := i + l.shift
			if noise >= len(s.texture.v) {
				noise -= len(s.texture.v)
			}
			dx, dy := float64(x)-l.x, float64(y)-l.y
			cover := l.cover(dx/l.radius, dy/l.radius, float64(s.outline.v[noise]))
			if cover > 0 {
				light := 0.9 + lightX*float32(dx) + lightY*float32(dy) + l.rough*s.texture.v[noise]
				s.blend(i, cover, l.base, light)
			}
		}
	}
}

// cover is how much of a pixel the leaf hides: 1 inside, 0 outside, a smooth step of blur pixels
// between. The place is relative to the centre, in radii; noise is the outline's there.
func (l *leaf) cover(dx, dy, noise float64) float32 {
	u, v := dx*l.cos+dy*l.sin, (dy*l.cos-dx*l.sin)*l.squeeze
	if l.boxy {
		u, v = u*u, v*v // with the root below a superellipse: a box with round corners
	}
	distance := math.Sqrt(u*u + v*v)
	if l.boxy {
		distance = math.Sqrt(distance)
	}
	t := (1 - distance + l.wobble*noise) * l.radius / l.squeeze / l.blur
	t = min(max(t, 0), 1)
	return float32(t * t * (3 - 2*t))
}

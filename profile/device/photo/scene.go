package photo

import (
	"math"
	"math/rand/v2"
)

// scene is a picture before the camera: planes of red, green and blue in about 0..1.
type scene struct {
	width, height  int
	rgb            [3][]float32
	texture        field   // rough: surfaces
	outline        field   // smooth: shapes, clouds
	lightX, lightY float32 // where the light comes from, a unit vector
}

// leaves is how many objects a scene has.
const leaves = 400

// newScene draws a background and, over it from large to small, soft-edged objects with texture
// whose sizes follow a power law: the "dead leaves" model, whose edges and occlusions give the
// statistics of photographs (Lee, Mumford and Huang 2001).
func newScene(width, height int, rng *rand.Rand) *scene {
	s := &scene{
		width: width, height: height,
		texture: fractal(width, height, 0.9, rng),
		outline: fractal(width, height, 0.5, rng),
	}
	for c := range s.rgb {
		s.rgb[c] = make([]float32, width*height)
	}
	sin, cos := math.Sincos(math.Pi * (0.2 + 0.6*rng.Float64()))
	s.lightX, s.lightY = float32(cos), -float32(sin) // from above
	palette := newPalette(rng)
	s.background(palette, rng)
	for i := range leaves {
		s.paint(newLeaf(i, width, height, palette, rng))
	}
	return s
}

// background is a sky with clouds over darker, rougher ground; they meet at an uneven horizon.
func (s *scene) background(palette []colour, rng *rand.Rand) {
	sky, cloud := hsv(0.58+0.02*rng.NormFloat64(), 0.35, 0.85), hsv(0.6, 0.04, 0.95)
	ground := palette[0]
	horizon := float32(s.height) * (0.2 + 0.4*rng.Float32())
	rough := 0.1 * float32(s.height)
	for y := range s.height {
		depth := float32(y) / float32(s.height)
		for x := range s.width {
			i := y*s.width + x
			if float32(y) < horizon+rough*s.outline.v[x] {
				mix := min(max(0.4+1.2*s.outline.v[i], 0), 1)
				s.blend(i, 1, sky, 1-0.2*(1-depth))
				s.blend(i, mix, cloud, 1+0.08*s.texture.v[i])
			} else {
				s.blend(i, 1, ground, 0.4+0.5*depth+0.4*s.texture.v[i])
			}
		}
	}
}

// blend lays colour base under that light over pixel i, hiding cover of it.
func (s *scene) blend(i int, cover float32, base colour, light float32) {
	s.rgb[0][i] += cover * (base[0]*light - s.rgb[0][i])
	s.rgb[1][i] += cover * (base[1]*light - s.rgb[1][i])
	s.rgb[2][i] += cover * (base[2]*light - s.rgb[2][i])
}

package photo

import (
	"math"
	"math/rand/v2"
)

type colour [3]float32

// surfaces are the hue (turns), saturation and value of what outdoor pictures show most.
var surfaces = [][3]float64{
	{0.25, 0.45, 0.40}, // foliage
	{0.29, 0.40, 0.25}, // foliage in the shade
	{0.19, 0.40, 0.55}, // grass
	{0.08, 0.40, 0.40}, // earth, wood
	{0.09, 0.30, 0.70}, // sand, skin
	{0.10, 0.06, 0.50}, // stone
	{0.60, 0.10, 0.75}, // concrete, cloth
	{0.60, 0.15, 0.18}, // asphalt, shadow
	{0.00, 0.60, 0.60}, // something red
	{0.61, 0.50, 0.50}, // something blue
}

// newPalette draws the few colours that one scene has.
func newPalette(rng *rand.Rand) []colour {
	palette := make([]colour, 6)
	for i, k := range rng.Perm(len(surfaces))[:len(palette)] {
		s := surfaces[k]
		palette[i] = hsv(s[0]+0.015*rng.NormFloat64(), s[1]*(0.8+0.4*rng.Float64()), s[2]*(0.8+0.4*rng.Float64()))
	}
	return palette
}

// hsv converts hue (turns), saturation and value to red, green and blue.
func hsv(hue, saturation, value float64) colour {
	var out colour
	for c, offset := range [3]float64{5, 3, 1} {
		k := math.Mod(offset+6*(hue-math.Floor(hue)), 6)
		out[c] = float32(value * (1 - saturation*max(0, min(k, 4-k, 1))))
	}
	return out
}

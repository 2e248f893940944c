package vision

import (
	"strings"
	"testing"

	"vsim/profile/device/tensor"
)

func TestRefusalsNameTheRemedy(t *testing.T) {
	in := func(shape ...int64) []tensor.Value {
		return []tensor.Value{{Name: "x", Element: tensor.Float32, Shape: shape}}
	}
	out := []tensor.Value{{Name: "y", Element: tensor.Float32, Shape: []int64{-1, 10}}}
	for _, c := range []struct {
		inputs []tensor.Value
		o      Options
		want   string
	}{
		{in(-1, 3, 48, -1), Options{Width: 320, Height: 32}, "its height is 48: --input-size 320x48"},
		{in(-1, 3, -1, 96), Options{Width: 50, Height: 60}, "its width is 96: --input-size 96x60"},
		{in(-1, 3, 48, 96), Options{Width: 50, Height: 60}, "leave --input-size out"},
		{in(-1, 1, 28, 28), Options{}, "greyscale is not supported"},
		{in(-1, 28, 28, 1), Options{}, "greyscale is not supported"},
	} {
		if _, err := Read(c.inputs, out, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %dx%d: %v; want %q", c.inputs, c.o.Width, c.o.Height, err, c.want)
		}
	}
}

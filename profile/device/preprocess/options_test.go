package preprocess

import (
	"image"
	"math"
	"slices"
	"testing"

	"vsim/profile/device/tensor"
)

// twoPixels are (1,2,3) and (10,20,30).
func twoPixels() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 2, 1))
	copy(img.Pix, []uint8{1, 2, 3, 255, 10, 20, 30, 255})
	return img
}

func TestLayoutsAndColourOrders(t *testing.T) {
	for _, c := range []struct {
		layout tensor.Layout
		bgr    bool
		want   []uint8
	}{
		{tensor.NCHW, false, []uint8{1, 10, 2, 20, 3, 30}},
		{tensor.NCHW, true, []uint8{3, 30, 2, 20, 1, 10}},
		{tensor.NHWC, false, []uint8{1, 2, 3, 10, 20, 30}},
		{tensor.NHWC, true, []uint8{3, 2, 1, 30, 20, 10}},
	} {
		shape := tensor.Shape{Width: 2, Height: 1, Element: tensor.Uint8, Layout: c.layout}
		made := shape.New()
		New(shape, Options{BGR: c.bgr}).Normalise(twoPixels(), made)
		if !slices.Equal(made.Byte, c.want) {
			t.Errorf("%s, BGR %v: %v, want %v", c.layout, c.bgr, made.Byte, c.want)
		}
		o := Options{BGR: c.bgr}
		if err := o.Set([]float32{0}, []float32{1}, 1); err != nil {
			t.Fatal(err)
		}
		shape.Element = tensor.Float32
		single := shape.New()
		New(shape, o).Normalise(twoPixels(), single)
		for k, v := range single.Single {
			if v != float32(c.want[k]) {
				t.Errorf("%s, BGR %v: %v, want %v", c.layout, c.bgr, single.Single, c.want)
				break
			}
		}
	}
}

func TestMeanStdAndScale(t *testing.T) {
	o := Options{BGR: true}
	if err := o.Set([]float32{1, 2, 3}, []float32{2, 4, 8}, 0.5); err != nil {
		t.Fatal(err)
	}
	shape := tensor.Shape{Width: 2, Height: 1, Element: tensor.Float32}
	made := shape.New()
	New(shape, o).Normalise(twoPixels(), made)
	want := []float32{(3*0.5 - 1) / 2, (30*0.5 - 1) / 2, (2*0.5 - 2) / 4, (20*0.5 - 2) / 4, (1*0.5 - 3) / 8, (10*0.5 - 3) / 8}
	for k := range want {
		if math.Abs(float64(made.Single[k]-want[k])) > 1e-6 {
			t.Fatalf("%v, want %v", made.Single, want)
		}
	}
	if got := Apart(made, shape.New(), shape, o); math.Abs(got-(10*0+(1+28+2+16+5+4)/6.0)) > 1e-4 {
		t.Errorf("%v grey levels from zero", got)
	}
	for _, bad := range []func(*Options) error{
		func(o *Options) error { return o.Set([]float32{1, 2}, nil, 0) },
		func(o *Options) error { return o.Set(nil, []float32{1, 0, 1}, 0) },
	} {
		if bad(&Options{}) == nil {
			t.Error("accepted")
		}
	}
	var plain Options
	if err := plain.Set(nil, nil, 0); err != nil || plain != (Options{}) {
		t.Errorf("nothing named: %+v, %v", plain, err)
	}
}

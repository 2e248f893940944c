package preprocess

import "fmt"

// Options say how a byte v of a colour becomes a number: (v*Scale - Mean) / Std, and in which order the colours stand.
// The zero value is ImageNet's, as torchvision's and timm's models expect it.
type Options struct {
	Given     bool       // Mean, Std and Scale are set
	Mean, Std [3]float32 // of the first, second and third colour
	Scale     float32    // 1/255 takes bytes to [0,1]
	BGR       bool       // blue is the first colour
}

// Plain tells whether no mean, standard deviation or scale was named.
func (o Options) Plain() bool { return !o.Given }

// Affine gives a and b of v*a + b for the three colours in the model's order.
func (o Options) Affine() (a, b [3]float32) {
	mean, std, scale := Mean, Std, float32(1)/255
	if o.BGR {
		mean, std = [3]float32{Mean[2], Mean[1], Mean[0]}, [3]float32{Std[2], Std[1], Std[0]}
	}
	if o.Given {
		mean, std, scale = o.Mean, o.Std, o.Scale
	}
	for c := range a {
		a[c], b[c] = scale/std[c], -mean[c]/std[c]
	}
	return a, b
}

// Set sets what is named, in the model's order of colours; nil and 0 leave ImageNet's mean and deviation and 1/255.
func (o *Options) Set(mean, std []float32, scale float32) error {
	if len(mean) == 0 && len(std) == 0 && scale == 0 {
		return nil
	}
	plain := Options{BGR: o.BGR}
	o.Given, o.Scale = true, 1.0/255
	o.Mean, o.Std = Mean, Std
	if plain.BGR {
		o.Mean, o.Std = [3]float32{Mean[2], Mean[1], Mean[0]}, [3]float32{Std[2], Std[1], Std[0]}
	}
	if scale != 0 {
		o.Scale = scale
	}
	for _, part := range []struct {
		name  string
		given []float32
		to    *[3]float32
	}{{"mean", mean, &o.Mean}, {"std", std, &o.Std}} {
		switch len(part.given) {
		case 0:
		case 1:
			*part.to = [3]float32{part.given[0], part.given[0], part.given[0]}
		case 3:
			*part.to = [3]float32(part.given)
		default:
			return fmt.Errorf("--%s: %d numbers; one for all colours or three", part.name, len(part.given))
		}
	}
	for _, v := range o.Std {
		if v == 0 {
			return fmt.Errorf("--std: 0; pixels are divided by it")
		}
	}
	return nil
}

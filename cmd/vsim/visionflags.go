package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"vsim/profile/device/post"
	"vsim/profile/device/vision"
)

// visionFlags are the flags that say what a model's file does not.
type visionFlags struct {
	size, order, postprocessing string
	mean, std                   string // text: pflag prints six digits of a list's numbers
	scale                       float32
	set                         *pflag.FlagSet
}

func (f *visionFlags) add(flags *pflag.FlagSet) {
	f.set = flags
	flags.StringVar(&f.size, "input-size", "", "`WxH` in pixels that a model with free width and height is run at; default 224x224")
	flags.StringVar(&f.mean, "mean", "", "`MEANS` of the colours in the model's order, or one for all: a byte v becomes (v*scale-mean)/std; default ImageNet's")
	flags.StringVar(&f.std, "std", "", "standard `DEVIATIONS` of the colours, as --mean; default ImageNet's")
	flags.Float32Var(&f.scale, "scale", 0, "`FACTOR` of a byte before the mean is taken off; default 1/255")
	flags.StringVar(&f.order, "colour-order", "rgb", "`ORDER` of the colours that the model reads, rgb or bgr")
	flags.StringVar(&f.postprocessing, "postprocessing", "", "`KIND` of answer from the first output: none, argmax or nms (YOLOv8's boxes); default argmax for [N,classes], else none")
}

// visionFlagNames are those flags.
var visionFlagNames = []string{"input-size", "mean", "std", "scale", "colour-order", "postprocessing"}

// given are the flags as they were given, for a command that must have the same.
func given(flags *pflag.FlagSet) (words []string) {
	for _, name := range visionFlagNames {
		f := flags.Lookup(name)
		if f == nil || !f.Changed {
			continue
		}
		words = append(words, "--"+name, f.Value.String())
	}
	return words
}

// options reads the flags.
func (f *visionFlags) options() (o vision.Options, err error) {
	if o.Width, o.Height, err = f.sides(); err != nil {
		return o, err
	}
	if f.order != "rgb" && f.order != "bgr" {
		return o, fmt.Errorf("--colour-order %q: rgb or bgr", f.order)
	}
	o.Normalise.BGR = f.order == "bgr"
	if f.set.Changed("scale") && f.scale == 0 {
		return o, errors.New("--scale 0: every picture would be the same; a factor such as 1 or 0.00392")
	}
	mean, err := f.numbers("mean", f.mean)
	if err != nil {
		return o, err
	}
	std, err := f.numbers("std", f.std)
	if err != nil {
		return o, err
	}
	for _, v := range slices.Concat([]float32{f.scale}, mean, std) {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return o, fmt.Errorf("--mean, --std, --scale: %v is no number to calculate with", v)
		}
	}
	if err := o.Normalise.Set(mean, std, f.scale); err != nil {
		return o, err
	}
	if o.Postprocessing, err = post.ParseKind(f.postprocessing); err != nil {
		return o, fmt.Errorf("--postprocessing: %w", err)
	}
	return o, nil
}

// numbers reads a list of them; none where the flag is not given.
func (f *visionFlags) numbers(flag, list string) (out []float32, err error) {
	if !f.set.Changed(flag) {
		return nil, nil
	}
	for _, text := range strings.Split(list, ",") {
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
		if err != nil {
			return nil, fmt.Errorf("--%s %q: %q is no number; one for each colour or one for all, 0.485,0.456,0.406 say", flag, list, text)
		}
		out = append(out, float32(x))
	}
	return out, nil
}

// sides reads width and height; 0 where they were not named.
func (f *visionFlags) sides() (width, height int, err error) {
	if f.size == "" && !f.set.Changed("input-size") {
		return 0, 0, nil
	}
	left, right, _ := strings.Cut(f.size, "x")
	width, wErr := strconv.Atoi(left)
	height, hErr := strconv.Atoi(right)
	if wErr != nil || hErr != nil || width < 1 || height < 1 || max(width, height) > vision.MaxSide {
		return 0, 0, fmt.Errorf("--input-size %q: WIDTHxHEIGHT in pixels, each 1 to %d, 320x320 say", f.size, vision.MaxSide)
	}
	return width, height, nil
}

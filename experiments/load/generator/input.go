package generator

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"vsim/experiments/oip/wire"
	"vsim/profile/device"
	"vsim/profile/device/photo"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// What is sent.
const (
	pictures      = 8         // different ones, generated
	mostBytes     = 256 << 20 // of all different tensors together, as far as one alone is not larger
	defaultPixels = 224       // of a side of which the model's metadata says nothing
	mostElements  = 1 << 28   // of one tensor
)

// input is what requests have in them.
type input struct {
	text   string   // in words
	name   string   // of the model's input
	shape  []int64  // of an image in it; nil: as the model's metadata say
	images [][]byte // different ones: JPEG files, or the raw contents of tensors
}

// asked is what the user wants to be sent.
type asked struct {
	pictures string  // small, medium, large, a JPEG file or a folder of them
	tensor   string  // "random", "image"
	shape    []int64 // of one image
	batch    int
	seed     uint64
	cacheDir string
}

// inputOf makes what a model reads. config is nil where the server does not tell it.
func inputOf(ctx context.Context, m *wire.ModelMetadataResponse, config *wire.ModelConfig, a asked) (*input, error) {
	if len(m.Inputs) != 1 {
		names := make([]string, len(m.Inputs))
		for i, in := range m.Inputs {
			names[i] = in.Name
		}
		return nil, scenario.BadInput("model "+m.Name, "has %d inputs (%s); vsim load sends an image, which is one", len(m.Inputs), strings.Join(names, ", "))
	}
	meta := m.Inputs[0]
	image, batched := meta.Shape, batches(meta, config)
	if batched {
		image = image[1:]
	}
	in := &input{name: meta.Name}
	if err := checkBatch(m.Name, batched, config, a.batch); err != nil {
		return nil, err
	}
	var err error
	switch meta.Datatype {
	case "BYTES":
		err = in.files(ctx, image, a)
	case "FP32":
		err = in.tensors(ctx, image, a)
	default:
		err = scenario.BadInput("model "+m.Name, "reads %s; vsim load sends a JPEG file (BYTES) or a tensor (FP32)", meta.Datatype)
	}
	return in, err
}

// batches says whether the first dimension of an input is that of the batch: the metadata has it so where max_batch_size is not 0.
func batches(meta *wire.ModelMetadataResponse_TensorMetadata, config *wire.ModelConfig) bool {
	if len(meta.Shape) == 0 {
		return false
	}
	if config != nil {
		return config.MaxBatchSize > 0
	}
	return meta.Shape[0] == -1
}

func checkBatch(model string, batched bool, config *wire.ModelConfig, batch int) error {
	switch most := config.GetMaxBatchSize(); {
	case !batched && batch > 1:
		return scenario.BadInput("--batch", "%d: model %s takes one image a request; leave it out", batch, model)
	case most > 0 && batch > int(most):
		return scenario.BadInput("--batch", "%d must be 1 to %d, the max_batch_size of model %s", batch, most, model)
	}
	return nil
}

// files has requests bring JPEG files.
func (in *input) files(ctx context.Context, image []int64, a asked) error {
	if tensor.Count(image) != 1 && !slices.Equal(image, []int64{-1}) {
		return scenario.BadInput("input "+in.name, "has shape %v of BYTES for an image; vsim load sends one JPEG file for each", image)
	}
	if a.tensor != "" || len(a.shape) > 0 {
		return scenario.BadInput("--tensor, --shape", "are of models that read FP32; input %s is of BYTES and gets JPEG files: leave them out", in.name)
	}
	jpegs, text, err := jpegsOf(ctx, a)
	if err != nil {
		return err
	}
	in.text, in.images = text+" as JPEG files", jpegs
	return nil
}

// tensors has requests bring ready tensors.
func (in *input) tensors(ctx context.Context, image []int64, a asked) error {
	shape, err := shapeOf(in.name, image, a.shape)
	if err != nil {
		return err
	}
	in.shape = shape
	if cmp.Or(a.tensor, "random") == "random" {
		if a.pictures != "" {
			return scenario.BadInput("--input "+a.pictures, "has no effect on random tensors, which input %s of FP32 gets; add --tensor image, or leave it out", in.name)
		}
		in.text = fmt.Sprintf("random tensors %v", shape)
		in.images = randomTensors(tensor.Count(shape), a.seed)
		return nil
	}
	jpegs, text, err := jpegsOf(ctx, a)
	if err != nil {
		return err
	}
	in.text = fmt.Sprintf("tensors %v of %s", shape, text)
	in.images, err = tensorsOf(jpegs, shape)
	return err
}

// shapeOf is that of one image's tensor: the model's, with what the user gives, or defaultPixels, where it leaves sides open.
func shapeOf(name string, image, given []int64) ([]int64, error) {
	shape := slices.Clone(image)
	if len(given) > 0 {
		if len(given) != len(shape) {
			return nil, scenario.BadInput("--shape", "has %d dimensions; input %s has %d of an image, %v", len(given), name, len(shape), image)
		}
		for i := range shape {
			if shape[i] >= 0 && shape[i] != given[i] || given[i] < 1 {
				return nil, scenario.BadInput("--shape", "%v does not fit %v, the shape of an image of input %s", given, image, name)
			}
		}
		shape = slices.Clone(given)
	}
	pictureLike := len(shape) == 3 && (shape[0] == 3 || shape[2] == 3)
	elements := int64(1)
	for i := range shape {
		switch {
		case shape[i] < 0 && pictureLike:
			shape[i] = defaultPixels
		case shape[i] < 1:
			return nil, scenario.BadInput("input "+name, "has shape %v for an image; say with --shape what to send", image)
		}
		if elements *= shape[i]; elements > mostElements {
			return nil, scenario.BadInput("input "+name, "has shape %v, more than %d numbers for an image, the limit", shape, mostElements)
		}
	}
	return shape, nil
}

// jpegsOf gives the pictures that were asked for, and says what they are.
func jpegsOf(ctx context.Context, a asked) (files [][]byte, text string, err error) {
	name := cmp.Or(a.pictures, "medium")
	if _, err := photo.FindSize(name); err == nil {
		files, err := photo.Set(ctx, a.cacheDir, name, pictures, 1)
		return files, name + " photographs", err
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, "", scenario.BadInput("--input "+name, "cannot be read: %v; give small, medium, large, a JPEG file or a folder of them", userfile.Reason(err))
	}
	if !info.IsDir() {
		data, err := userfile.Read(name, userfile.MaxPictureBytes)
		if err != nil {
			return nil, "", scenario.BadInput("--input "+name, "cannot be read: %v", userfile.Reason(err))
		}
		return [][]byte{data}, name, nil
	}
	loaded, err := photo.Load(name)
	if err != nil {
		return nil, "", scenario.BadInput("--input "+name, "cannot be used: %v", err)
	}
	for _, f := range loaded {
		files = append(files, f.Data)
	}
	return files, fmt.Sprintf("%d pictures of %s", len(files), name), nil
}

// tensorsOf prepares pictures as a server would, with ImageNet's means.
func tensorsOf(jpegs [][]byte, shape []int64) (out [][]byte, err error) {
	of := tensor.Shape{Element: tensor.Float32}
	switch {
	case len(shape) == 3 && shape[0] == 3:
		of.Height, of.Width, of.Layout = int(shape[1]), int(shape[2]), tensor.NCHW
	case len(shape) == 3 && shape[2] == 3:
		of.Height, of.Width, of.Layout = int(shape[0]), int(shape[1]), tensor.NHWC
	default:
		return nil, scenario.BadInput("--tensor image", "needs a model that reads [3, height, width] or [height, width, 3], not %v; use --tensor random", shape)
	}
	p, err := device.OpenCodec().NewPreprocessor(of, preprocess.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for i, file := range jpegs {
		img, err := p.Decode(file)
		if err != nil {
			return nil, scenario.BadInput("--input", "picture %d: %v", i, err)
		}
		made := of.New()
		p.Resize(img, made)
		out = append(out, floats(made.Single))
	}
	return out, nil
}

// randomTensors are numbers from 0 to 1.
func randomTensors(elements int, seed uint64) (out [][]byte) {
	rng := rand.New(rand.NewPCG(seed, 1))
	for range max(1, min(pictures, mostBytes/(4*elements))) {
		numbers := make([]float32, elements)
		for i := range numbers {
			numbers[i] = rng.Float32()
		}
		out = append(out, floats(numbers))
	}
	return out
}

// floats are numbers as raw contents have them, little-endian.
func floats(numbers []float32) []byte {
	out := make([]byte, 0, 4*len(numbers))
	for _, x := range numbers {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// Package vision says what a model reads and gives: read once from its file, the same for CPU and GPU.
package vision

import (
	"fmt"
	"slices"

	"vsim/profile/device/limits"
	"vsim/profile/device/post"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
)

// Side is the height and width in pixels that a model is run at where it leaves them free and nobody says more.
const Side = 224

// MaxSide limits a picture's height and width, in pixels.
const MaxSide = 16384

// Options are what a model's file does not say. The zero value reads as ImageNet's models do.
type Options struct {
	Width, Height  int                // of a model that leaves them free, in pixels; 0: Side
	Normalise      preprocess.Options // of pixels
	Postprocessing post.Kind          // "": argmax for a first output [N,classes], none for others
}

// Model is what a model reads and gives.
type Model struct {
	Name           string         // of the input
	Tensor         tensor.Shape   // of one picture
	Batch          int            // the only one that the model runs; 0: any
	Free           bool           // height or width is not the file's
	Input          tensor.Value   // with the size that it is run at
	Outputs        []tensor.Value // as the file describes them
	Normalise      preprocess.Options
	Postprocessing post.Kind
}

const rule = "a served model reads pictures alone: one input, float32, float16 or uint8, [N,3,H,W] or [N,H,W,3]"

// Read makes sense of a model's inputs and outputs.
func Read(inputs, outputs []tensor.Value, o Options) (Model, error) {
	m := Model{Outputs: outputs}
	if err := m.readInput(inputs, o); err != nil {
		return m, err
	}
	if m.Normalise = o.Normalise; m.Tensor.Element == tensor.Uint8 && !o.Normalise.Plain() {
		return m, fmt.Errorf("its input is %v: uint8 takes pixels as they are; leave mean, std and scale out", inputs[0])
	}
	return m, m.readOutputs(o)
}

func (m *Model) readInput(inputs []tensor.Value, o Options) error {
	in, others := picture(inputs)
	switch {
	case len(inputs) == 0:
		return fmt.Errorf("it has no input; %s", rule)
	case in < 0 && slices.ContainsFunc(inputs, greyscale):
		return fmt.Errorf("it reads %s, pictures of one channel: greyscale is not supported; %s", tensor.Describe(inputs), rule)
	case in < 0:
		return fmt.Errorf("it reads %s; %s", tensor.Describe(inputs), rule)
	case len(others) > 0:
		return fmt.Errorf("it reads %s beside the picture %s; %s", tensor.Describe(others), inputs[in], rule)
	}
	v := inputs[in]
	if _, err := limits.Picture(v.Shape, v.Element.SizeBytes()); err != nil {
		return fmt.Errorf("its input is %s: %w", v, err)
	}
	m.Tensor = tensor.Shape{Element: v.Element, Layout: layout(v)}
	height, width := 2, 3
	if m.Tensor.Layout == tensor.NHWC {
		height, width = 1, 2
	}
	m.Name, m.Batch = v.Name, int(max(v.Shape[0], 0))
	m.Input = tensor.Value{Name: v.Name, Element: v.Element, Shape: v.At(int(v.Shape[0]))}
	for _, axis := range []struct {
		at, wanted int
		side       *int
	}{{height, o.Height, &m.Tensor.Height}, {width, o.Width, &m.Tensor.Width}} {
		fixed := v.Shape[axis.at]
		switch {
		case axis.wanted > MaxSide:
			return fmt.Errorf("an input size of %dx%d: height and width are %d at most", o.Width, o.Height, MaxSide)
		case fixed > 0 && axis.wanted > 0 && int(fixed) != axis.wanted:
			return fmt.Errorf("its input is %s: an input size of %dx%d cannot be had; %s", v, o.Width, o.Height, sizes(v, height, width, o))
		case fixed > 0:
			*axis.side = int(fixed)
		case axis.wanted > 0:
			*axis.side = axis.wanted
		default:
			*axis.side = Side
		}
		m.Free = m.Free || fixed <= 0
		m.Input.Shape[axis.at] = int64(*axis.side)
	}
	if m.Tensor.Layout == tensor.NHWC {
		m.Input.Shape[3] = 3
	} else {
		m.Input.Shape[1] = 3
	}
	if _, err := limits.Picture(m.Input.Shape, v.Element.SizeBytes()); err != nil {
		return fmt.Errorf("its input is %s: %w", v, err)
	}
	return nil
}

// sizes says which input sizes a model takes, one of whose sides at least is the file's.
func sizes(v tensor.Value, height, width int, o Options) string {
	switch {
	case v.Shape[height] <= 0:
		return fmt.Sprintf("its width is %d: --input-size %dx%d", v.Shape[width], v.Shape[width], o.Height)
	case v.Shape[width] <= 0:
		return fmt.Sprintf("its height is %d: --input-size %dx%d", v.Shape[height], o.Width, v.Shape[height])
	}
	return "leave --input-size out"
}

// picture finds the one input that can be a picture's, and lists the others; -1: there is none.
func picture(inputs []tensor.Value) (at int, others []tensor.Value) {
	at = -1
	for i, v := range inputs {
		if at < 0 && layout(v) != "" {
			at = i
		} else {
			others = append(others, v)
		}
	}
	return at, others
}

// greyscale tells of an input that reads pictures of one channel.
func greyscale(v tensor.Value) bool {
	return len(v.Shape) == 4 && layout(v) == "" && (v.Shape[1] == 1 || v.Shape[3] == 1) && v.Element.SizeBytes() > 0
}

// layout is that of a picture's tensor, "" for no such. A number of channels that is left free is taken for 3.
func layout(v tensor.Value) tensor.Layout {
	switch v.Element {
	case tensor.Float32, tensor.Float16, tensor.Uint8:
	default:
		return ""
	}
	switch {
	case len(v.Shape) != 4:
		return ""
	case v.Shape[1] == 3:
		return tensor.NCHW
	case v.Shape[3] == 3:
		return tensor.NHWC
	case v.Shape[1] <= 0:
		return tensor.NCHW
	}
	return ""
}

// CheckBatch checks whether a batch of the model may be so large.
func (m *Model) CheckBatch(batch int) error {
	picture := m.Tensor.SizeBytes()
	for _, v := range m.Outputs {
		bytes, err := limits.Picture(v.Shape, v.Element.SizeBytes())
		if err != nil {
			return err
		}
		picture += bytes
	}
	return limits.CheckBatch(batch, picture)
}

func (m *Model) readOutputs(o Options) error {
	if len(m.Outputs) == 0 {
		return fmt.Errorf("it has no output")
	}
	for _, v := range m.Outputs {
		if v.Element.SizeBytes() == 0 {
			return fmt.Errorf("its output %s cannot be copied; outputs are tensors of numbers", v)
		}
		if _, err := limits.Picture(v.Shape, v.Element.SizeBytes()); err != nil {
			return fmt.Errorf("its output is %s: %w", v, err)
		}
	}
	first := m.Outputs[0]
	m.Postprocessing = o.Postprocessing
	if m.Postprocessing == "" {
		if m.Postprocessing = post.None; first.Element == tensor.Float32 && len(first.Shape) == 2 && first.Shape[1] > 0 {
			m.Postprocessing = post.Argmax
		}
	}
	if m.Postprocessing != post.None && first.Element != tensor.Float32 {
		return fmt.Errorf("its first output is %s; postprocessing %q reads float32; choose none", first, m.Postprocessing)
	}
	if m.Postprocessing == post.NMS && len(first.Shape) != 3 {
		return fmt.Errorf("its first output is %s; postprocessing nms reads [N,4+classes,anchors] or [N,anchors,4+classes]; choose none", first)
	}
	return nil
}

//go:build cgo

package infer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"vsim/profile/device/limits"
	"vsim/profile/userfile"
)

const float32Bytes = 4

const inputRule = "a model takes one input, float32 [N,3,H,W]"

// checkFile says in plain words what ONNX Runtime would say in its own.
func checkFile(path string) error {
	err := userfile.Check(path, userfile.MaxModelBytes)
	switch info, statErr := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return modelError(path, "the file does not exist")
	case statErr == nil && info.IsDir():
		return modelError(path, "it is a folder, name the .onnx file")
	case err != nil:
		return modelError(path, "%v", userfile.Reason(err))
	case info.Size() == 0:
		return modelError(path, "the file is empty")
	}
	return nil
}

// readGraph learns the input and the output. The binding's library tells them only of a session
// that it makes and throws away, so that one is made without graph optimisation, which is quick.
func (s *Session) readGraph() error {
	options, err := sessionOptions(Options{}, ort.GraphOptimizationLevelDisableAll)
	if err != nil {
		return err
	}
	defer options.Destroy()
	inputs, outputs, err := ort.GetInputOutputInfoWithOptions(s.path, options)
	if err != nil {
		return loadError(s.path, err)
	}
	if err := s.setInput(inputs); err != nil {
		return err
	}
	return s.setOutput(outputs)
}

func (s *Session) setInput(inputs []ort.InputOutputInfo) error {
	if len(inputs) != 1 {
		return modelError(s.path, "it has %d inputs (%s); %s", len(inputs), describe(inputs), inputRule)
	}
	in := inputs[0]
	dims := slices.Clone(in.Dimensions)
	if !isFloatTensor(in) || len(dims) != 4 || dims[1] != 3 {
		return modelError(s.path, "its input is %s; %s", describe(inputs), inputRule)
	}
	for axis := 2; axis < 4; axis++ {
		if dims[axis] <= 0 {
			dims[axis] = Side
		}
	}
	if _, err := limits.Picture(dims, float32Bytes); err != nil {
		return modelError(s.path, "its input is %s: %v", describe(inputs), err)
	}
	s.in, s.shape = in.Name, dims
	return nil
}

func (s *Session) setOutput(outputs []ort.InputOutputInfo) error {
	if len(outputs) == 0 {
		return modelError(s.path, "it has no output")
	}
	out := outputs[0]
	rule := "the first output must be float32 [N,classes] with a fixed number of classes"
	if !isFloatTensor(out) || len(out.Dimensions) < 2 {
		return modelError(s.path, "its first output is %s; %s", describe(outputs[:1]), rule)
	}
	for _, dim := range out.Dimensions[1:] {
		if dim <= 0 {
			return modelError(s.path, "its first output is %s; %s", describe(outputs[:1]), rule)
		}
	}
	size, err := limits.Picture(out.Dimensions, float32Bytes)
	if err != nil {
		return modelError(s.path, "its first output is %s: %v", describe(outputs[:1]), err)
	}
	s.classes = size / float32Bytes
	s.out, s.outShape = out.Name, slices.Clone(out.Dimensions)
	return nil
}

func isFloatTensor(v ort.InputOutputInfo) bool {
	return v.OrtValueType == ort.ONNXTypeTensor && v.DataType == ort.TensorElementDataTypeFloat
}

// describe writes values as "name float32 [N,3,224,224]", N being any dynamic axis.
func describe(values []ort.InputOutputInfo) string {
	var out []string
	for _, v := range values {
		if v.OrtValueType != ort.ONNXTypeTensor {
			out = append(out, fmt.Sprintf("%s (no tensor)", v.Name))
			continue
		}
		var dims []string
		for _, dim := range v.Dimensions {
			if dim < 0 {
				dims = append(dims, "N")
			} else {
				dims = append(dims, fmt.Sprint(dim))
			}
		}
		out = append(out, fmt.Sprintf("%s %s [%s]", v.Name, elementName(v.DataType), strings.Join(dims, ",")))
	}
	return strings.Join(out, "; ")
}

func elementName(t ort.TensorElementDataType) string {
	name := strings.ToLower(strings.TrimPrefix(t.String(), "ONNX_TENSOR_ELEMENT_DATA_TYPE_"))
	if name == "float" {
		return "float32"
	}
	return name
}

func modelError(path, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrModel, path, strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", " "))
}

// loadError says in plain words what ONNX Runtime says of a file that it cannot read.
func loadError(path string, err error) error {
	text := strings.TrimPrefix(err.Error(), "Error loading temporary session: ")
	text = strings.TrimPrefix(text, "Load model from "+path+" failed:")
	if strings.Contains(text, "Protobuf parsing failed") {
		text = "it is not an ONNX file, or was cut off (" + text + ")"
	}
	return modelError(path, "%s", text)
}

func sessionOptions(opt Options, level ort.GraphOptimizationLevel) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("ONNX Runtime: session options: %w", err)
	}
	if err := errors.Join(
		o.SetIntraOpNumThreads(max(opt.IntraOpThreads, 1)),
		o.SetInterOpNumThreads(1),
		o.SetExecutionMode(ort.ExecutionModeSequential),
		o.SetGraphOptimizationLevel(level),
		o.SetLogSeverityLevel(ort.LoggingLevelFatal),
		o.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
	); err != nil {
		o.Destroy()
		return nil, fmt.Errorf("ONNX Runtime: session options: %w", err)
	}
	return o, nil
}

//go:build cgo

package infer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
	"vsim/profile/userfile"
)

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

// readGraph learns the inputs and outputs. The binding's library tells them only of a session
// that it makes and throws away, so that one is made without graph optimisation, which is quick.
func (s *Session) readGraph(o vision.Options) error {
	options, err := sessionOptions(Options{}, ort.GraphOptimizationLevelDisableAll)
	if err != nil {
		return err
	}
	defer options.Destroy()
	inputs, outputs, err := ort.GetInputOutputInfoWithOptions(s.path, options)
	if err != nil {
		return loadError(s.path, err)
	}
	if s.Model, err = vision.Read(values(inputs), values(outputs), o); err != nil {
		return modelError(s.path, "%v", err)
	}
	return nil
}

func values(infos []ort.InputOutputInfo) (out []tensor.Value) {
	for _, v := range infos {
		value := tensor.Value{Name: v.Name, Shape: v.Dimensions}
		if v.OrtValueType == ort.ONNXTypeTensor {
			value.Element = tensor.Element(v.DataType)
		}
		out = append(out, value)
	}
	return out
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

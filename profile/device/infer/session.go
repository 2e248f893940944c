//go:build cgo

package infer

import (
	"errors"
	"fmt"
	"strings"

	ort "github.com/yalue/onnxruntime_go"
)

// Session is one loaded model, as one instance of a serving system has it. It is not safe for
// concurrent use: its bindings are reused from call to call. Instances have a session each.
type Session struct {
	path     string
	in, out  string // names of the graph's input and output
	shape    []int64
	outShape []int64
	classes  int
	ort      *ort.DynamicAdvancedSession
	bindings map[int]*binding // by batch size
	stuck    bool             // a run does not end, and still uses all of it
}

// NewSession loads the model at modelPath. Its input must be float32 [N,3,H,W], its first output
// float32 [N,classes] (more axes are flattened); N may be dynamic or fixed. Otherwise, or when the
// file is missing or broken, the error names the file, what was found and the rule.
func NewSession(modelPath string, opt Options) (*Session, error) {
	if !isOpen() {
		return nil, errors.New("ONNX Runtime is not open: infer.Open comes first")
	}
	if err := checkFile(modelPath); err != nil {
		return nil, err
	}
	s := &Session{path: modelPath, bindings: map[int]*binding{}}
	if err := s.readGraph(); err != nil {
		return nil, err
	}
	options, err := sessionOptions(opt, ort.GraphOptimizationLevelEnableAll)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	s.ort, err = ort.NewDynamicAdvancedSession(modelPath, []string{s.in}, []string{s.out}, options)
	if err != nil {
		return nil, loadError(modelPath, err)
	}
	return s, nil
}

// InputShape is [N,3,H,W]; N is -1 when the batch size is free, else the only one that Run takes. H and W
// are Side where the model leaves them free.
func (s *Session) InputShape() []int64 { return append([]int64(nil), s.shape...) }

// Classes is the number of outputs for one picture.
func (s *Session) Classes() int { return s.classes }

// Run infers batch pictures: in holds batch*3*H*W values in NCHW order, out takes batch*Classes()
// values (longer slices are allowed). ONNX Runtime reads in and writes out in place. When a batch
// size comes again with the same slices, nothing is allocated; with other slices only their
// descriptors are.
func (s *Session) Run(batch int, in, out []float32) error {
	if err := s.checkRun(batch, in, out); err != nil {
		return err
	}
	b := s.bindings[batch]
	first := b == nil
	if b == nil || !b.wraps(in, out) {
		fresh, err := s.bind(batch, in, out)
		if err != nil {
			return fmt.Errorf("model %s: batch %d: %w", s.path, batch, err)
		}
		if b != nil {
			b.destroy()
		}
		s.bindings[batch], b = fresh, fresh
	}
	var err error
	if first {
		err = s.runFirst(batch, b)
	} else {
		err = s.ort.RunWithBinding(b.io)
	}
	if err != nil {
		return fmt.Errorf("model %s: batch %d: %s", s.path, batch, strings.Join(strings.Fields(err.Error()), " "))
	}
	return nil
}

func (s *Session) checkRun(batch int, in, out []float32) error {
	perImage := int(s.shape[1] * s.shape[2] * s.shape[3])
	switch {
	case s.stuck:
		return fmt.Errorf("model %s: an earlier run has not ended", s.path)
	case s.ort == nil:
		return fmt.Errorf("model %s: the session is closed", s.path)
	case batch < 1:
		return fmt.Errorf("model %s: batch %d: a batch has at least 1 picture", s.path, batch)
	case s.shape[0] > 0 && int64(batch) != s.shape[0]:
		return fmt.Errorf("model %s: batch %d: the model's batch size is fixed at %d", s.path, batch, s.shape[0])
	case len(in) < batch*perImage:
		return fmt.Errorf("model %s: batch %d: the input has %d values, %d are needed", s.path, batch, len(in), batch*perImage)
	case len(out) < batch*s.classes:
		return fmt.Errorf("model %s: batch %d: the output has room for %d values, %d are needed", s.path, batch, len(out), batch*s.classes)
	}
	return nil
}

// Close frees the model and its bindings; a second Close does nothing.
func (s *Session) Close() {
	if s.stuck {
		return
	}
	for _, b := range s.bindings {
		b.destroy()
	}
	s.bindings = nil
	if s.ort != nil {
		s.ort.Destroy()
		s.ort = nil
	}
}

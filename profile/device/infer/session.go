//go:build cgo

package infer

import (
	"errors"
	"fmt"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

// Session is one loaded model, as one instance of a serving system has it. It is not safe for
// concurrent use: its memory is used again from call to call. Instances have a session each.
type Session struct {
	vision.Model
	path     string
	maxBatch int
	in       []byte
	out      [][]byte // by output, for the largest batch; nil where a run says how much it takes
	ort      *ort.DynamicAdvancedSession
	bindings map[int]*binding // by batch size
	last     *binding         // of the last run
	stuck    bool             // a run does not end, and still uses all of it
}

// NewSession loads the model at modelPath, see vision.Read for what it may read and give. Otherwise, or when the
// file is missing or broken, the error names the file, what was found and the rule.
func NewSession(modelPath string, opt Options) (*Session, error) {
	if !isOpen() {
		return nil, errors.New("ONNX Runtime is not open: infer.Open comes first")
	}
	if err := checkFile(modelPath); err != nil {
		return nil, err
	}
	s := &Session{path: modelPath, maxBatch: max(opt.MaxBatch, 1), bindings: map[int]*binding{}}
	if err := s.readGraph(opt.Vision); err != nil {
		return nil, err
	}
	if s.Batch > 0 && opt.MaxBatch == 0 {
		s.maxBatch = s.Batch
	}
	if err := s.CheckBatch(s.maxBatch); err != nil {
		return nil, modelError(modelPath, "%v", err)
	}
	options, err := sessionOptions(opt, ort.GraphOptimizationLevelEnableAll)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	s.ort, err = ort.NewDynamicAdvancedSession(modelPath, []string{s.Name}, s.names(), options)
	if err != nil {
		return nil, loadError(modelPath, err)
	}
	s.in = aligned(s.maxBatch * s.Tensor.SizeBytes())
	s.out = make([][]byte, len(s.Outputs))
	return s, nil
}

func (s *Session) names() (out []string) {
	for _, v := range s.Outputs {
		out = append(out, v.Name)
	}
	return out
}

// aligned makes memory that numbers of any type may lie in.
func aligned(n int) []byte { return tensor.Make(tensor.Float32, max(1, (n+3)/4)).Bytes()[:n] }

// In is where the pictures of a batch lie, one tensor behind the other.
func (s *Session) In() []byte { return s.in }

// Run infers the first pictures of In. ONNX Runtime reads them and writes its outputs in place; when a batch size comes
// again, nothing is allocated. (Where an output's size follows from the picture, ONNX Runtime makes its memory each time.)
func (s *Session) Run(batch int) error {
	if err := s.checkRun(batch); err != nil {
		return err
	}
	b := s.bindings[batch]
	if b == nil {
		var err error
		if b, err = s.bindFirst(batch); err != nil {
			return s.runError(batch, err)
		}
		s.bindings[batch] = b
	}
	if err := s.run(b); err != nil {
		return s.runError(batch, err)
	}
	s.last = b
	return nil
}

// runError tells on one line what ONNX Runtime may tell on several.
func (s *Session) runError(batch int, err error) error {
	remedy := ""
	if s.Free {
		remedy = fmt.Sprintf("; it ran at %dx%d, another --input-size may suit it", s.Tensor.Width, s.Tensor.Height)
	}
	return fmt.Errorf("model %s: batch %d: %s%s", s.path, batch, strings.Join(strings.Fields(err.Error()), " "), remedy)
}

// Out gives an output of the last run and its shape, valid until the next.
func (s *Session) Out(k int) (data []byte, shape []int64) {
	if s.last == nil {
		return nil, nil
	}
	return bytesOf(s.last.out[k]), s.last.out[k].GetShape()
}

func (s *Session) checkRun(batch int) error {
	switch {
	case s.stuck:
		return fmt.Errorf("model %s: an earlier run has not ended", s.path)
	case s.ort == nil:
		return fmt.Errorf("model %s: the session is closed", s.path)
	case batch < 1:
		return fmt.Errorf("model %s: batch %d: a batch has at least 1 picture", s.path, batch)
	case s.Batch > 0 && batch != s.Batch:
		return fmt.Errorf("model %s: batch %d: the model's batch size is fixed at %d", s.path, batch, s.Batch)
	case batch > s.maxBatch:
		return fmt.Errorf("model %s: batch %d: there is room for %d pictures", s.path, batch, s.maxBatch)
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
	s.bindings, s.last = nil, nil
	if s.ort != nil {
		s.ort.Destroy()
		s.ort = nil
	}
}

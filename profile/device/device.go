// Package device puts the CPU stages of an image-classification server together as its workers run
// them: a preprocessing worker decodes and resizes, an inference instance copies a batch together,
// infers and postprocesses. The profiler measures these very calls and the live server makes them.
package device

import (
	"fmt"
	"image"

	"vsim/profile/device/crop"
	"vsim/profile/device/infer"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/limits"
	"vsim/profile/device/native"
	"vsim/profile/device/post"
	"vsim/profile/device/preprocess"
	"vsim/profile/device/tensor"
	"vsim/profile/device/vision"
)

// The names of the CPU stages, as profiles and reports use them, in the order in which a request meets them.
const (
	Decode = "decode" // JPEG bytes to RGBA
	Resize = "resize" // to the model's size, normalised, in the model's own layout and type
	Copy   = "copy"   // of one picture's tensor into the batch
	Infer  = "infer"  // of a batch
	Crop   = "crop"   // of one face out of a frame, to JPEG bytes
	Post   = "post"   // the answer of one picture: by softmax and the best classes, or non-maximum suppression
)

// Libraries are the native libraries that the stages run on.
type Libraries struct {
	Codec   jpeg.Codec
	Version map[string]string // by library, for a profile's provenance
	Notes   []string          // what a user should know, such as a fallback decoder
}

// Open loads the native libraries. ortLib is a path, or "" to search for ONNX Runtime. The error is a *native.Unusable.
func Open(ortLib string) (*Libraries, error) {
	path, err := native.Find(native.ONNXRuntime, ortLib)
	if err == nil {
		err = infer.Open(path)
	}
	if err != nil {
		return nil, &native.Unusable{Err: err}
	}
	l := OpenCodec()
	l.Version["onnxruntime"] = infer.Version()
	return l, nil
}

// OpenCodec loads the JPEG decoder only: preprocessing on the CPU for a network that runs elsewhere.
func OpenCodec() *Libraries {
	codec, why := jpeg.Find("")
	l := &Libraries{Codec: codec, Version: map[string]string{"jpeg": codec.Name()}}
	if why != nil {
		l.Notes = append(l.Notes, fmt.Sprintf("decoding with %s: %v", codec.Name(), why))
	}
	return l
}

// Preprocessor is one preprocessing worker. It belongs to one goroutine.
type Preprocessor struct {
	decoder jpeg.Decoder
	resizer *preprocess.Preprocessor
}

// NewPreprocessor makes a worker for models that read such tensors.
func (l *Libraries) NewPreprocessor(shape tensor.Shape, o preprocess.Options) (*Preprocessor, error) {
	d, err := l.Codec.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &Preprocessor{decoder: d, resizer: preprocess.New(shape, o)}, nil
}

// Decode gives the picture of a JPEG file's bytes, valid until the next Decode.
func (p *Preprocessor) Decode(data []byte) (*image.RGBA, error) { return p.decoder.Decode(data) }

// Resize writes a picture's tensor, in the type that out has.
func (p *Preprocessor) Resize(img *image.RGBA, out tensor.Tensor) { p.resizer.Run(img, out) }

// Close frees the worker's decoder.
func (p *Preprocessor) Close() { p.decoder.Close() }

// NewCutter makes what cuts faces out of frames, for one worker.
func (l *Libraries) NewCutter() (*crop.Cutter, error) { return crop.NewCutter(l.Codec) }

// Instance is one inference instance: a loaded model and the batch it works on.
type Instance struct {
	session *infer.Session
	answers post.Answerer
}

// NewInstance loads a model for batches of up to maxBatch pictures.
func NewInstance(modelPath string, threads, maxBatch int, o vision.Options) (*Instance, error) {
	if threads > limits.Threads {
		return nil, fmt.Errorf("model %s: %d threads of an inference, the limit is %d", modelPath, threads, limits.Threads)
	}
	s, err := infer.NewSession(modelPath, infer.Options{IntraOpThreads: threads, MaxBatch: maxBatch, Vision: o})
	if err != nil {
		return nil, err
	}
	return &Instance{session: s, answers: post.Answerer{Kind: s.Postprocessing}}, nil
}

// Model is what the model reads and gives.
func (i *Instance) Model() *vision.Model { return &i.session.Model }

// Tensor is what the model reads of one picture.
func (i *Instance) Tensor() tensor.Shape { return i.session.Tensor }

// Copy puts a picture's tensor, of the instance's shape, at a place of the batch.
func (i *Instance) Copy(place int, t tensor.Tensor) { i.CopyBytes(place, t.Bytes()) }

// CopyBytes puts the memory of one tensor or of several, one behind the other, at a place of the batch.
func (i *Instance) CopyBytes(place int, data []byte) {
	copy(i.session.In()[place*i.Tensor().SizeBytes():], data)
}

// Infer runs the model on the first n pictures of the batch.
func (i *Instance) Infer(n int) error { return i.session.Run(n) }

// Post gives the answer of the picture at a place of the batch that was inferred last, valid until the next Post.
func (i *Instance) Post(place int) post.Answer {
	if i.answers.Kind == post.None {
		return post.Answer{}
	}
	data, shape := i.session.Out(0)
	return i.answers.At(place, tensor.Singles(data), shape)
}

// Output gives one of the model's outputs of the batch that was inferred last, and its shape, valid until the next Infer.
func (i *Instance) Output(k int) (data []byte, shape []int64) { return i.session.Out(k) }

// Close frees the model.
func (i *Instance) Close() { i.session.Close() }

package gpu

import (
	"errors"

	"vsim/profile/device/dl"
	"vsim/profile/device/native"
	"vsim/profile/device/ort"
)

// Libraries are the paths of what the GPU stages run on. Without NVRTC and nvJPEG the GPU does not preprocess.
type Libraries struct {
	CUDA, NVRTC, NVJPEG, ORT string

	cannotPreprocess error
}

// Find looks for all libraries, ahead of any work; the error has a line for each that is missing and without which nothing
// can be done, with how to get it, and is a *native.Unusable. ortLib is a path, or "" to search. NVML is not among them: a GPU works without it.
func Find(ortLib string) (*Libraries, error) {
	var l Libraries
	var missing []error
	for _, f := range []struct {
		lib      native.Lib
		explicit string
		into     *string
	}{
		{native.CUDA, "", &l.CUDA}, {native.ONNXRuntime, ortLib, &l.ORT},
	} {
		path, err := native.Find(f.lib, f.explicit)
		missing = append(missing, err)
		*f.into = path
	}
	l.findPreprocessing()
	missing = append(missing, open(native.CUDNN), open(native.CUFFT))
	if l.ORT != "" {
		missing = append(missing, ort.CheckCUDA(l.ORT))
	}
	if err := errors.Join(missing...); err != nil {
		return &l, &native.Unusable{Err: errors.Join(err, l.cannotPreprocess)}
	}
	return &l, nil
}

// findPreprocessing looks for what decodes and resizes.
func (l *Libraries) findPreprocessing() {
	var compiler, decoder error
	l.NVRTC, compiler = native.Find(native.NVRTC, "")
	l.NVJPEG, decoder = native.Find(native.NVJPEG, "")
	l.cannotPreprocess = errors.Join(compiler, decoder)
}

// open opens a library that ONNX Runtime's CUDA provider asks for by name in the middle of its work, so
// that it is there, or said to be missing, now.
func open(lib native.Lib) error {
	path, err := native.Find(lib, "")
	if err != nil {
		return err
	}
	_, err = dl.Open(lib.Name, path)
	return err
}

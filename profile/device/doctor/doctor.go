// Package doctor says which native libraries and GPUs this machine has, and how to get what it lacks.
package doctor

import (
	"vsim/profile/device/infer"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/native"
)

// Finding is one thing that the doctor looked for.
type Finding struct {
	Name  string
	OK    bool
	Found string // path and version; without OK what is missing and how to get it
}

// Findings looks for the native libraries and opens them, and describes the GPUs. ortLib is a path, or ""
// to search.
func Findings(ortLib string) []Finding {
	return append([]Finding{onnxRuntime(ortLib), turboJPEG()}, gpuFindings(ortLib)...)
}

func onnxRuntime(explicit string) Finding {
	f := Finding{Name: native.ONNXRuntime.Name}
	path, err := native.Find(native.ONNXRuntime, explicit)
	if err == nil {
		err = infer.Open(path)
	}
	if err != nil {
		f.Found = err.Error()
		return f
	}
	f.OK, f.Found = true, infer.Version()+" in "+path
	return f
}

func turboJPEG() Finding {
	codec, err := jpeg.Find("")
	if err != nil {
		return Finding{Name: native.TurboJPEG.Name, Found: err.Error() + " (until then: " + codec.Name() + ")"}
	}
	path, _ := native.Find(native.TurboJPEG, "")
	return Finding{Name: native.TurboJPEG.Name, OK: true, Found: codec.Name() + " in " + path}
}

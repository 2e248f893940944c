// Package doctor says which native libraries and GPUs this machine has, and how to get what it lacks.
package doctor

import (
	"context"

	"vsim/profile/device/infer"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/native"
)

// Finding is one thing that the doctor looked for.
type Finding struct {
	Name  string
	OK    bool
	Tried bool   // it was not looked for but tried out
	Found string // path and version, or what was done; without OK what is missing and how to get it, or what failed
}

// Findings looks for the native libraries and opens them, describes the GPUs and, where all that they need is there, tries
// them out. ortLib is a path, or "" to search.
func Findings(ctx context.Context, ortLib string) []Finding {
	return append([]Finding{onnxRuntime(ortLib), turboJPEG()}, gpuFindings(ctx, ortLib)...)
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

package measure

import (
	"os"

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

// Doctor looks for the native libraries and opens them, and describes the GPUs. ortLib is a path, or ""
// to search.
func Doctor(ortLib string) []Finding {
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

// Writable tells whether a file can be made in the folder of path, before anything is measured for it.
func Writable(dir string) error {
	f, err := os.CreateTemp(dir, ".vsim-*")
	if err != nil {
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

package doctor

import (
	"context"
	"fmt"
	"strings"

	"vsim/profile/device/cuda"
	"vsim/profile/device/dl"
	"vsim/profile/device/gpu"
	"vsim/profile/device/native"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/nvml"
	"vsim/profile/device/nvrtc"
	"vsim/profile/device/ort"
)

// gpuFindings are the GPUs and what the GPU stages run on.
func gpuFindings(ctx context.Context, ortLib string) []Finding {
	nvmlFinding, monitor := management()
	if monitor != nil {
		defer monitor.Close()
	}
	var driver *cuda.Driver
	out := []Finding{finding(native.CUDA, func(path string) (version string, err error) {
		if driver, err = cuda.Open(path); err == nil {
			version, err = driver.Version()
		}
		return "CUDA " + version, err
	})}
	if out[0].OK {
		out = append(out, gpus(driver, monitor)...)
	}
	out = append(out, nvmlFinding,
		finding(native.NVRTC, func(path string) (string, error) {
			c, err := nvrtc.Open(path)
			if err != nil {
				return "", err
			}
			return c.Version()
		}),
		finding(native.NVJPEG, func(path string) (string, error) {
			l, err := nvjpeg.Open(path)
			if err != nil {
				return "", err
			}
			version, err := l.Version()
			if lacks := l.HasPhases(); err == nil && lacks != nil {
				version += " without decoding in two phases (" + lacks.Error() + ")"
			}
			return version, err
		}),
		finding(native.CUDNN, opens(native.CUDNN)), finding(native.CUFFT, opens(native.CUFFT)), provider(ortLib))
	if !out[0].OK {
		return out
	}
	return append(out, trials(ctx, driver, ortLib)...)
}

// trials tries out each GPU. One that lacks a library fails.
func trials(ctx context.Context, driver *cuda.Driver, ortLib string) (out []Finding) {
	n, err := driver.Count()
	if err != nil {
		return nil // which is among the findings
	}
	libraries, err := gpu.Find(ortLib)
	for i := range n {
		if err != nil {
			out = append(out, Finding{Name: fmt.Sprintf("GPU %d infers", i), Tried: true, Found: "without what is missing above"})
			continue
		}
		out = append(out, try(ctx, libraries, i)...)
	}
	return out
}

// management opens NVML; the library is nil where that fails.
func management() (f Finding, monitor *nvml.Library) {
	if !nvml.Built {
		return Finding{Name: native.NVML.Name, Found: nvml.ErrNotBuilt.Error()}, nil
	}
	f = finding(native.NVML, func(path string) (version string, err error) {
		if monitor, err = nvml.Open(path); err != nil {
			return "", err
		}
		if version, err = monitor.DriverVersion(); err != nil {
			return "driver of an unknown version (" + err.Error() + ")", nil
		}
		return "driver " + version, nil
	})
	return f, monitor
}

// finding finds a library and tells its version as open does.
func finding(lib native.Lib, open func(path string) (version string, err error)) Finding {
	f := Finding{Name: lib.Name}
	path, err := native.Find(lib, "")
	version := ""
	if err == nil {
		version, err = open(path)
	}
	if err != nil {
		f.Found = err.Error()
		return f
	}
	f.OK, f.Found = true, version+" in "+path
	return f
}

// opens opens a library that ONNX Runtime's CUDA provider needs and that tells no version.
func opens(lib native.Lib) func(string) (string, error) {
	return func(path string) (string, error) {
		_, err := dl.Open(lib.Name, path)
		return lib.Soname, err
	}
}

// gpus describes each GPU.
func gpus(driver *cuda.Driver, monitor *nvml.Library) (out []Finding) {
	n, err := driver.Count()
	if err != nil {
		return []Finding{{Name: "GPU", Found: err.Error()}}
	}
	for i := range n {
		f := Finding{Name: fmt.Sprintf("GPU %d", i)}
		if info, err := driver.Device(i); err != nil {
			f.Found = err.Error()
		} else {
			f.OK, f.Found = true, info.String()+", "+describeState(monitor, info.PCIBus)
		}
		out = append(out, f)
	}
	return out
}

// describeState is what NVML adds: all that it tells, and what it does not.
func describeState(monitor *nvml.Library, bus string) string {
	if monitor == nil {
		return "its state is unknown without NVML"
	}
	d, err := monitor.Device(bus)
	if err != nil {
		return err.Error()
	}
	var told []string
	add := func(known bool, format string, values ...any) {
		if known {
			told = append(told, fmt.Sprintf(format, values...))
		}
	}
	state, unread := d.State()
	generation, lanes, linkErr := d.PCIe()
	watts, powerErr := d.PowerWatts()
	add(linkErr == nil, "PCIe %d.0 x%d now", generation, lanes)
	add(state.ClockMHz > 0, "%d MHz", state.ClockMHz)
	add(state.TemperatureC > 0, "%d °C", state.TemperatureC)
	add(powerErr == nil, "%.0f W", watts)
	add(state.Processes > 0, "%d processes", state.Processes)
	add(state.Reasons.Disturbing() != 0, "held down: %v", state.Reasons.Disturbing())
	for _, err := range append(unread, linkErr, powerErr) {
		add(err != nil, "unknown: %v", err)
	}
	return strings.Join(told, ", ")
}

// provider looks for what ONNX Runtime lacks to run on a GPU.
func provider(ortLib string) Finding {
	f := Finding{Name: "ONNX Runtime CUDA"}
	path, err := native.Find(native.ONNXRuntime, ortLib)
	if err == nil {
		err = ort.CheckCUDA(path)
	}
	if err != nil {
		f.Found = err.Error()
		return f
	}
	f.OK, f.Found = true, "its provider beside "+path+", and all that this needs"
	return f
}

package main

import (
	"strings"
	"testing"

	"vsim/profile/stage/gpu/fakegpu"
	"vsim/profile/stage/native"
)

func TestDoctorDescribesTheGPUs(t *testing.T) {
	fakegpu.Use(t).State(0x20, 2)
	code, out, errOut := vsim("doctor")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	for _, want := range []string{
		"GPU 0              found: " + fakegpu.Name + ", 4.0 GiB, compute capability 9.0, 4 multiprocessors, 2 copy engines, PCIe 5.0 x16 now, 1500 MHz, 40 °C, 100 W, 2 processes, held down: software thermal slowdown",
		"CUDA driver        found: CUDA 13.0 in ", "NVML               found: driver 000.00 (fake) in ", "NVRTC              found: 13.0 in ",
		"nvJPEG             found: 13.0.0 in ", "cuDNN              found: ", "cuFFT              found: ", "ONNX Runtime CUDA  found: ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("stdout lacks %q:\n%s", want, out)
		}
	}
}

// A GPU that the driver does not show, or NVML that does not start, is said; the rest is still listed.
func TestDoctorGoesOnAfterAFailure(t *testing.T) {
	fake := fakegpu.Use(t)
	fake.Fail("nvmlInit_v2", 9, 0)
	fake.Fail("cuInit", 100, 0)
	t.Setenv(native.NVJPEG.Env, "/no/such/nvjpeg")
	code, out, _ := vsim("doctor")
	for _, want := range []string{
		"CUDA driver        missing: CUDA: cuInit: CUDA_ERROR_NO_DEVICE (no CUDA-capable device is detected)",
		"NVML               missing: NVML: nvmlInit_v2: Driver Not Loaded (9)", "nvJPEG             missing: nvJPEG not found: VSIM_NVJPEG_LIB names /no/such/nvjpeg",
		"NVRTC              found",
	} {
		if code != 0 || !strings.Contains(out, want) {
			t.Errorf("exit %d, stdout lacks %q:\n%s", code, want, out)
		}
	}
}

package nvrtc_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/gpu/kernel"
	"vsim/profile/device/native"
	"vsim/profile/device/nvrtc"
)

func open(t *testing.T, path string) *nvrtc.Compiler {
	t.Helper()
	c, err := nvrtc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestErrorsHaveTheCompilersLines(t *testing.T) {
	c := open(t, fakegpu.Use(t).Path)
	_, err := c.Compile(kernel.Name, "#error no\n", [2]int{9, 0})
	if err == nil || !strings.Contains(err.Error(), "NVRTC_ERROR_COMPILATION: kernel.cu(1): catastrophic error: #error") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %q", err)
	}
}

func TestCompileGivesTheImage(t *testing.T) {
	c := open(t, fakegpu.Use(t).Path)
	image, err := c.Compile(kernel.Name, kernel.Source, [2]int{9, 0})
	if err != nil || !bytes.HasPrefix(image, []byte("fake cubin sm_90")) {
		t.Errorf("image %q, %v", image, err)
	}
	if v, err := c.Version(); v != "13.0" || err != nil {
		t.Errorf("version %q, %v", v, err)
	}
}

func TestFailuresNameTheCall(t *testing.T) {
	g := fakegpu.Use(t)
	c := open(t, g.Path)
	for _, call := range []string{"nvrtcCreateProgram", "nvrtcGetCUBINSize", "nvrtcGetCUBIN"} {
		g.Heal()
		g.Fail(call, 11, 0)
		if _, err := c.Compile("x", "", [2]int{9, 0}); err == nil || !strings.Contains(err.Error(), "NVRTC: "+call) {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestMissingSymbolsAreNamed(t *testing.T) {
	if _, err := nvrtc.Open(fakegpu.Empty(t)); err == nil || !strings.Contains(err.Error(), "has no nvrtcCompileProgram, ") {
		t.Errorf("error %v", err)
	}
}

// The real compiler, where it is installed, takes the kernels: it needs no GPU. The image is an ELF file
// that has both of them.
func TestRealCompilerTakesTheKernels(t *testing.T) {
	path, err := native.Find(native.NVRTC, "")
	if err != nil {
		t.Skip(err)
	}
	c := open(t, path)
	for _, compute := range [][2]int{{7, 5}, {8, 0}, {8, 9}, {9, 0}} {
		image, err := c.Compile(kernel.Name, kernel.Source, compute)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"\x7fELF", "resize_single", "resize_half"} {
			if !bytes.Contains(image, []byte(name)) {
				t.Errorf("sm_%d%d: the image lacks %q", compute[0], compute[1], name)
			}
		}
	}
	if _, err := c.Compile("bad.cu", "__device__ int x = y;", [2]int{9, 0}); err == nil || !strings.Contains(err.Error(), `bad.cu(1): error: identifier "y" is undefined`) {
		t.Errorf("error %v", err)
	}
}

// The builtins that lie beside the library are opened with it: NVRTC itself would look where the loader does.
func TestBuiltinsBesideItAreOpened(t *testing.T) {
	path := fakegpu.Use(t).Path
	dir := t.TempDir()
	for name, of := range map[string]string{"libnvrtc.so.13": path, "libnvrtc-builtins.so.13.0": fakegpu.Empty(t)} {
		text, err := os.ReadFile(of)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	open(t, filepath.Join(dir, "libnvrtc.so.13"))
	if maps, err := os.ReadFile("/proc/self/maps"); err != nil || !strings.Contains(string(maps), filepath.Join(dir, "libnvrtc-builtins.so.13.0")) {
		t.Errorf("the builtins are not loaded (%v)", err)
	}
}

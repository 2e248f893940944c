//go:build nvml && cgo && linux

package nvml_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/nvml"
)

// bare is a library that only opens and finds a device.
const bare = `extern "C" {
int nvmlInit_v2() { return 0; }
int nvmlShutdown() { return 0; }
const char *nvmlErrorString(int) { return "?"; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *, void **d) { static int device; *d = &device; return 0; }
}`

// bareEnv names the library to the process that opens it.
const bareEnv = "VSIM_TEST_BARE_NVML"

// A function that the library lacks is not supported, and the process lives on. (It runs in a process of its
// own: the loader takes every function from the library that was loaded first.)
func TestALibraryThatLacksFunctions(t *testing.T) {
	if path := os.Getenv(bareEnv); path != "" {
		openBare(t, path)
		return
	}
	dir := t.TempDir()
	source, library := filepath.Join(dir, "bare.cc"), filepath.Join(dir, "libbare.so")
	if err := os.WriteFile(source, []byte(bare), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("g++"); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	if text, err := exec.Command("g++", "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), bareEnv+"="+library)
	if text, err := again.CombinedOutput(); err != nil || !strings.Contains(string(text), "PASS") {
		t.Errorf("%v: %s", err, text)
	}
}

func openBare(t *testing.T, path string) {
	l, err := nvml.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := l.Device("0000:01:00.0")
	if err != nil {
		t.Fatal(err)
	}
	_, errVersion := l.DriverVersion()
	_, errEnergy := d.EnergyJ()
	_, errPower := d.PowerWatts()
	_, _, errLink := d.PCIe()
	state, unread := d.State()
	if state != (nvml.State{}) || len(unread) != 4 {
		t.Errorf("state %+v, unread %v", state, unread)
	}
	for _, err := range append(unread, errVersion, errEnergy, errPower, errLink) {
		if err == nil || !strings.HasSuffix(err.Error(), ": not in this driver's library (3)") {
			t.Errorf("error %v", err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

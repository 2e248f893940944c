package userfile

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Some of the kernel's files are regular by what stat says, and reading them waits for good: /proc/kmsg, as root.
func TestReadRefusesTheKernelsFiles(t *testing.T) {
	for _, path := range []string{"/proc/self/status", "/sys/kernel/notes", "/proc/kmsg"} {
		if _, err := os.Stat(path); err == nil && !t.Failed() {
			wantFault(t, path, MaxConfigBytes, "it is one of the kernel's")
		}
	}
	link := filepath.Join(t.TempDir(), "a.toml")
	if err := os.Symlink("/proc/self/status", link); err != nil {
		t.Skip(err)
	}
	wantFault(t, link, MaxConfigBytes, "it is one of the kernel's")
}

// A file that was opened for the program is read through /dev/stdin, which leads through /proc.
func TestReadFollowsDescriptors(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("a = 1"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("/proc/self/fd", strconv.Itoa(int(f.Fd())))
	if text, err := Read(path, 10); err != nil || string(text) != "a = 1" {
		t.Errorf("%q, %v", text, err)
	}
}

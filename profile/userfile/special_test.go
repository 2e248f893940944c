//go:build unix

package userfile

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe that nobody writes to would hang, a device may never end.
func TestReadRefusesPipesAndDevices(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	wantFault(t, pipe, 10, "it is a pipe")
	wantFault(t, "/dev/zero", 10, "it is a device")
}

package nativetest_test

import (
	"runtime"
	"strings"
	"testing"

	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
)

// recorder is a testing.TB that notes how the test ended.
type recorder struct {
	testing.TB
	outcome string
}

func (r *recorder) Helper() {}
func (r *recorder) Skip(args ...any) {
	r.outcome = "skip: " + args[0].(error).Error()
	runtime.Goexit()
}
func (r *recorder) Fatalf(format string, args ...any) {
	r.outcome = "fail"
	runtime.Goexit()
}

func outcome(t *testing.T) string {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		nativetest.Require(r, native.Lib{Name: "Test", Env: "VSIM_TEST_LIB", Folder: "test", Soname: "libvsimtest.so.1"})
	}()
	<-done
	return r.outcome
}

func TestMissingLibrarySkipsOrFails(t *testing.T) {
	t.Setenv(nativetest.Env, "")
	if got := outcome(t); !strings.HasPrefix(got, "skip: ") || !strings.Contains(got, "make deps") {
		t.Errorf("outcome %q, want a skip that names `make deps`", got)
	}
	t.Setenv(nativetest.Env, "1")
	if got := outcome(t); got != "fail" {
		t.Errorf("outcome %q, want a failure", got)
	}
}

// Package nativetest lets a test that needs a native library skip without it.
package nativetest

import (
	"os"
	"testing"

	"vsim/profile/device/native"
)

// Env is the variable that turns skips for a missing native library into failures; CI sets it to 1.
const Env = "VSIM_REQUIRE_NATIVE"

// Require gives the path of lib. When lib is missing the test is skipped with the reason, or
// fails when VSIM_REQUIRE_NATIVE=1.
func Require(t testing.TB, lib native.Lib) string {
	t.Helper()
	path, err := native.Find(lib, "")
	if err != nil {
		SkipOrFail(t, err)
	}
	return path
}

// SkipOrFail ends the test because something native is missing: a skip with the reason, or a
// failure when VSIM_REQUIRE_NATIVE=1.
func SkipOrFail(t testing.TB, reason error) {
	t.Helper()
	if os.Getenv(Env) == "1" {
		t.Fatalf("%s=1 and %v", Env, reason)
	}
	t.Skip(reason)
}

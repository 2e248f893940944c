// Package localtest starts brokers for tests.
package localtest

import (
	"context"
	"testing"

	"vsim/profile/device/broker/local"
	"vsim/profile/device/native/nativetest"
)

// Start starts a broker that ends with the test. Without its program the test is skipped with the reason, or fails with
// VSIM_REQUIRE_NATIVE=1.
func Start(t testing.TB, o local.Options) *local.Server {
	t.Helper()
	if err := local.Find(o.Kind); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	s, err := local.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

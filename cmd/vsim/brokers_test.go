package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/broker/local"
	"vsim/profile/device/native/nativetest"
)

func TestBrokersFlags(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--resume: say with -o which":      {"--resume"},
		`--kafka "here": HOST:PORT`:        {"--kafka", "here"},
		"--broker: ":                       {"--broker", "rabbit"},
		"--kafka h:9092: has no effect on": {"--broker", "redis-list", "--kafka", "h:9092"},
		`--message-size "big": `:           {"--message-size", "big"},
		"size of 2147483647 bytes":         {"--message-size", "1TB"},
		"concurrency 0: from 1 to 64":      {"--concurrency", "0"},
		"no arguments":                     {"kafka"},
		"--output " + file + ": cannot be": {"-o", file},
	} {
		if code, _, errOut := vsim(append([]string{"brokers"}, args...)...); code != 2 || !strings.Contains(errOut, want) {
			t.Errorf("%q: exit %d, stderr %q, want 2 and %q", args, code, errOut, want)
		}
	}
}

func TestBrokersOfOne(t *testing.T) {
	if err := local.Find(local.Redis); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir := t.TempDir()
	code, out, errOut := vsim("brokers", "--quick", "--broker", "redis-list", "--message-size", "2kB", "--concurrency", "1", "-o", dir)
	if code != 0 || !strings.Contains(out, "2 kB  redis-list") {
		t.Errorf("exit %d, stderr %q:\n%s", code, errOut, out)
	}
	if _, err := os.Stat(filepath.Join(dir, "brokers.csv")); err != nil {
		t.Error(err)
	}
}

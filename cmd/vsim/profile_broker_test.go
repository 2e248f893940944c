package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/native/nativetest"
)

func TestProfileRefusesWrongBrokers(t *testing.T) {
	for want, args := range map[string][]string{
		"is no broker":           {"--broker", "rabbit"},
		"or --broker BROKERS":    {"--broker", "kafka", "--cpu"},
		"--kafka is for":         {"--cpu", "--kafka", "localhost:9092"},
		"--model is for":         {"--broker", "kafka", "--model", "resnet50"},
		"has no effect on redis": {"--broker", "redis-list", "--kafka", "localhost:9092"},
		"requests of 1 messages": {"--broker", "kafka", "--message-size", "1B"},
		"HOST:PORT":              {"--broker", "redis-list", "--redis", "localhost"},
		"has no unit":            {"--broker", "kafka", "--message-size", "10"},
		"a message of 8000000":   {"--broker", "kafka", "--message-size", "1GB"},
		"a message of 0 bytes":   {"--broker", "kafka", "--message-size", "0.1B"},
		"the smallest request":   {"--broker", "kafka", "--message-size", "7MB", "--batches", "5"},
		"-o no/where/p.toml":     {"--broker", "kafka", "-o", "no/where/p.toml"},
		"1001 messages in a req": {"--broker", "kafka", "--batches", "1001"},
	} {
		code, out, errOut := vsim(append([]string{"profile"}, args...)...)
		if code != 2 || out != "" || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stdout %q, stderr %q; want exit 2 and one line with %q", args, code, out, errOut, want)
		}
	}
}

// TestProfileOfNoBroker: where nobody listens nothing is measured, and one line says where.
func TestProfileOfNoBroker(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.toml")
	for _, args := range [][]string{{"--broker", "redis-list", "--redis", "127.0.0.1:1"}, {"--broker", "kafka", "--kafka", "127.0.0.1:1"}} {
		code, _, errOut := vsim(append([]string{"profile", "--quick", "-o", path}, args...)...)
		if code != 1 || !strings.Contains(errOut, "127.0.0.1:1") || !strings.Contains(errOut, "no profile is written") || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q", args, code, errOut)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a profile was written")
	}
}

func needRedis(t *testing.T) {
	t.Helper()
	if err := local.Find(local.Redis); err != nil {
		nativetest.SkipOrFail(t, err)
	}
}

// TestProfileOfARedis: what is written can be read, and the command that is printed works.
func TestProfileOfARedis(t *testing.T) {
	needRedis(t)
	path := filepath.Join(t.TempDir(), "p.toml")
	code, out, errOut := vsim("profile", "--broker", "redis-list", "--message-size", "10kB", "--batches", "1,5", "--budget", "6s", "-o", path) // with what is measured after pauses, 3 s are a single burst of each on a busy machine
	p, err := profile.Load(path)
	if err != nil {
		t.Fatalf("exit %d, stderr %q: %v", code, errOut, err)
	}
	if got := strings.Join(p.Brokers(), " "); got != profile.RedisList || !strings.Contains(out, "redis-list    10 kB") {
		t.Errorf("%s:\n%s", got, out)
	}
	_, command, found := strings.Cut(out, "-pipeline.toml: vsim ")
	if !found {
		t.Fatalf("no command:\n%s", out)
	}
	code, out, errOut = vsim(append(strings.Fields(command), "--set", "run.replications=2")...)
	if code != 0 || !strings.Contains(out, "between send") {
		t.Errorf("vsim %s: exit %d, stderr %q:\n%s", command, code, errOut, out)
	}
}

// TestInterruptedProfileOfARedis keeps what was measured.
func TestInterruptedProfileOfARedis(t *testing.T) {
	needRedis(t)
	interruptProfile(t, 6*time.Second, filepath.Join(t.TempDir(), "p.toml"), "--broker", "redis-stream", "--message-size", "10kB", "--batches", "1")
}

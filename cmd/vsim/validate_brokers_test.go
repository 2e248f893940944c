package main

import (
	"strings"
	"testing"
)

func TestValidateBrokersFlags(t *testing.T) {
	for want, args := range map[string][]string{
		"--measure 1ms: at least 100ms":               {"--measure", "1ms"},
		"--kill-at 0s --down 3s: times above 0":       {"--kill-at", "0s"},
		"--down: say with --kill-at when":             {"--down", "1s"},
		"--kill-at: fused has no broker to kill":      {"--kill-at", "1s", "--kinds", "fused"},
		"--kafka h:9092: has no effect on redis-list": {"--kafka", "h:9092", "--kinds", "redis-list"},
		`--redis "h:99999": HOST:PORT`:                {"--redis", "h:99999"},
		"leave --kafka and --redis out":               {"--kill-at", "1s", "--redis", "127.0.0.1:6379"},
		`"rabbit" stands between no models`:           {"--kinds", "rabbit"},
		"0 faces in a frame: from 1 to 100":           {"--faces", "0"},
		"1 live runs of each case: at least 2":        {"--runs", "1"},
		"takes no arguments, but got 1 arguments":     {"out"},
	} {
		if code, _, errOut := vsim(append([]string{"validate", "brokers"}, args...)...); code != 2 || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, stderr %q, want %q", args, code, errOut, want)
		}
	}
}

// The pipeline's command is found beside the scenarios that vsim validate takes.
func TestValidateKnowsBrokers(t *testing.T) {
	code, out, _ := vsim("validate", "--help")
	if code != 0 || !strings.Contains(out, "brokers") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if code, out, _ = vsim("validate", "brokers", "--help"); code != 0 || !strings.Contains(out, "--kill-at") {
		t.Errorf("exit %d:\n%s", code, out)
	}
}

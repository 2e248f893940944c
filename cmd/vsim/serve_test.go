package main

import (
	"strings"
	"testing"
)

// What serve cannot do is refused by name on one line, before anything is loaded.
func TestServeRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"takes one scenario or hardware file":                            {},
		"servers.count = 4: a real server does not obey it":              {"2cpu", "--set", "servers.count=4"},
		"pipeline.preset = \"detect-then-identify\": a real server does": {"2cpu", "--set", "pipeline.preset=detect-then-identify"},
		"times.infer: a real server does not obey it":                    {"2cpu", "--set", "times.infer=1ms"},
		"--max-waiting -1: must be 1 to 1048576":                         {"2cpu", "--max-waiting", "-1"},
		"--max-waiting 0: must be 1 to 1048576":                          {"2cpu", "--max-waiting", "0"},
		"--gpu -1: must be 0 to 1048576":                                 {"2cpu", "--gpu", "-1"},
		"--max-body 0: must be 1 to":                                     {"2cpu", "--max-body", "0"},
		"--drain -1s: must be above 0":                                   {"2cpu", "--drain", "-1s"},
		"--log \"loud\": none, error, warn or info":                      {"2cpu", "--log", "loud"},
		"--http none and --grpc none":                                    {"2cpu", "--http", "none", "--grpc", "none"},
		"address \"8000\": write HOST:PORT":                              {"2cpu", "--http", "8000"},
	} {
		code, _, errOut := vsim(append([]string{"serve"}, args...)...)
		if !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 || code != 2 {
			t.Errorf("serve %q: code %d\n%swant one line with %q", args, code, errOut, want)
		}
	}
}

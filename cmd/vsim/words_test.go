package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func scenarioFile(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// Times beyond the clock are told in the words of the scenario.
func TestTimesBeyondTheClockAreToldInTheScenariosWords(t *testing.T) {
	const stage = "[[stage]]\nname = 's'\nservice = '1ms'\n"
	const link = "[[resource]]\nname = 'l'\ntype = 'link'\nbandwidth = '1B/s'\n[[stage]]\nname = 's'\nresource = 'l'\nservice = [{bytes = '1000GB'}]\n"
	for text, want := range map[string]string{
		stage + "[workload]\nrate = '0.000001/s'\n": "workload.rate: makes times of up to",
		link + "[workload]\nconcurrency = 1\n":      "makes times of up to 2.778e+08 h, and at most 5004 h (208 days) can be simulated; shorten the time, or raise the rate or bandwidth",
	} {
		wantLine(t, []string{"simulate", scenarioFile(t, "s.toml", text)}, want)
	}
}

// What is printed cannot turn the direction of writing or move the cursor either.
func TestOutputCannotMoveTheCursor(t *testing.T) {
	file := scenarioFile(t, "a\u202eb\u2028c\x1b[31m.toml", "[[stage]]\nname = 's'\nservice = '1ms'\n[workload]\nconcurrency = 1\n[run]\nmax_events = 10000\n")
	code, out, errOut := vsim("simulate", file)
	if code != 0 || strings.ContainsAny(out+errOut, "\u202e\u2028\x1b") || !strings.Contains(out, `a\u202eb\u2028c\u001b[31m.toml`) {
		t.Errorf("exit %d, %q, %q", code, out, errOut)
	}
	var b bytes.Buffer
	s := screen{to: &b}
	for _, c := range []byte("é\u202e\xff\tz\n\xe2") {
		if n, err := s.Write([]byte{c}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := b.String(), "é\\u202e\xff\tz\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for _, r := range "\u202e\u2066\u200f\u061c\u2028\u2029\u0085" {
		wantLine(t, []string{"simulate", "8gpu", "--set", `name="x` + string(r) + `red"`}, "must have no control characters")
	}
}

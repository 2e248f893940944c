package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Bad input of vsim load is one line and exit code 2, whichever part finds it.
func TestLoadRefusesBadInput(t *testing.T) {
	kept := t.TempDir()
	if err := os.WriteFile(filepath.Join(kept, "records.jsonl"), []byte("{\"due_ns\":1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"load"}, "takes the server's URL"},
		{[]string{"load", "127.0.0.1:8000"}, "write http://HOST:PORT or grpc://HOST:PORT"},
		{[]string{"load", "grpc://127.0.0.1:1", "--clients", "none"}, `--clients: "none"`},
		{[]string{"load", "grpc://127.0.0.1:1", "--clients", "1", "--rate", "2"}, "give one"},
		{[]string{"load", "grpc://127.0.0.1:1", "--measure", "1ms"}, "--measure: 1ms must be 100ms to 24h0m0s"},
		{[]string{"load", "grpc://127.0.0.1:1", "--batch", "0"}, "--batch: 0 must be 1 to 4096"},
		{[]string{"load", "grpc://127.0.0.1:1", "--tensor", "noise"}, "must be random or image"},
		{[]string{"load", "grpc://127.0.0.1:1", "--csv", kept}, "--csv " + kept},
		{[]string{"load", "merge"}, "takes the folders of -o"},
		{[]string{"load", "merge", t.TempDir()}, "name a folder that vsim load -o wrote"},
		{[]string{"load", "merge", kept}, "records.jsonl:1: a record comes before the header"},
	} {
		code, out, errOut := vsim(c.args...)
		if code != 2 || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 || out != "" {
			t.Errorf("%q: exit %d, want %q: %s", c.args, code, c.want, errOut)
		}
	}
}

// A server that is not there is a run that failed.
func TestLoadWithoutAServer(t *testing.T) {
	code, _, errOut := vsim("load", "grpc://127.0.0.1:1")
	if code != 1 || !strings.Contains(errOut, "no server is ready at grpc://127.0.0.1:1") {
		t.Errorf("exit %d: %s", code, errOut)
	}
}

// The records of a load give its report again, with a line for each thing that does not hold, and exit code 1.
func TestLoadMergeReportsRecords(t *testing.T) {
	csv := filepath.Join(t.TempDir(), "perf.csv")
	code, out, errOut := vsim("load", "merge", "testdata/load", "--csv", csv)
	for _, want := range []string{"triton 2.51.0", "2 clients", "NOT VALID", "Not valid: early stopping: ", "p99 needs 662; --measure"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if code != 1 || !strings.Contains(errOut, "1 of 1 loads are not valid") {
		t.Errorf("exit %d: %s", code, errOut)
	}
	if text, err := os.ReadFile(csv); err != nil || !strings.HasPrefix(string(text), "Concurrency,Inferences/Second,") {
		t.Errorf("%v: %s", err, text)
	}
	if code, out, _ := vsim("load", "merge", "testdata/load", "--json"); code != 1 || !strings.Contains(out, `"latency_ns": "HISTF`) {
		t.Errorf("exit %d: %.400s", code, out)
	}
}

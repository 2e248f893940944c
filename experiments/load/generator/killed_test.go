//go:build unix

package generator

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load/record"
)

// killedEnv has the test binary be a load generator that is killed: the address and the folder.
const killedEnv = "VSIM_TEST_KILLED_GENERATOR"

// TestMain is the generator's where a test starts one to kill it.
func TestMain(m *testing.M) {
	address, dir, child := strings.Cut(os.Getenv(killedEnv), " ")
	if !child {
		os.Exit(m.Run())
	}
	loads, err := (&Asked{Clients: "2"}).Loads()
	if err == nil {
		_, err = Run(context.Background(), Options{Address: address, Loads: loads, Batch: 1, Measure: time.Hour, Output: dir})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// Whoever kills a generator keeps what it saw until half a second before: whole records, and a report that says how it ended.
func TestRecordsSurviveTheGenerator(t *testing.T) {
	server := &fake{service: 2 * time.Millisecond}
	address, dir := serve(t, server), filepath.Join(t.TempDir(), "run")
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), killedEnv+"="+address+" "+dir)
	var said strings.Builder
	child.Stderr = &said
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	defer func() { _ = child.Process.Kill() }() // it may have ended
	seen := 0
	for deadline := time.Now().Add(30 * time.Second); seen < 200; time.Sleep(20 * time.Millisecond) {
		if runs, err := record.Read(dir); err == nil {
			seen = len(runs[0].Requests)
		}
		select {
		case <-ended:
			t.Fatalf("the generator ended by itself: %s", said.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d records after 30 s", seen)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	r, err := Merged([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	row := &r.Loads[0]
	if row.Requests < seen-2 || row.Requests > server.count() || row.Valid {
		t.Errorf("%d requests of %d that were seen on disk and %d that the server got; valid %v", row.Requests, seen, server.count(), row.Valid)
	}
	if c := check(t, row, "complete"); c.Holds || !strings.Contains(c.Found, "it was stopped") {
		t.Errorf("%+v", c)
	}
	if len(row.Warnings) == 0 || !strings.Contains(strings.Join(row.Warnings, "\n"), "the generator was killed") {
		t.Errorf("warnings: %q", row.Warnings)
	}
}

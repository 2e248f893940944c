package brokers_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/brokers"
	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
	"vsim/profile/device/native/nativetest"
)

// brief measures as little as can be.
func brief(t *testing.T) brokers.Options {
	return brokers.Options{
		Brokers: []string{profile.RedisList, profile.RedisStream}, Sizes: []int{1000}, Concurrency: []int{1, 3}, Loads: []float64{0.2},
		Rounds: 2, Closed: 40 * time.Millisecond, Open: 60 * time.Millisecond, Output: t.TempDir(), Command: "vsim brokers",
	}
}

func require(t *testing.T, kind string) {
	t.Helper()
	if err := local.Find(kind); err != nil {
		nativetest.SkipOrFail(t, err)
	}
}

// complete looks at a report with all that o asks for.
func complete(t *testing.T, r *brokers.Report, o brokers.Options) {
	t.Helper()
	want := len(o.Brokers) * len(o.Sizes) * len(o.Concurrency) * (1 + len(o.Loads))
	rows := r.Rows()
	if len(rows) != want || len(r.Runs) != want*o.Rounds || !r.Complete || len(r.Warnings) != 0 {
		t.Fatalf("%d rows of %d, complete: %v, warnings %q", len(rows), want, r.Complete, r.Warnings)
	}
	for _, row := range rows {
		if row.PerS <= 0 || row.Messages <= 0 || row.Lost != 0 || row.ClientNs <= 0 || row.BrokerNs <= 0 {
			t.Errorf("%v, load %v: %+v", row.Cell, row.Load, row)
		}
		if (row.Load > 0) != (row.P50Ns > 0) || row.P99Ns < row.P50Ns {
			t.Errorf("%v, load %v: p50 %v ns, p99 %v ns", row.Cell, row.Load, row.P50Ns, row.P99Ns)
		}
	}
}

func TestRedisIsMeasured(t *testing.T) {
	require(t, local.Redis)
	o := brief(t)
	o.Sizes = []int{1000, 50_000}
	r, err := brokers.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	complete(t, r, o)
	for _, name := range []string{"README.md", "brokers.csv", "runs.json", "latency.svg", "latency.png", "throughput.svg", "cpu.png"} {
		if info, err := os.Stat(filepath.Join(o.Output, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r.Versions["Redis"] == "" {
		t.Errorf("versions %v", r.Versions)
	}
}

func TestKafkaIsMeasured(t *testing.T) {
	require(t, local.Kafka)
	o := brief(t)
	o.Brokers, o.Rounds = []string{profile.KafkaAll, profile.KafkaOne}, 1
	r, err := brokers.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	complete(t, r, o)
}

// A measurement that is interrupted leaves what it has, and another goes on from there.
func TestInterruptedAndResumed(t *testing.T) {
	require(t, local.Redis)
	o := brief(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done float64) {
		if done > 0.4 {
			cancel()
		}
	}
	first, err := brokers.Measure(ctx, o)
	if err == nil || first == nil || first.Complete || !strings.Contains(err.Error(), "--resume") {
		t.Fatalf("report %v, error %v", first, err)
	}
	page, err := os.ReadFile(filepath.Join(o.Output, "README.md"))
	if err != nil || !strings.Contains(string(page), "interrupted") {
		t.Errorf("its page does not say that it was interrupted: %v", err)
	}
	o.Progress, o.Resume = nil, true
	second, err := brokers.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	complete(t, second, o)
	if len(first.Runs) == 0 || !slices.Equal(second.Runs[:len(first.Runs)], first.Runs) {
		t.Error("what had been measured was measured again")
	}
}

// A broker of the user's own is measured where it is, without its processor time, and keeps no topic of ours.
// An interrupt before anything was measured is said to be one.
func TestInterruptedAtTheStart(t *testing.T) {
	require(t, local.Redis)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := brokers.Measure(ctx, brief(t)); r != nil || err == nil || !strings.HasPrefix(err.Error(), "interrupted while brokers were started") {
		t.Errorf("%+v, error %v", r, err)
	}
}

func TestUsersOwnBroker(t *testing.T) {
	s := localtest.Start(t, local.Options{Kind: local.Redis})
	o := brief(t)
	o.Redis, o.Rounds = s.Address, 1
	r, err := brokers.Measure(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range r.Rows() {
		if row.BrokerNs != 0 || row.PerS <= 0 {
			t.Errorf("%+v", row)
		}
	}
	if s.PID() == 0 {
		t.Error("the user's broker was stopped")
	}
	o.Redis = "127.0.0.1:1"
	if _, err := brokers.Measure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("no broker there: %v", err)
	}
}

func TestFolderOfTheUsersIsLeftAlone(t *testing.T) {
	require(t, local.Redis)
	o := brief(t)
	page := filepath.Join(o.Output, "README.md")
	if err := os.WriteFile(page, []byte("# Mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := brokers.Measure(t.Context(), o); err == nil || !strings.Contains(err.Error(), "README.md") {
		t.Errorf("error %v", err)
	}
	if text, _ := os.ReadFile(page); string(text) != "# Mine\n" {
		t.Errorf("it was written over: %q", text)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for says, change := range map[string]func(*brokers.Options){
		`broker "rabbit"`:  func(o *brokers.Options) { o.Brokers = []string{"rabbit"} },
		"size of 1 bytes":  func(o *brokers.Options) { o.Sizes = []int{1} },
		"concurrency 1000": func(o *brokers.Options) { o.Concurrency = []int{1000} },
		"no brokers":       func(o *brokers.Options) { o.Brokers = nil },
	} {
		o := brokers.Quick()
		change(&o)
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want one with %q", err, says)
		}
	}
}

package front

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
)

// peer is a server of the model "add" as the traffic below needs it.
type peer struct {
	oip.Client
	busy    func() bool // a request holds the worker
	waiting func() int
	hungUp  func() // waits until the server knows that who hung up has gone
	letGo   func()
}

func ours(t *testing.T) peer {
	f := newFake(t)
	f.limit, f.timeout = 3, time.Minute
	s := start(t, f, Limits{})
	return peer{dial(t, s.addresses()["gRPC"]), f.held.Load, f.waits,
		func() { until(t, "who hung up has left", func() bool { return f.waits() == 2 }) }, f.letGo}
}

// theirs is NVIDIA's Triton with the same model.
func theirs(t *testing.T) (peer, *local.Server) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "client.py")); err != nil {
		t.Fatal(err)
	}
	s, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	beside := func(name string) string { return filepath.Join(dir, "add", name) }
	return peer{dial(t, s.GRPC()),
		func() bool { _, err := os.Stat(beside("busy")); return err == nil },
		func() int { return pending(t, s.Metrics()) },
		func() { time.Sleep(500 * time.Millisecond) }, // it does not say
		func() {
			if err := os.WriteFile(beside("free"), nil, 0o600); err != nil {
				t.Error(err)
			}
		}}, s
}

// pending is how many requests wait, as Triton's metrics have it.
func pending(t *testing.T, page string) (n int) {
	a, err := http.Get(page)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`nv_inference_pending_request_count\{.*\} (\d+)`).FindStringSubmatch(string(text))
	if found == nil {
		t.Fatalf("no count of pending requests in %s", text)
	}
	_, err = fmt.Sscan(found[1], &n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// traffic sends requests that are served, break rules, find the queue full, expire and are cancelled, and gives what became of
// them in words.
func (p peer) traffic(t *testing.T) (became []string) {
	t.Helper()
	ctx := t.Context()
	note := func(a *wire.ModelInferResponse, err error) {
		if err == nil {
			became = append(became, fmt.Sprintf("%v", a.RawOutputContents))
			return
		}
		text := ""
		for _, known := range []string{"Exceeds maximum queue size", "Request timeout expired", "Request for unknown model: 'add' version 2 is not found"} {
			if strings.Contains(err.Error(), known) {
				text = known
			}
		}
		became = append(became, fmt.Sprint(status.Code(err), " ", text))
	}
	for range 3 {
		note(p.Infer(ctx, request(0, 1, 2)))
	}
	for range 2 {
		note(p.Infer(ctx, request(0, 1, 2, 3, 4, 5, 6, 7, 8)))
	}
	note(p.Infer(ctx, request(make([]float32, 15)...)))
	later := request(0, 1, 2)
	later.ModelVersion = "2"
	note(p.Infer(ctx, later))

	send := func(ctx context.Context, r *wire.ModelInferRequest) func() {
		done := make(chan func(), 1)
		go func() {
			a, err := p.Infer(ctx, r)
			done <- func() { note(a, err) }
		}()
		return func() { (<-done)() }
	}
	first := send(ctx, request(-1, 1, 2))
	until(t, "the worker is held", p.busy)
	gone, hangUp := context.WithCancel(ctx)
	second := send(gone, request(0, 1, 2))
	until(t, "one waits", func() bool { return p.waiting() == 1 })
	third := send(ctx, request(0, 1, 2))
	until(t, "two wait", func() bool { return p.waiting() == 2 })
	const timeout = 2 * time.Second // Triton looks at it when it does something for another reason
	expires := request(0, 1, 2)
	expires.Parameters = map[string]*wire.InferParameter{"timeout": oip.Int64(timeout.Microseconds())}
	fourth := send(ctx, expires)
	sent := time.Now()
	until(t, "three wait", func() bool { return p.waiting() == 3 })
	note(p.Infer(ctx, request(0, 1, 2))) // the queue is full
	hangUp()
	second()
	if err := p.Ready(ctx); err != nil { // goes after the end of the second on the same connection
		t.Error(err)
	}
	p.hungUp()
	time.Sleep(time.Until(sent.Add(timeout + 100*time.Millisecond)))
	p.letGo()
	first()
	third()
	fourth()
	return became
}

// counts are a model's statistics without what differs from run to run.
func counts(t *testing.T, p peer) *wire.ModelStatistics {
	t.Helper()
	var st *wire.ModelStatistics
	until(t, "all are counted", func() bool {
		all, err := p.Statistics(t.Context(), "add")
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		st = all[0]
		return st.InferenceStats.Success.Count+st.InferenceStats.Fail.Count >= 9
	})
	if age := time.Since(time.UnixMilli(int64(st.LastInference))); age < -time.Second || age > time.Minute {
		t.Errorf("the last inference was %v ago", age)
	}
	i := st.InferenceStats
	if i.Success.Ns < i.Queue.Ns+i.ComputeInfer.Ns || i.Queue.Ns == 0 || i.ComputeInfer.Ns == 0 {
		t.Errorf("times of requests do not add up: %v", i)
	}
	infer := uint64(0)
	for _, b := range st.BatchStats {
		infer += b.ComputeInfer.Ns
	}
	if infer != i.ComputeInfer.Ns { // each request was a batch of its own
		t.Errorf("batches took %d ns, their requests %d", infer, i.ComputeInfer.Ns)
	}
	st.LastInference = 0
	for _, d := range []*wire.StatisticDuration{i.Success, i.Fail, i.Queue, i.ComputeInput, i.ComputeInfer, i.ComputeOutput} {
		d.Ns = 0
	}
	for _, b := range st.BatchStats {
		b.ComputeInput.Ns, b.ComputeInfer.Ns, b.ComputeOutput.Ns = 0, 0, 0
	}
	return st
}

// TestCountsAreTritons sends the same traffic to Triton and to this server: the same becomes of it, and the same is counted. Triton
// answers NVIDIA's client as this server does (TestNVIDIAsClient).
func TestCountsAreTritons(t *testing.T) {
	program := triton(t)
	they, server := theirs(t)
	we := ours(t)
	want, got := they.traffic(t), we.traffic(t)
	if len(want) != len(got) {
		t.Fatalf("%d answers, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("request %d: %s; Triton: %s", i, got[i], want[i])
		}
	}
	if theirs, ours := counts(t, they), counts(t, we); !proto.Equal(theirs, ours) {
		t.Errorf("counted: %v\nTriton: %v", ours, theirs)
	}
	python(t, program, strings.TrimPrefix(server.HTTP(), "http://"), strings.TrimPrefix(server.GRPC(), "grpc://"))
}

//go:build linux

// Package rules_test holds the simulator's batcher against Triton itself: both get the same requests at the same times.
package rules_test

import (
	"cmp"
	"context"
	_ "embed"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
	"vsim/profile/device/native/nativetest"
	"vsim/sim/engine/batcher"
	"vsim/sim/engine/event"
)

// run is the variable that has the comparison run: it wants a machine that nothing else uses, for requests are 20 ms apart.
const run = "VSIM_TRITON_RULES"

//go:embed sleep.py
var program []byte

// request comes at a time; level is from 1, 0 for none.
type request struct {
	atMs    int
	level   int
	timeout int // of its own, in ms; 0 for none
}

// story is a configuration with the requests that a model under it gets.
type story struct {
	name     string
	text     string // of config.pbtxt: what stands in dynamic_batching; "-" for no such message
	max      int
	config   batcher.Config // the same for the simulator
	requests []request
	by       string // "http" or "" for gRPC
	batchMs  int    // time of a batch; 0 for 200
	works    bool   // a batch keeps a core busy, else it sleeps
}

// batch is how long a batch takes.
func (s *story) batch() time.Duration { return time.Duration(cmp.Or(s.batchMs, 200)) * ms }

func every(ms int, from int, count int) (out []request) {
	for i := range count {
		out = append(out, request{atMs: from + i*ms})
	}
	return out
}

const ms = time.Millisecond

var stories = []story{
	{name: "no-delay", max: 8, config: batcher.Config{Prefetch: true}, requests: every(20, 0, 6)},
	{name: "delay-idle", max: 8, text: "max_queue_delay_microseconds: 100000", config: batcher.Config{Prefetch: true, Delay: 100 * ms}, requests: every(30, 0, 3)},
	{name: "full-at-once", max: 2, text: "max_queue_delay_microseconds: 100000", config: batcher.Config{Prefetch: true, Delay: 100 * ms}, requests: every(30, 0, 2)},
	{name: "grows-while-busy", max: 8, text: "max_queue_delay_microseconds: 50000", config: batcher.Config{Prefetch: true, Delay: 50 * ms}, requests: every(20, 0, 14)},
	{name: "grows-while-busy-http", max: 8, text: "max_queue_delay_microseconds: 50000", config: batcher.Config{Prefetch: true, Delay: 50 * ms}, requests: every(20, 0, 14), by: "http"},
	{name: "sparse-while-busy", max: 8, text: "max_queue_delay_microseconds: 50000", config: batcher.Config{Prefetch: true, Delay: 50 * ms}, requests: every(70, 0, 9)},
	{name: "overload-delay", max: 4, text: "max_queue_delay_microseconds: 50000", config: batcher.Config{Prefetch: true, Delay: 50 * ms}, requests: every(20, 0, 30)},
	{name: "preferred-no-delay", max: 8, text: "preferred_batch_size: [2, 4]", config: batcher.Config{Prefetch: true, Preferred: []int{2, 4}}, requests: every(20, 0, 8)},
	{name: "preferred-delay", max: 8, text: "preferred_batch_size: [2, 4] max_queue_delay_microseconds: 150000", config: batcher.Config{Prefetch: true, Preferred: []int{2, 4}, Delay: 150 * ms}, requests: every(40, 0, 9)},
	{name: "two-instances", max: 4, text: "instances=2", config: batcher.Config{Prefetch: true, Instances: 2}, requests: every(20, 0, 14)},
	{name: "no-batching", max: 8, text: "-", config: batcher.Config{Prefetch: true, Max: 1}, requests: every(20, 0, 4)},
	{name: "priorities", max: 2, text: "priority_levels: 2 default_priority_level: 2", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{}, {}}},
		requests: []request{{0, 0, 0}, {20, 0, 0}, {40, 0, 0}, {60, 1, 0}, {80, 0, 0}, {100, 1, 0}, {120, 1, 0}}},
	{name: "limit", max: 2, text: "default_queue_policy { max_queue_size: 3 }", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Limit: 3}}}, requests: every(20, 0, 7)},
	{name: "limit-http", max: 2, text: "default_queue_policy { max_queue_size: 3 }", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Limit: 3}}}, requests: every(20, 0, 7), by: "http"},
	{name: "timeout", max: 1, text: "default_queue_policy { default_timeout_microseconds: 250000 }", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Timeout: 250 * ms}}}, requests: every(20, 0, 6)},
	{name: "timeout-http", max: 1, text: "default_queue_policy { default_timeout_microseconds: 250000 }", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Timeout: 250 * ms}}}, requests: every(20, 0, 6), by: "http"},
	{name: "timeout-delay", max: 2, text: "default_queue_policy { default_timeout_microseconds: 150000 timeout_action: DELAY }", config: batcher.Config{Prefetch: true, Queues: []batcher.Queue{{Timeout: 150 * ms, Defer: true}}},
		requests: append(every(20, 0, 5), every(20, 300, 3)...)},
}

func (s *story) write(t *testing.T, dir string) {
	instances, inner := 1, s.text
	if inner == "instances=2" {
		instances, inner = 2, ""
	}
	batching := "dynamic_batching { " + inner + " }"
	if inner == "-" {
		batching = ""
	}
	text := fmt.Sprintf(`name: %q backend: "python" max_batch_size: %d
input { name: "x" data_type: TYPE_FP32 dims: [1] }
output { name: "y" data_type: TYPE_FP64 dims: [2] }
instance_group { kind: KIND_CPU count: %d }
parameters { key: "seconds" value { string_value: "%g" } }
parameters { key: "works" value { string_value: "%t" } }
%s
`, s.name, s.max, instances, s.batch().Seconds(), s.works, batching)
	folder := filepath.Join(dir, s.name, "1")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{filepath.Join(dir, s.name, "config.pbtxt"): []byte(text), filepath.Join(folder, "model.py"): program} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// outcome is what became of a request.
type outcome struct {
	began int // ms after the first request was sent; when the batch with it began, or when it heard that it was refused
	what  string
}

// serving starts a Triton with the models of stories, and skips the test where none is asked for.
func serving(t *testing.T, stories []story) *local.Server {
	t.Helper()
	if os.Getenv(run) == "" {
		t.Skip(run + "=1 runs it, on a machine that nothing else uses")
	}
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir := t.TempDir()
	for i := range stories {
		stories[i].write(t, dir)
	}
	s, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	return s
}

// dial speaks gRPC to a server.
func dial(t *testing.T, s *local.Server) oip.Client {
	t.Helper()
	c, err := oip.Dial(s.GRPC())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRules(t *testing.T) {
	s := serving(t, stories)
	clients := map[string]oip.Client{}
	for by, address := range map[string]string{"": s.GRPC(), "http": s.HTTP()} {
		c, err := oip.Dial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients[by] = c
	}
	for _, st := range stories {
		c := clients[st.by]
		if _, err := send(t.Context(), c, st.name, request{}); err != nil { // the first is slower
			t.Fatal(err)
		}
		time.Sleep(100 * ms)
		got, told := real(t, c, &st)
		want := simulated(t, &st)
		verdict := "as simulated"
		if why := differ(got, want); why != "" {
			verdict = "OTHERWISE: " + why
		}
		t.Logf("%s: %s\n  Triton     %s\n  simulated  %s", st.name, verdict, show(got), show(want))
		for _, text := range told {
			t.Logf("  %s", text)
		}
	}
	config, err := clients[""].Config(t.Context(), "delay-idle")
	t.Logf("delay-idle: %v %v", config.GetDynamicBatching(), err)
	stats, err := clients[""].Statistics(t.Context(), "limit")
	t.Logf("limit: %v %v", stats, err)
	stats, err = clients[""].Statistics(t.Context(), "timeout")
	t.Logf("timeout: %v %v", stats, err)
}

// TestRaces plays stories again and again in which Triton's threads race: between an instance that is done and the batcher that it
// wakes. It tells how often which batches came out.
func TestRaces(t *testing.T) {
	var racing []story
	for _, st := range stories {
		if slices.Contains([]string{"grows-while-busy", "sparse-while-busy", "limit", "two-instances"}, st.name) {
			racing = append(racing, st)
		}
	}
	c := dial(t, serving(t, racing))
	for i := range racing {
		repeat(t, c, &racing[i])
	}
}

// repeat tells how often the sizes of a story's batches were which.
func repeat(t *testing.T, c oip.Client, st *story) {
	seen := map[string]int{}
	for range 15 {
		if _, err := send(t.Context(), c, st.name, request{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * ms)
		got, _ := real(t, c, st)
		seen[sizes(got)]++
	}
	t.Logf("%s: simulated %s", st.name, sizes(simulated(t, st)))
	for batches, times := range seen {
		t.Logf("  %2d times %s", times, batches)
	}
}

// sizes are the batches of a play, each with the time at which it began in steps of 50 ms.
func sizes(all []outcome) string {
	var parts []string
	for _, o := range all {
		what := strings.TrimPrefix(o.what, "batch of ")
		parts = append(parts, fmt.Sprintf("%s@%d", what, (o.began+10)/50*50))
	}
	return strings.Join(slices.Compact(parts), " ")
}

// real plays a story with Triton.
func real(t *testing.T, c oip.Client, st *story) (out []outcome, told []string) {
	out = make([]outcome, len(st.requests))
	texts := make([]string, len(st.requests))
	began := time.Now()
	var wg sync.WaitGroup
	for i, r := range st.requests {
		wg.Go(func() {
			time.Sleep(time.Until(began.Add(time.Duration(r.atMs) * ms)))
			y, err := send(t.Context(), c, st.name, r)
			if err != nil {
				out[i] = outcome{int(time.Since(began) / ms), "refused"}
				texts[i] = fmt.Sprintf("%v: %s", status.Code(err), status.Convert(err).Message())
				return
			}
			at := time.Unix(0, int64(y[0]*1e9)).Sub(began)
			out[i] = outcome{int(at.Round(ms) / ms), fmt.Sprintf("batch of %d", int(y[1]))}
		})
	}
	wg.Wait()
	slices.Sort(texts)
	texts = slices.Compact(texts)
	return out, slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

func send(ctx context.Context, c oip.Client, model string, r request) (y [2]float64, err error) {
	q := &wire.ModelInferRequest{ModelName: model, Parameters: map[string]*wire.InferParameter{},
		Inputs:           []*wire.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{1, 1}}},
		RawInputContents: [][]byte{make([]byte, 4)}}
	if r.level > 0 {
		q.Parameters["priority"] = &wire.InferParameter{ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: uint64(r.level)}}
	}
	if r.timeout > 0 {
		q.Parameters["timeout"] = &wire.InferParameter{ParameterChoice: &wire.InferParameter_Int64Param{Int64Param: int64(r.timeout) * 1000}}
	}
	a, err := c.Infer(ctx, q)
	if err != nil {
		return y, err
	}
	for i := range y {
		y[i] = math.Float64frombits(binary.LittleEndian.Uint64(a.RawOutputContents[0][8*i:]))
	}
	return y, nil
}

// simulated plays a story with the simulator's batcher.
func simulated(t *testing.T, st *story) []outcome {
	config := st.config
	config.Max = cmp.Or(config.Max, st.max)
	config.Instances = cmp.Or(config.Instances, 1)
	b, err := batcher.New(config)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]outcome, len(st.requests))
	idle, next, done := config.Instances, 0, []event.Time{}
	toMs := func(at event.Time) int { return int(at / event.Time(ms)) }
	for b.Len() > 0 || next < len(st.requests) || len(done) > 0 {
		now := event.Never
		if next < len(st.requests) {
			now = event.Time(st.requests[next].atMs) * event.Time(ms)
		}
		if len(done) > 0 {
			now = min(now, done[0])
		}
		now = min(now, b.Due())
		for len(done) > 0 && done[0] == now {
			done, idle = done[1:], idle+1
		}
		for next < len(st.requests) && event.Time(st.requests[next].atMs)*event.Time(ms) == now {
			level := st.requests[next].level
			if len(config.Queues) > 1 && level == 0 {
				level = len(config.Queues)
			}
			if !b.Add(now, int32(next), max(level-1, 0), 1) {
				out[next] = outcome{toMs(now), "refused"}
			}
			next++
		}
		for {
			ids := b.Take(now, idle)
			if ids == nil {
				break
			}
			idle--
			done = append(done, now+event.Time(st.batch()))
			for _, id := range ids {
				out[id] = outcome{toMs(now), fmt.Sprintf("batch of %d", len(ids))}
			}
		}
		for _, id := range b.Expired() {
			out[id] = outcome{toMs(now), "refused"}
		}
	}
	return out
}

// differ says where two plays part, by more than the machine's unevenness.
func differ(got, want []outcome) string {
	const toleranceMs = 25
	for i := range got {
		if d := got[i].began - want[i].began; got[i].what != want[i].what || d < -toleranceMs || d > toleranceMs {
			return fmt.Sprintf("request %d", i)
		}
	}
	return ""
}

func show(all []outcome) string {
	var parts []string
	for i, o := range all {
		what := strings.TrimPrefix(o.what, "batch of ")
		parts = append(parts, fmt.Sprintf("%d:%s@%d", i, what, o.began))
	}
	return strings.Join(parts, " ")
}

package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vsim/sim/compile"
	"vsim/sim/engine"
	"vsim/sim/engine/event"
	"vsim/sim/scenario"
	"vsim/sim/timeline"
)

// watched is a scenario with everything that a timeline tells apart: batches that wait, workers that are busy, slots, cores that are
// shared, children, and traffic of so many requests that ends.
func watched(t *testing.T, requests int) Source {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var csv strings.Builder
	csv.WriteString("time_us,class\n")
	for i, at := 0, 0.0; i < requests; i++ {
		at += 900 * random.ExpFloat64()
		fmt.Fprintf(&csv, "%.0f,%s\n", at, []string{"small", "large"}[random.IntN(2)])
	}
	folder := t.TempDir()
	for name, text := range map[string]string{"requests.csv": csv.String(), "watched.toml": `
name = "watched"
[workload]
file = "requests.csv"
[[class]]
name = "small"
[[class]]
name = "large"
[[resource]]
name = "cpu"
type = "cpu"
capacity = 2
[[resource]]
name = "chip"
type = "engine"
capacity = 0
slots = 1
[[stage]]
name = "read"
workers = 3
steps = [
  {name = "decode", resource = "cpu", service = {dist = "exponential", mean = "1ms"}},
  {name = "scale", resource = "chip", service = "400us"},
]
[[stage]]
name = "detect"
workers = 1
max_batch = 4
max_queue_delay = "3ms"
service = {dist = "gamma", mean = "2ms", per_image = "0.2ms", cv = 0.2}
[[stage]]
name = "classify"
copies = {dist = "poisson", mean = 1.5}
workers = 2
steps = [{name = "classify", resource = "cpu", service = "300us"}]
`} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return File(filepath.Join(folder, "watched.toml"), scenario.Options{})
}

// sums are those of a stage or a step, over the requests of a timeline.
type sums struct{ visits, wait, line, alone, whole int64 }

// summed adds up the spans of all requests.
func summed(l *timeline.Timeline) map[string]sums {
	out := map[string]sums{}
	for _, q := range l.Requests {
		for _, s := range q.Spans {
			name := s.Stage
			if s.Kind != timeline.Queue {
				name += "/" + s.Step
			}
			sum, span := out[name], int64(s.To-s.From)
			switch s.Kind {
			case timeline.Queue:
				sum.wait += span
			case timeline.Line:
				sum.line += span
				sum.whole += span
			case timeline.Work:
				sum.visits++
				sum.alone += int64(s.Alone)
				sum.whole += span
			}
			out[name] = sum
		}
	}
	return out
}

// whole simulates the first replication of traffic that ends.
func whole(t *testing.T, built *compile.Built) *engine.Window {
	t.Helper()
	run, err := engine.New(built.System, 0)
	if err != nil {
		t.Fatal(err)
	}
	run.Until(run.Horizon()-1, math.MaxInt64, math.MaxInt)
	w := run.Since(0)
	return &w
}

// TestWatchAddsUp: the spans of all requests are the engine's own sums, to the ns.
func TestWatchAddsUp(t *testing.T) {
	source := watched(t, 400)
	line, err := Watch(context.Background(), source, timeline.Options{Requests: 1000})
	if err != nil {
		t.Fatal(err)
	}
	built, err := Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	w, got, step := whole(t, built), summed(line), 0
	want := map[string]sums{}
	for i := range built.System.Pools {
		p := &built.System.Pools[i]
		want[p.Name] = sums{wait: w.Pools[i].WaitNs}
		for k := range p.Steps {
			s := w.Steps[step]
			want[p.Name+"/"+p.Steps[k].Name] = sums{visits: w.Pools[i].Requests, line: s.WaitNs, alone: s.AloneNs, whole: s.RequestNs}
			step++
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the timeline has\n%+v\nthe engine\n%+v", got, want)
	}
	if got["read"].wait == 0 || got["detect"].wait == 0 || got["read/scale"].line == 0 || got["read/decode"].whole <= got["read/decode"].alone {
		t.Errorf("nothing of some kind happens: %+v", got)
	}
	latency := int64(0)
	for _, q := range line.Requests {
		if q.Child == 0 {
			latency += int64(q.To - q.From)
		}
	}
	if latency != w.Latency.Sum() || line.Cut {
		t.Errorf("latencies of %d ns in all, %d in the engine; cut: %v", latency, w.Latency.Sum(), line.Cut)
	}
}

// TestWatchInOrder: the spans of a request come one after the other, between its ends; queues are full and resources busy for as
// long as the engine says.
func TestWatchInOrder(t *testing.T) {
	source := watched(t, 400)
	line, err := Watch(context.Background(), source, timeline.Options{Requests: 1000})
	if err != nil {
		t.Fatal(err)
	}
	children := 0
	for _, q := range line.Requests {
		at := q.From
		for _, s := range q.Spans {
			if s.From < at || s.To < s.From || s.To > q.To {
				t.Errorf("request %d, child %d, %d to %d ns: %+v after %d ns", q.Number, q.Child, q.From, q.To, s, at)
			}
			at = s.To
		}
		if q.Child > 0 {
			children++
		}
	}
	if children < 400 {
		t.Errorf("%d children", children)
	}
	built, err := Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	w := whole(t, built)
	for i, c := range line.Queues {
		if got, want := integral(c.Points, event.Time(w.Span)), float64(w.Pools[i].WaitNs); got != want {
			t.Errorf("%s: requests waited %v ns, want %v", c.Name, got, want)
		}
	}
	for _, c := range slices.Concat(line.Queues, line.Busy) {
		if !slices.IsSortedFunc(c.Points, func(a, b timeline.Point) int { return cmp.Or(cmp.Compare(a.At, b.At), -1) }) {
			t.Errorf("%s has two values at a time, or an earlier one later", c.Name)
		}
	}
	for _, c := range line.Busy {
		i := slices.IndexFunc(built.System.Resources, func(r engine.Resource) bool { return r.Name == c.Name })
		if got, want := integral(c.Points, event.Time(w.Span)), w.Busy[i]*float64(w.Span); math.Abs(got-want) > 1e-6*want {
			t.Errorf("%s: busy for %v ns, want %v", c.Name, got, want)
		}
	}
}

// TestWatchNoStrangers: numbers of requests are used again, also by those that are not followed; a child has nothing of them.
func TestWatchNoStrangers(t *testing.T) {
	line, err := Watch(context.Background(), watched(t, 400), timeline.Options{Requests: 100})
	if err != nil {
		t.Fatal(err)
	}
	parents, children := map[int]*timeline.Request{}, 0
	for _, q := range line.Requests {
		if q.Child == 0 {
			parents[q.Number] = q
		}
	}
	for _, q := range line.Requests {
		if q.Child > 0 {
			children++
			if parent := parents[q.Number]; q.From < parent.From || q.To > parent.To || len(q.Spans) > 2 {
				t.Errorf("child %d of request %d: %+v", q.Child, q.Number, q)
			}
		}
	}
	if len(parents) != 100 || children == 0 {
		t.Errorf("%d requests, %d children", len(parents), children)
	}
}

// integral is that of a counter until a moment.
func integral(points []timeline.Point, until event.Time) (sum float64) {
	for i, p := range points {
		end := until
		if i+1 < len(points) {
			end = points[i+1].At
		}
		sum += p.Value * float64(end-p.At)
	}
	return sum
}

// TestWatchTheFirst: so many requests as are wanted are followed, each until it has left; the same twice; none of them before the time
// that is let pass.
func TestWatchTheFirst(t *testing.T) {
	source := File("8gpu", scenario.Options{Set: []string{"workload.rate=4000/s"}})
	watch := func(opt timeline.Options) *timeline.Timeline {
		line, err := Watch(context.Background(), source, opt)
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	line := watch(timeline.Options{Requests: 100})
	if n := len(line.Requests); n != 100 {
		t.Errorf("%d requests", n)
	}
	for _, q := range line.Requests {
		if q.End != timeline.Served || q.To <= q.From || len(q.Spans) == 0 {
			t.Errorf("request %d: %+v", q.Number, q)
		}
	}
	if !reflect.DeepEqual(line, watch(timeline.Options{Requests: 100})) {
		t.Error("two timelines of one scenario differ")
	}
	if late := watch(timeline.Options{Requests: 5, After: 1e9}); late.Requests[0].From < 1e9 || late.Requests[0].From > 1.1e9 {
		t.Errorf("the first request after 1 s came at %d ns", late.Requests[0].From)
	}
	if cut := watch(timeline.Options{Requests: 100, MaxEvents: 50}); !cut.Cut || cut.Requests[0].To == 0 {
		t.Errorf("after 50 events: cut %v", cut.Cut)
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Watch(ended, source, timeline.Options{Requests: 10_000}); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupt gives %v", err)
	}
}

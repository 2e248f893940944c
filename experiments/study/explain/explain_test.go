package explain

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
	"vsim/sim/scenario"
)

// of explains a scenario.
func of(t *testing.T, text string) *Explanation {
	t.Helper()
	e, err := Run(t.Context(), scenario.Text("s.toml", []byte(text)), scenario.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// of finds the elasticities to something.
func (e *Explanation) to(t *testing.T, what string) *Elasticity {
	t.Helper()
	for i := range e.Elasticities {
		if e.Elasticities[i].Of == what {
			return &e.Elasticities[i]
		}
	}
	t.Fatalf("nothing about %q in %+v", what, e.Elasticities)
	return nil
}

// near says that an estimate is right: within three standard errors, of which its half-width is about 2.4.
func near(e sim.Estimate, want float64) bool {
	return study.Known(e) && math.Abs(e.Value-want) <= 1.3*e.HalfWidth()+1e-3
}

// TestElasticityOfMM1: at load r the mean sojourn s/(1-r) grows by 1/(1-r) % for one percent of service time, and so
// does its p99, as it is exponential (Kleinrock 1975, Queueing Systems I, 3.2). Between 0.9 s and 1.1 s the logarithm
// rises by ln(1.1/0.9) + ln((1-0.9r)/(1-1.1r)).
func TestElasticityOfMM1(t *testing.T) {
	for rate, r := range map[string]float64{"500/s": 0.5, "750/s": 0.75} {
		e := of(t, "[workload]\nrate = '"+rate+"'\n[[stage]]\nname = 'server'\nservice = {dist = 'exponential', mean = '1ms'}\n")
		row := e.to(t, "service time of server")
		rise := math.Log(1.1 / 0.9)
		want := 1 + math.Log((1-0.9*r)/(1-1.1*r))/rise
		if math.Abs(want-1/(1-r)) > 0.15/(1-r) {
			t.Fatalf("the difference is too coarse: %v for %v", want, 1/(1-r))
		}
		if !near(row.Mean, want) || row.Mean.HalfWidth() > 0.2*want {
			t.Errorf("load %v: mean %v, want %v", r, row.Mean, want)
		}
		if !near(row.P99, want) {
			t.Errorf("load %v: p99 %v, want %v", r, row.P99, want)
		}
		if math.Abs(row.Throughput.Value) > 0.05 {
			t.Errorf("load %v: throughput %v, although it is what arrives", r, row.Throughput)
		}
		if e.SortedBy != ByP99 || e.Elasticities[0].P99 != row.P99 && math.Abs(e.Elasticities[0].P99.Value) < row.P99.Value {
			t.Errorf("sorted by %s: %+v", e.SortedBy, e.Elasticities[0])
		}
	}
}

// TestElasticityOfAClient: one client's throughput falls as its two stages take longer, each by its share of the time,
// and what its requests cost rises as much.
func TestElasticityOfAClient(t *testing.T) {
	e := of(t, "[price]\nper_hour = 3.6\n[workload]\nconcurrency = 1\n[[stage]]\nname = 'a'\nservice = '1ms'\n[[stage]]\nname = 'b'\nservice = '3ms'\n")
	for name, share := range map[string]float64{"a": 0.25, "b": 0.75} {
		row := e.to(t, "service time of "+name)
		want := math.Log((1+0.1*share)/(1-0.1*share)) / math.Log(1.1/0.9)
		for what, got := range map[string]float64{"throughput": -row.Throughput.Value, "mean": row.Mean.Value, "cost": row.Cost.Value} {
			if math.Abs(got-want) > 0.01 {
				t.Errorf("%s of %s: %v, want %v", what, name, got, want)
			}
		}
	}
	if e.SortedBy != ByThroughput || e.Elasticities[0].Of != "service time of b" {
		t.Errorf("sorted by %s: %+v", e.SortedBy, e.Elasticities[0])
	}
	if want := 3.6 / 3600 / 250 * 1e6; math.Abs(e.Now.CostPerMillion.Value-want) > 0.01 {
		t.Errorf("%v a million, want %v", e.Now.CostPerMillion, want)
	}
	// A second server doubles the price and brings one client nothing.
	if row := e.to(t, "servers.count"); !near(row.Cost, 1) || row.Value != "1" || len(row.Tried) != 1 {
		t.Errorf("%+v", row)
	}
}

// TestOverloadedTry: where a tenth more is too much, the table says so, and the elasticity is of the other side.
func TestOverloadedTry(t *testing.T) {
	e := of(t, "[workload]\nrate = '950/s'\n[run]\np99_goal = 0.3\n[[stage]]\nname = 'server'\nservice = {dist = 'uniform', min = '0.5ms', max = '1.5ms'}\n")
	row := e.to(t, "service time of server")
	if len(row.Tried) != 2 || row.Tried[0].Verdict == predict.Overloaded || row.Tried[1].Verdict != predict.Overloaded || !(row.Mean.Value > 2) {
		t.Errorf("%+v", row)
	}
	var b bytes.Buffer
	if err := Text(&b, e); err != nil || !strings.Contains(b.String(), "-10 %, +10 % (overloaded)") {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// TestBreaks: the resources and workers of three stages are full at loads that a pencil finds.
func TestBreaks(t *testing.T) {
	e := of(t, `
[workload]
rate = "100/s"
[run]
p99_goal = 0.3
[[resource]]
name = "disk"
[[stage]]
name = "read"
workers = 8
resource = "disk"
service = {dist = "exponential", mean = "1ms"}
[[stage]]
name = "work"
workers = 2
service = {dist = "exponential", mean = "4ms"}
[[stage]]
name = "write"
workers = 3
service = {dist = "exponential", mean = "2ms"}
`)
	want := []struct {
		name string
		rps  float64
	}{{"work workers", 500}, {"disk", 1000}, {"write workers", 1500}, {"read workers", 8000}}
	if len(e.Breaks) != len(want) {
		t.Fatalf("%+v", e.Breaks)
	}
	for i, w := range want {
		l := e.Breaks[i]
		if l.Name != w.name || math.Abs(l.CapacityRPS/w.rps-1) > 0.04 || math.Abs(l.Busy-100/w.rps) > 0.05*100/w.rps+0.005 {
			t.Errorf("%d: %+v, want %s at %v/s", i, l, w.name, w.rps)
		}
	}
}

// TestBreaksAreInOrder, also those that are hardly busy.
func TestBreaksAreInOrder(t *testing.T) {
	e := of(t, `
[workload]
rate = "1/s"
[run]
p99_goal = 0.3
[[resource]]
name = "disk"
[[resource]]
name = "net"
[[stage]]
name = "work"
workers = 1
steps = [{name = "read", resource = "disk", service = "0.15ms"}, {name = "send", resource = "net", service = "0.2ms"}, {name = "think", service = "100ms"}]
`)
	var names []string
	for _, l := range e.Breaks {
		names = append(names, l.Name)
	}
	if got := strings.Join(names, ", "); got != "work workers, net, disk" {
		t.Errorf("%s: %+v", got, e.Breaks)
	}
}

// TestCostOfOtherParts: the price is of the server as it is, so that what a million requests cost with more GPUs in it is not known.
func TestCostOfOtherParts(t *testing.T) {
	e := of(t, "[cpu]\ncores = 4\nprofile = 'x86-core-published'\n[gpu]\ncount = 2\nprofile = 'rtx4090-published'\n[link]\nbandwidth = '24GB/s'\n[price]\nper_hour = 1.0\n[run]\np99_goal = 0.3\n")
	for what, known := range map[string]bool{"gpu.count": false, "cpu.cores": false, "servers.count": true, "inference.instances": true, "speed of gpu": true} {
		if row := e.to(t, what); study.Known(row.Cost) != known || study.Known(row.Tried[0].Cost) != known || !study.Known(row.Throughput) {
			t.Errorf("%+v", row)
		}
	}
}

// TestTextAndPlot are of one explanation, with rows as the JSON has.
func TestTextAndPlot(t *testing.T) {
	e := of(t, "[workload]\nconcurrency = 2\n[run]\np99_goal = 0.3\n[[stage]]\nname = 's'\nmax_batch = 4\nmax_queue_delay = '1ms'\nservice = {dist = 'exponential', mean = '1ms'}\n")
	var text, drawing, encoded bytes.Buffer
	if err := Text(&text, e); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"stage.s.workers = 1", "stage.s.max_batch = 4", "stage.s.max_queue_delay = 1.00 ms", "3, 5", string(Fallen), "\n8 replications with"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is missing:\n%s", want, text.String())
		}
	}
	if err := Plot(&drawing, e, "svg"); err != nil || !strings.Contains(drawing.String(), "service time of s") {
		t.Errorf("%v, %.100s", err, drawing.String())
	}
	var back Explanation
	if err := JSON(&encoded, e); err != nil || json.Unmarshal(encoded.Bytes(), &back) != nil || len(back.Elasticities) != len(e.Elasticities) || len(back.Answers) != 2 {
		t.Errorf("%v, %s", err, encoded.String())
	}
}

// TestSharedCases looks at questions that people have asked, where their scenarios are at hand.
func TestSharedCases(t *testing.T) {
	const shared = "../../../../shared/cases"
	for name, want := range map[string][2]Cause{
		"c4-delay": {"", FewClients}, "b13-batcher-and-instances": {SharedDevice, ""}, "b7-rate-limiter": {SharedDevice, ""}, "lock-step-jitter": {SharedDevice, ""},
	} {
		text, err := os.ReadFile(filepath.Join(shared, name+".toml"))
		if err != nil {
			t.Skip("SKIP: ", err)
		}
		for i, a := range answersOf(t, string(text)) {
			if want[i] != "" && a.Cause != want[i] {
				t.Errorf("%s: %q is answered with %q: %s", name, a.Question, a.Cause, a.Text)
			}
		}
	}
}

func TestSentencesBeginWithAnyLetter(t *testing.T) {
	for s, want := range map[string]string{"infer": "Infer", "été": "Été", "日本": "日本", "": ""} {
		if got := upper(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTooFewEvents: where nobody was served in so few events, there is no capacity of 0.
func TestTooFewEvents(t *testing.T) {
	e := of(t, "[workload]\nrate = '100/s'\n[[stage]]\nname = 's'\nservice = '1ms'\nworkers = 50_000\n[run]\nmax_events = 1000\n")
	var b bytes.Buffer
	if err := Text(&b, e); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); e.Answers[0].Cause != NotKnown || study.Known(e.CapacityRPS) || !strings.Contains(text, "is not known") || strings.Contains(text, "Inf") {
		t.Errorf("%s, capacity %v\n%s", e.Answers[0].Cause, e.CapacityRPS, text)
	}
}

// TestTwiceIsTooMany: that there may be no more workers is no reason to say nothing.
func TestTwiceIsTooMany(t *testing.T) {
	e := of(t, "[workload]\nrate = '100/s'\n[[stage]]\nname = 's'\nservice = '1ms'\nworkers = 600_000\n[run]\nmax_events = 200_000\n")
	if a := e.Answers[0]; a.Cause != NotPossible || !strings.Contains(a.Text, "stage.s.workers must be at most") {
		t.Errorf("%+v", a)
	}
}

// TestPriceOfAServer: that a price does not follow what is in the server is said.
func TestPriceOfAServer(t *testing.T) {
	const text = "[workload]\nconcurrency = 1\n[[stage]]\nname = 's'\nservice = '1ms'\n"
	if e := of(t, text); len(e.Notes) != 0 {
		t.Errorf("%q", e.Notes)
	}
	if e := of(t, "[price]\nper_hour = 3.6\n"+text); len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "of a server as it stands") {
		t.Errorf("%q", e.Notes)
	}
}

// TestDropsAtFullLoad: of requests in three parts, each of which may be rejected, hardly one is served where many retry. That is no
// capacity.
func TestDropsAtFullLoad(t *testing.T) {
	e := of(t, `
[workload]
rate = "900/s"
[[stage]]
name = "in"
service = "0.1ms"
[[stage]]
name = "parts"
after = ["in"]
copies = 3
service = {dist = "exponential", mean = "0.5ms"}
default_queue_policy = {max_queue_size = 4}
[run]
replications = 2
max_events = 300_000
`)
	if e.CapacityRPS.Value > e.Now.ThroughputRPS.Value/2 || len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "that is no capacity") {
		t.Errorf("%v at full load, %v now: %q", e.CapacityRPS, e.Now.ThroughputRPS, e.Notes)
	}
}

// TestNamed: a key that is the name is not said twice.
func TestNamed(t *testing.T) {
	for want, l := range map[string]Limit{"gpu": {Name: "gpu", Key: "gpu"}, "cpu (resource.cpu)": {Name: "cpu", Key: "resource.cpu"}} {
		if got := l.named(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

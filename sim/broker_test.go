package sim

import (
	"strings"
	"testing"
)

// brokered is a closed loop of one client over a broker whose times are easy to add up: 1 ms for the frame, 4 ms until the
// message is acknowledged, 3 ms until it is fetched, 2 ms for a face, and nothing to answer.
const brokered = `
[[resource]]
name = "cpu"
capacity = 8
[[broker]]
name = "b"
cpu = "cpu"
send = "1ms"
append = "1ms"
send_latency = "2ms"
read = "1ms"
fetch = "1ms"
fetch_latency = "1ms"
[[stage]]
name = "detect"
workers = 4
resource = "cpu"
service = "1ms"
[[stage]]
name = "identify"
copies = 1
via = "b"
message = "10kB"
workers = 4
resource = "cpu"
service = "2ms"
[[stage]]
name = "answer"
join = true
workers = 0
service = "1ns"
[workload]
concurrency = 1
`

// TestWayOverABroker: alone, a message takes what its steps add up to, and the prediction says which part is the broker's.
func TestWayOverABroker(t *testing.T) {
	for _, kind := range []string{"kafka-all", "redis-list"} {
		p := predicted(t, brokered, "run.jitter=0", "broker.b.type="+kind)
		if got := p.LatencyS.Mean.Value; !near(got, 10e-3, 1e-3) {
			t.Errorf("%s: a frame takes %v s", kind, got)
		}
		if len(p.Brokers) != 1 || p.Brokers[0].Name != "b" || !near(p.Brokers[0].TimeS.Value, 7e-3, 1e-3) || !near(p.Brokers[0].Share.Value, 0.7, 1e-3) {
			t.Errorf("%s: over brokers %+v", kind, p.Brokers)
		}
	}
}

// TestSingleThread: with 1 ms for each command, Redis takes 1000 commands a second however many cores there are, and two a
// message are 500 messages; Kafka works on one request of a producer at a time, and reads beside it.
func TestSingleThread(t *testing.T) {
	set := []string{"workload.concurrency=64", "stage.detect.workers=64", "stage.identify.workers=64", "broker.b.in_flight=64", "broker.b.batch_size=10kB", "resource.cpu.capacity=1000", "stage.detect.service=1us", "stage.identify.service=1us"}
	for _, capacity := range []string{"1000", "62"} { // shared equally, and with a run queue for each core
		set = append(set, "resource.cpu.capacity="+capacity)
		if got := predicted(t, brokered, append(set, "broker.b.type=redis-list")...).ThroughputRPS.Value; !near(got, 500, 0.02) {
			t.Errorf("%s cores: Redis serves %v/s", capacity, got)
		}
		// Reads go on beside it, but a producer's appends, of 1 ms each, come one after the other.
		if got := predicted(t, brokered, append(set, "broker.b.type=kafka-1")...).ThroughputRPS.Value; got > 1000 || got < 950 {
			t.Errorf("%s cores: Kafka serves %v/s", capacity, got)
		}
	}
}

// TestLingerIsAWait: a message waits for as long as the producer lingers.
func TestLingerIsAWait(t *testing.T) {
	p := predicted(t, brokered, "run.jitter=0", "broker.b.linger=5ms")
	if got := p.LatencyS.Mean.Value; !near(got, 15e-3, 1e-3) {
		t.Errorf("a frame takes %v s", got)
	}
}

// TestFusedFaces: a fused stage takes its time for all faces of a frame, and none for a frame without.
func TestFusedFaces(t *testing.T) {
	text := strings.Replace(brokered, "via = \"b\"\nmessage = \"10kB\"\nworkers = 4\n", "fused = true\n", 1)
	for copies, ms := range map[string]float64{"5": 3, "{dist = \"discrete\", values = [0, 1], weights = [0.5, 0.5]}": 2} {
		p := predicted(t, text, "run.jitter=0", "stage.identify.copies="+copies)
		if got := p.LatencyS.Mean.Value; !near(got, ms*1e-3, 0.02) || len(p.Brokers) != 0 {
			t.Errorf("%s faces: %v s, want %v ms; brokers %v", copies, got, ms, p.Brokers)
		}
	}
}

// TestBrokerFails: over Kafka every frame is answered; over Redis those are lost of which it held faces, or would have been sent any
// while it was down: a sixth of 3 s.
func TestBrokerFails(t *testing.T) {
	text := brokered + "spans = [{for = '3s', rate = '200/s'}]\n[[outage]]\nbroker = 'b'\nat = '1s'\nfor = '500ms'\n"
	text = strings.Replace(text, "concurrency = 1\n", "arrivals = \"piecewise\"\n", 1)
	kafka, redis := predicted(t, text), predicted(t, text, "broker.b.type=redis-list")
	if d := kafka.Dropped; d.Share.Value != 0 || kafka.RetriedRPS.Value == 0 || !(kafka.LatencyS.P99.Value > 0.3) {
		t.Errorf("Kafka: dropped %+v, retried %v, p99 %v", d, kafka.RetriedRPS, kafka.LatencyS.P99)
	}
	if d := redis.Dropped; !near(d.Share.Value, 1.0/6, 0.1) || redis.Verdict == "overloaded" {
		t.Errorf("Redis: dropped %+v, %s", d, redis.Verdict)
	}
}

// TestSmallMessages: of small messages, requests and fetches could have more than there are times of; such a scenario runs.
func TestSmallMessages(t *testing.T) {
	for _, set := range [][]string{
		{"broker.b.type=redis-list", "stage.identify.message=1B"},
		{"broker.b.partitions=300", "stage.identify.message=100B"},
		{"broker.b.fetch_max=100000", "broker.b.partitions=4", "stage.identify.message=1B"},
	} {
		if p := predicted(t, brokered, append(set, "run.jitter=0")...); !near(p.LatencyS.Mean.Value, 10e-3, 1e-3) {
			t.Errorf("%v: a frame takes %v s", set, p.LatencyS.Mean.Value)
		}
	}
}

// TestTwoFused: two stages whose work one does have copies of their own, whichever comes first.
func TestTwoFused(t *testing.T) {
	text := "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\nconcurrency = 1\n"
	for _, copies := range []string{"2", "5"} {
		text += "[[stage]]\nname = 'face" + copies + "'\nafter = ['a']\nfused = true\ncopies = " + copies + "\nservice = {mean = '0ms', per_image = '1ms'}\n"
	}
	for set, ms := range map[string]float64{"stage.face2.copies=2": 8, "stage.face2.copies=7": 13} {
		if got := predicted(t, text, "run.jitter=0", set).LatencyS.Mean.Value; !near(got, ms*1e-3, 1e-3) {
			t.Errorf("%s: a frame takes %v s, want %v ms", set, got, ms)
		}
	}
}

package check

import (
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/sim"
	"vsim/sim/scenario"
)

// A broker is killed in a live run and starts again. With Kafka, whose producer waits for all acknowledgements, no frame is lost:
// some wait until it is back. Redis has forgotten what lay there, and what was sent meanwhile is refused: the run counts those
// frames. Nothing hangs, and every frame has an answer.
func TestKilledBrokers(t *testing.T) {
	nativetest.Require(t, native.ONNXRuntime)
	const at, down = 700 * time.Millisecond, 500 * time.Millisecond
	for kind, server := range map[string]string{profile.KafkaAll: local.Kafka, profile.RedisList: local.Redis, profile.RedisStream: local.Redis} {
		t.Run(kind, func(t *testing.T) {
			if err := local.Find(server); err != nil {
				nativetest.SkipOrFail(t, err)
			}
			dir, err := cache.Dir()
			if err != nil {
				t.Fatal(err)
			}
			out, err := Kill(t.Context(), Options{Kinds: []string{kind}, Faces: []int{3}, CacheDir: dir, Measure: time.Millisecond}, at, down, func(int, int, string) {})
			if err != nil {
				t.Fatal(err)
			}
			loss := out.Cases[0]
			if loss.Completed == 0 || loss.Unanswered > 0 || loss.Failed > 0 {
				t.Errorf("%d frames answered, %d failed, %d without an answer; losses %+v", loss.Completed, loss.Failed, loss.Unanswered, loss.Losses)
			}
			l := loss.Losses
			if kind == profile.KafkaAll {
				if l.Frames+l.Refused+l.Vanished > 0 || loss.LongestS < down.Seconds() {
					t.Errorf("Kafka lost %+v; the longest latency is %.2f s, the broker was away for %v", l, loss.LongestS, down)
				}
				return
			}
			if l.Frames == 0 || l.Refused+l.Vanished < l.Frames || l.First == "" {
				t.Errorf("Redis lost %+v", l)
			}
		})
	}
}

func TestLossesAreExplained(t *testing.T) {
	var text strings.Builder
	if err := (&Outages{AtS: 5, DownS: 3, Cases: []Loss{{Case: "redis-list, 5 faces, full"}}}).Text(&text); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"lost", "vanished", "repeated"} {
		if !strings.Contains(text.String(), column+": ") {
			t.Errorf("%s is not explained:\n%s", column, text.String())
		}
	}
}

// failing is a pipeline whose broker is away for a second out of each 21.
const failing = `
[cpu]
cores = 2
[workload]
arrivals = "closed"
concurrency = 8
[[broker]]
name = "between"
type = "KIND"
send = "50us"
append = "100us"
read = "50us"
fetch = "50us"
[[stage]]
name = "detect"
workers = 1
resource = "cpu"
service = "12ms"
[[stage]]
name = "identify"
copies = 3
via = "between"
message = "10kB"
workers = 1
max_batch = 8
resource = "cpu"
service = {mean = "2ms", per_image = "2ms"}
[[outage]]
broker = "between"
mtbf = {dist = "constant", mean = "20s"}
mttr = {dist = "constant", mean = "1s"}
`

// The simulator's outage of a broker agrees in kind with the live ones of TestKilledBrokers: Kafka loses nothing, and some
// frames wait until it is back; Redis loses what it has and what is sent meanwhile, about as many frames as the pipeline
// answers in that time.
func TestSimulatedOutageAgreesInKind(t *testing.T) {
	for _, kind := range []string{profile.KafkaAll, profile.RedisList, profile.RedisStream} {
		s, err := scenario.Parse(kind+".toml", []byte(strings.Replace(failing, "KIND", kind, 1)), scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := sim.Predict(t.Context(), sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Fatal(err)
		}
		const period, down = 21.0, 1.0
		lost, rate := period*p.Dropped.LostRPS.Value, p.ThroughputRPS.Value
		if kind == profile.KafkaAll {
			if lost > 0 || p.LatencyS.P999.Value < 0.9*down {
				t.Errorf("%s: %.1f frames lost an outage, p99.9 %.2f s", kind, lost, p.LatencyS.P999.Value)
			}
			continue
		}
		if lost < 0.5*rate*down || lost > 2*rate*down || p.LatencyS.P999.Value > 0.5*down {
			t.Errorf("%s: %.1f frames lost an outage of a pipeline that answers %.1f/s, p99.9 %.2f s", kind, lost, rate, p.LatencyS.P999.Value)
		}
	}
}

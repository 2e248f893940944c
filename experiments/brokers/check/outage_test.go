package check

import (
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
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

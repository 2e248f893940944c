package live

import (
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/sim/engine/random"
)

// A face that comes twice counts once: the frame waits for its other one.
func TestARepeatedFaceCountsOnce(t *testing.T) {
	two, err := random.NewCounter([]int{2}, []float64{1})
	if err != nil {
		t.Fatal(err)
	}
	l := newLedger(time.Hour, two, 1)
	answered := 0
	f := l.open(nil, func(r load.Reply) { answered++ })
	l.identified([]header{{f.number, 0, 2}, {f.number, 0, 2}}, batch{faces: 2})
	if answered > 0 {
		t.Error("a frame is answered before its second face came")
	}
	l.identified([]header{{f.number, 1, 2}}, batch{faces: 1})
	l.identified([]header{{f.number, 1, 2}}, batch{faces: 1})
	if losses := l.lossesSoFar(); answered != 1 || losses != (Losses{Repeated: 2}) {
		t.Errorf("answered %d times, losses %+v", answered, losses)
	}
}

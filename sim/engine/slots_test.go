package engine

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestLine compares the ring with a slice.
func TestLine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var l line
	var want []waiting
	for id := range int32(5000) {
		switch random.IntN(5) {
		case 0:
			if len(want) > 0 {
				if got := l.pop(); got != want[0] {
					t.Fatalf("first is %v, not %v", got, want[0])
				}
				want = want[1:]
			}
		case 1:
			at, job := random.IntN(len(want)+1), int32(-1)
			if at < len(want) {
				job = want[at].job
				want = slices.Delete(want, at, at+1)
			}
			if found := l.drop(job); found != (job >= 0) {
				t.Fatalf("job %d found: %v", job, found)
			}
		default:
			if len(want) < 100 {
				l.push(waiting{job: id, work: float64(id)})
				want = append(want, waiting{job: id, work: float64(id)})
			}
		}
		if l.len != len(want) {
			t.Fatalf("%d in line, not %d", l.len, len(want))
		}
	}
	if len(l.ring) != 128 {
		t.Errorf("a ring of %d for at most 100", len(l.ring))
	}
}

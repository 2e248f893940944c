package event

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
)

// plain is the dumb twin of Tree: it looks at every slot.
type plain struct {
	due     []Time
	horizon Time
}

func newPlain(slots int, horizon Time) *plain {
	p := &plain{make([]Time, slots), horizon}
	for i := range p.due {
		p.due[i] = Never
	}
	return p
}

func (p *plain) Set(slot int, due Time) {
	if due != Never && (due > p.horizon || due < 0) {
		due = p.horizon
	}
	p.due[slot] = due
}

func (p *plain) Min() (slot int, due Time) {
	for i := range p.due {
		if p.due[i] < p.due[slot] {
			slot = i
		}
	}
	return slot, p.due[slot]
}

// compare does one Set on both and looks at everything.
func compare(t *testing.T, tree *Tree, twin *plain, slot int, due Time) {
	t.Helper()
	tree.Set(slot, due)
	twin.Set(slot, due)
	gotSlot, got := tree.Min()
	wantSlot, want := twin.Min()
	if gotSlot != wantSlot || got != want {
		t.Fatalf("after Set(%d, %d): Min is slot %d due %d, want slot %d due %d", slot, due, gotSlot, got, wantSlot, want)
	}
	for s, want := range twin.due {
		if got := tree.Due(s); got != want {
			t.Fatalf("after Set(%d, %d): slot %d is due %d, want %d", slot, due, s, got, want)
		}
	}
}

func TestTreeAgainstTwin(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		slots := 1 + rng.IntN(70)
		tree := NewTree(slots)
		twin := newPlain(slots, tree.Horizon())
		span := 1 + rng.Int64N(1<<rng.IntN(62)) // small spans make ties
		for range 300 {
			due := Time(rng.Int64N(span))
			switch rng.IntN(8) {
			case 0:
				due = Never
			case 1:
				due = tree.Horizon() - 1 + Time(rng.IntN(3))
			}
			compare(t, tree, twin, rng.IntN(slots), due)
		}
	}
}

func FuzzTree(f *testing.F) {
	f.Add(uint8(3), []byte("\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Add(uint8(255), []byte("\x07\xff\xff\xff\xff\xff\xff\xff\x7f\x03\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, last uint8, sets []byte) {
		slots := int(last) + 1
		tree := NewTree(slots)
		twin := newPlain(slots, tree.Horizon())
		for ; len(sets) >= 9; sets = sets[9:] {
			compare(t, tree, twin, int(sets[0])%slots, Time(binary.LittleEndian.Uint64(sets[1:])))
		}
	})
}

func TestTiesGoToTheLowestSlot(t *testing.T) {
	tree := NewTree(5)
	for _, slot := range []int{4, 2, 3, 0, 1} { // the order of Set does not count
		tree.Set(slot, 7)
	}
	for want := range 5 {
		if slot, due := tree.Min(); slot != want || due != 7 {
			t.Fatalf("got slot %d due %d, want slot %d due 7", slot, due, want)
		}
		tree.Set(want, Never)
	}
	if _, due := tree.Min(); due != Never {
		t.Fatalf("an empty tree is due %d, want Never", due)
	}
}

func TestHorizonIsSeenAndTellsFromNever(t *testing.T) {
	for slots, bits := range map[int]int{1: 0, 2: 1, 25: 5, 256: 8, 257: 9, 4096: 12} {
		tree := NewTree(slots)
		want := Time(math.MaxInt64 - 1)
		if bits > 0 {
			want = 1<<(64-bits) - 2
			if bits == 1 {
				want = math.MaxInt64 - 1
			}
		}
		if tree.Horizon() != want {
			t.Errorf("%d slots: horizon %d, want %d", slots, tree.Horizon(), want)
		}
		last := slots - 1
		now := tree.Horizon() - 10
		for _, due := range []Time{now + 10, Never - 1, now + Never - 5} { // the last overflows
			tree.Set(last, due)
			if got := tree.Due(last); got != tree.Horizon() {
				t.Errorf("%d slots: Set(%d) gives %d, want the horizon %d", slots, due, got, tree.Horizon())
			}
		}
		tree.Set(last, now)
		if got := tree.Due(last); got != now {
			t.Errorf("%d slots: Set(%d) before the horizon gives %d", slots, now, got)
		}
		tree.Set(last, Never)
		if got := tree.Due(last); got != Never {
			t.Errorf("%d slots: Never became %d", slots, got)
		}
	}
}

func TestNewTreeChecksSlots(t *testing.T) {
	for _, slots := range []int{-1, 0, MaxSlots + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("NewTree(%d) went through", slots)
				}
			}()
			NewTree(slots)
		}()
	}
}

func TestWarmTreeAllocatesNothing(t *testing.T) {
	tree := NewTree(100)
	due := Time(0)
	if n := testing.AllocsPerRun(100, func() {
		slot, _ := tree.Min()
		due += 13
		tree.Set(slot, due)
		tree.Set(int(due)%100, Never)
	}); n != 0 {
		t.Errorf("%g allocations a step, want 0", n)
	}
}

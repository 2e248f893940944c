package measure

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/measure/machine"
)

// timings are one at each tenth of a second, that takes what took says.
func timings(n int, took func(i int) time.Duration) *series {
	s := &series{}
	for i := range n {
		s.timings = append(s.timings, timing{at: time.Duration(i) * referenceEvery, took: took(i), quiet: true})
	}
	return s
}

// TestDriftIsRelativeToItsMean: a machine that is half as fast after ten of twenty seconds has speeds of 4/3 and 2/3.
func TestDriftIsRelativeToItsMean(t *testing.T) {
	d := timings(200, func(i int) time.Duration { return time.Millisecond << (i / 100) }).drift()
	if len(d.AtS) != 20 || len(d.Speed) != 20 || d.Job != ReferenceJob {
		t.Fatalf("%+v", d)
	}
	for i, want := range []float64{0: 4. / 3, 9: 4. / 3, 10: 2. / 3, 19: 2. / 3} {
		if want > 0 && math.Abs(d.Speed[i]-want) > 1e-4 {
			t.Errorf("speed %v at %v s, want %v", d.Speed[i], d.AtS[i], want)
		}
	}
	// At speed 1 the job takes the harmonic mean of 1 and 2 ms.
	if math.Abs(d.JobNs-4e6/3) > 1 || math.Abs(d.AtS[0]-0.45) > 1e-9 {
		t.Errorf("job %v ns, first point at %v s", d.JobNs, d.AtS[0])
	}
}

// TestLongDriftsArePooled: an hour has no more points than driftPoints, and they still ascend and follow the speed.
func TestLongDriftsArePooled(t *testing.T) {
	d := timings(36_000, func(i int) time.Duration { return time.Duration(1e6 * (1 + 0.1*math.Sin(float64(i)/3000))) }).drift()
	if n := len(d.AtS); n > driftPoints || n < driftPoints/2 {
		t.Errorf("%d points", n)
	}
	for i := range d.AtS {
		if i > 0 && d.AtS[i] <= d.AtS[i-1] {
			t.Fatalf("point %d at %v s after %v s", i, d.AtS[i], d.AtS[i-1])
		}
		if want := 1e6 * (1 + 0.1*math.Sin(d.AtS[i]/300)); math.Abs(d.JobNs/d.Speed[i]/want-1) > 1e-3 {
			t.Fatalf("at %v s the job takes %v ns, want %v", d.AtS[i], d.JobNs/d.Speed[i], want)
		}
	}
}

// TestDisturbedTimingsAreLeftOut: what the job takes beside others is not the machine's speed, unless there is nothing else.
func TestDisturbedTimingsAreLeftOut(t *testing.T) {
	s := timings(40, func(i int) time.Duration { return time.Millisecond * time.Duration(1+9*(i/20)) })
	s.mark(20, false)
	if d := s.drift(); d.JobNs != 1e6 || d.AtS[len(d.AtS)-1] > 2 {
		t.Errorf("%+v, want the first twenty timings only", d)
	}
	s.mark(minVisits-1, false)
	if d := s.drift(); len(d.AtS) != 4 || d.AtS[3] < 3 {
		t.Errorf("%+v, want all timings: fewer than %d were quiet", d, minVisits)
	}
	if d := (&series{}).drift(); d != nil {
		t.Errorf("%+v of nothing", d)
	}
}

// TestReferenceJobRunsBesideTheVisits, at most once in referenceEvery: before the first visit and after the others.
func TestReferenceJobRunsBesideTheVisits(t *testing.T) {
	b := open(t, Options{Burst: time.Microsecond, Precision: 1e-9}, &fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}}})
	b.reference.job = func() time.Duration { return time.Millisecond }
	for range 3 {
		if _, err := b.step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	first := len(b.reference.timings)
	b.reference.began -= referenceEvery // the last timing is that long ago
	if _, err := b.step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(b.reference.timings); first < 1 || n != first+1 {
		t.Errorf("%d timings, and %d after a pause", first, n)
	}
	if d := b.Profile().Drift; d == nil || d.JobNs != 1e6 || d.Speed[0] != 1 {
		t.Errorf("drift %+v", d)
	}
}

// TestReferenceJobIsTheSameWork: two jobs made anew decode the same file and add the same numbers.
func TestReferenceJobIsTheSameWork(t *testing.T) {
	a, b := NewReference(), NewReference()
	if ns := a.MeanNs(time.Millisecond); !(ns > 0) {
		t.Errorf("%v ns", ns)
	}
	b.Time()
	if string(a.file) != string(b.file) || len(a.file) < 1000 || a.sum != b.sum || a.sum == 0 {
		t.Errorf("files of %d and %d bytes, sums %v and %v", len(a.file), len(b.file), a.sum, b.sum)
	}
}

// TestSlowerThanUsual: a machine is, if the job took more than a twentieth longer around a visit, once it is known what is usual.
func TestSlowerThanUsual(t *testing.T) {
	for _, c := range []struct {
		n      int
		last   float64 // times as long as the others
		slower bool
	}{{40, 1.1, true}, {40, 1.04, false}, {40, 0.5, false}, {toKnow - 1, 2, false}} {
		s := timings(c.n, func(i int) time.Duration {
			if i >= c.n-2 {
				return time.Duration(1e6 * c.last)
			}
			return time.Millisecond
		})
		if got := s.slower(c.n - 2); got != c.slower {
			t.Errorf("%d timings, the last two %.2f times as long: slower %v", c.n, c.last, got)
		}
		if s.slower(c.n) {
			t.Errorf("no timing around a visit tells that the machine is slower")
		}
	}
}

// TestVisitsToASlowerMachineAreRepeated: they do not count where there are enough others, without a word; where there are not, the profile says so.
func TestVisitsToASlowerMachineAreRepeated(t *testing.T) {
	visits := make([]visit, 2*minVisits)
	for i := range visits {
		visits[i].judge(machine.Use{}, 0, "", i%4 == 0)
	}
	if used := usable(visits); len(used) != minVisits*3/2 || disturbance(visits, used) != "" {
		t.Errorf("%d of %d count: %q", len(used), len(visits), disturbance(visits, used))
	}
	var v visit
	if v.judge(machine.Use{Known: true, Elapsed: time.Second, Others: 1}, 0, "", true); v.slow || v.quiet || !v.busy {
		t.Errorf("beside a neighbour that is seen: %+v", v)
	}
	few := visits[:minVisits]
	c := profile.Conditions{}
	(&Bench{}).conditions(&c, usable(few))
	if text := disturbance(few, usable(few)); c.Disturbed != 0.25 || !slices.Equal(c.By, []string{profile.SlowerHost}) || !strings.Contains(text, "2 of the 8 bursts kept, by a slower host") {
		t.Errorf("%+v, %q", c, text)
	}
}

package batcher

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vsim/sim/event"
)

var triton = flag.String("triton", "", "program made by triton/build.sh, to compare with it on new random cases; with -update they are recorded")

// recordedCase is a case that Triton's own code was played on, and what came of it. The text is that of
// triton/driver.cc.
type recordedCase struct {
	config      Config
	serviceNs   event.Time // of a batch, for itself
	eachNs      event.Time // and for each of its requests
	endNs       event.Time
	arrivals    []arrival
	occurrences map[string][]string // by time and what: the lists of requests
}

// TestTriton: the same requests leave in the same batches at the same nanosecond as from Triton's own
// code under a virtual clock.
func TestTriton(t *testing.T) {
	const path = "testdata/triton.txt"
	text, err := os.ReadFile(path)
	if *triton != "" {
		text, err = playOnTriton(*triton, 120)
	}
	if err != nil {
		t.Fatal(err)
	}
	if *triton != "" && *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	compareWithTriton(t, text)
	for seed := uint64(1); *triton != "" && seed <= 40; seed++ {
		text, err := playOnTriton(*triton, 500, seed)
		if err != nil {
			t.Fatal(err)
		}
		compareWithTriton(t, text)
	}
}

func compareWithTriton(t *testing.T, text []byte) {
	cases := strings.Split(string(text), "case ")[1:]
	if len(cases) < 100 {
		t.Fatalf("only %d cases", len(cases))
	}
	for i, text := range cases {
		c, err := parseCase(text)
		if err != nil {
			t.Fatalf("case %d: %v", i, err)
		}
		if got := c.play(t); !maps.EqualFunc(got, c.occurrences, slices.Equal) {
			t.Errorf("case %d: %s\nTriton: %v\nhere:   %v", i, text, c.occurrences, got)
			return
		}
	}
}

// play plays the case here.
func (c *recordedCase) play(t *testing.T) map[string][]string {
	service := func(size int) event.Time { return c.serviceNs + event.Time(size)*c.eachNs }
	s := newStage(newBatcher(t, c.config), c.config.Instances, service, c.arrivals)
	m := map[string][]string{}
	for _, o := range s.run(c.endNs) {
		c.note(m, int64(o.at), map[what]string{starts: "takes", refused: "refused", expires: "expired"}[o.what], o.ids)
	}
	sortExpired(m)
	return m
}

// note puts one line into the record; requests that are not in a batch are put one by one.
func (c *recordedCase) note(m map[string][]string, at int64, what string, ids []int32) {
	key := fmt.Sprint(at, " ", what)
	if what == "takes" {
		m[key] = append(m[key], fmt.Sprint(ids))
		return
	}
	for _, id := range ids {
		m[key] = append(m[key], fmt.Sprint(id))
	}
}

// sortExpired forgets in which order requests expired in the same nanosecond.
func sortExpired(m map[string][]string) {
	for key, lines := range m {
		if strings.HasSuffix(key, "expired") {
			slices.Sort(lines)
		}
	}
}

func parseCase(text string) (*recordedCase, error) {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	c := &recordedCase{config: Config{Prefetch: true}, occurrences: map[string][]string{}}
	var preferred string
	var delayUs, queues, arrivals int64
	if _, err := fmt.Sscan(lines[0], &c.config.Max, &delayUs, &preferred, &c.config.Instances, &c.serviceNs, &c.eachNs, &queues, &arrivals, &c.endNs); err != nil {
		return nil, err
	}
	c.config.Delay = time.Duration(delayUs) * time.Microsecond
	for size := range strings.SplitSeq(preferred, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			return nil, err
		}
		c.config.Preferred = append(c.config.Preferred, n)
	}
	for _, line := range lines[1 : 1+queues] {
		var limit, timeoutUs, deferring int
		if _, err := fmt.Sscan(line, &limit, &timeoutUs, &deferring); err != nil {
			return nil, err
		}
		c.config.Queues = append(c.config.Queues, Queue{limit, time.Duration(timeoutUs) * time.Microsecond, deferring == 1})
	}
	lines = lines[1+queues:]
	for in := strings.NewReader(lines[0]); arrivals > 0; arrivals-- {
		var a arrival
		if _, err := fmt.Fscan(in, &a.at, &a.level); err != nil {
			return nil, err
		}
		c.arrivals = append(c.arrivals, a)
	}
	return c, c.parseOccurrences(lines[1:])
}

func (c *recordedCase) parseOccurrences(lines []string) error {
	for _, line := range lines {
		words := strings.Fields(line)
		at, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return err
		}
		var ids []int32
		for _, word := range words[2:] {
			id, err := strconv.Atoi(word)
			if err != nil {
				return err
			}
			ids = append(ids, int32(id))
		}
		c.note(c.occurrences, at, words[1], ids)
	}
	sortExpired(c.occurrences)
	return nil
}

// playOnTriton draws cases and plays them.
func playOnTriton(program string, cases int, seed ...uint64) ([]byte, error) {
	rng := rand.New(rand.NewPCG(append(seed, 0)[0], 5))
	var in bytes.Buffer
	for range cases {
		drawCase(rng, &in)
	}
	cmd := exec.Command(program)
	cmd.Stdin = &in
	return cmd.Output()
}

// drawCase writes a case in which everything may come together: half of the times are whole units, so
// that ties abound, and some units are so long that the batcher's sleep of half a second matters.
func drawCase(rng *rand.Rand, out *bytes.Buffer) {
	unitUs := []int{1000, 1000, 1000, 60_000}[rng.IntN(4)]
	some := func(p float64, n int) int {
		if rng.Float64() < p {
			return 1 + rng.IntN(n)
		}
		return 0
	}
	largest := 1 + rng.IntN(10)
	preferred := fmt.Sprint(largest)
	if rng.IntN(2) == 0 {
		preferred = drawSizes(rng, largest)
	}
	queues, policies := 1, false
	if rng.IntN(2) == 0 {
		queues, policies = 1+rng.IntN(3), true
	}
	const arrivals = 30
	gap := 1 + rng.IntN(5)
	fmt.Fprintf(out, "case %d %d %s %d %d %d %d %d %d\n", largest, some(0.6, 10)*unitUs, preferred, 1+rng.IntN(3),
		(1+rng.IntN(20))*unitUs*1000, some(0.3, 2)*unitUs*1000, queues, arrivals, (arrivals*gap+60)*unitUs*1000)
	for range queues {
		if policies {
			fmt.Fprintln(out, some(0.4, 5), some(0.6, 15)*unitUs, rng.IntN(2))
		} else {
			fmt.Fprintln(out, 0, 0, 0)
		}
	}
	at, grid := 0, rng.IntN(2) == 0
	for range arrivals {
		if grid {
			at += rng.IntN(2*gap+1) * unitUs * 1000
		} else {
			at += rng.IntN(2 * gap * unitUs * 1000)
		}
		fmt.Fprintf(out, "%d %d ", at, rng.IntN(queues))
	}
	fmt.Fprintln(out)
}

// drawSizes draws some of the sizes from 1 to the largest.
func drawSizes(rng *rand.Rand, largest int) string {
	var sizes []string
	for size := 1; size <= largest; size++ {
		if rng.IntN(3) == 0 {
			sizes = append(sizes, fmt.Sprint(size))
		}
	}
	if sizes == nil {
		return fmt.Sprint(1 + rng.IntN(largest))
	}
	return strings.Join(sizes, ",")
}

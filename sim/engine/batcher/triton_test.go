package batcher

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// recordedCase is a case that Triton's own code was played on, and what came of it: a line of the
// configuration (largest batch, delay in us, preferred sizes, instances, ns of a batch and of each of its
// requests, queues, arrivals, end in ns), a line a queue (limit, timeout in us, deferring), a line of
// arrivals (ns and level), and a line for everything that happened.
type recordedCase struct {
	config      Config
	serviceNs   event.Time // of a batch, for itself
	eachNs      event.Time // and for each of its requests
	endNs       event.Time
	arrivals    []arrival
	occurrences map[string][]string // by time and what: the lists of requests
}

// TestTriton: the same requests leave in the same batches at the same nanosecond as from Triton's own
// code under a virtual clock, in 120 random cases that were recorded on 2026-11-24; see the README.
func TestTriton(t *testing.T) {
	text, err := os.ReadFile("testdata/triton.txt")
	if err != nil {
		t.Fatal(err)
	}
	compareWithTriton(t, text)
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

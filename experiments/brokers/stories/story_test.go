package stories

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/sim/engine/queueing"
)

// story is what happened between a client and a broker, in order.
type story struct {
	title  string
	system string // versions of the broker and of the client's library
	rules  rules
	events []event
}

// rules are what the simulator is told of the client.
type rules struct {
	Send  *queueing.Send  `json:",omitempty"`
	Fetch *queueing.Fetch `json:",omitempty"`

	Workers int    // requests in flight, or consumers
	Taker   *taker `json:",omitempty"` // the application for which a client fetches ahead
}

// taker takes up to Max messages at a time and works for Work on them, whatever their number.
type taker struct {
	Max  int
	Work time.Duration
}

// Kinds of events.
const (
	comes  = "comes"  // a message, to the client that sends it; where fetches are told of, its request passes to the broker
	leaves = "leaves" // a request with these messages
	acked  = "acked"  // the broker's answer to it passes to the client
	asks   = "asks"   // a fetch passes to the broker
	gets   = "gets"   // its answer passes to the client, with these messages or none
	takes  = "takes"  // the application takes these messages from its client
)

type event struct {
	at       time.Duration // negative before the first message
	kind     string
	messages []int // numbers
}

func (s *story) write(path string) error {
	rules, err := json.Marshal(s.rules)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("# %s\n# %s\n%s\n", s.title, s.system, rules)
	for _, e := range s.events {
		text += fmt.Sprintf("%10.3f ms  %s", e.at.Seconds()*1e3, e.kind)
		for _, m := range e.messages {
			text += fmt.Sprint(" ", m)
		}
		text += "\n"
	}
	return profile.WriteFile(path, []byte(text))
}

func read(t *testing.T, path string) *story {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	s := &story{title: strings.TrimPrefix(lines[0], "# "), system: strings.TrimPrefix(lines[1], "# ")}
	if err := json.Unmarshal([]byte(lines[2]), &s.rules); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, line := range lines[3:] {
		var e event
		var ms float64
		head, rest, _ := strings.Cut(strings.TrimSpace(line), " ms  ")
		fields := strings.Fields(rest)
		if _, err := fmt.Sscan(head, &ms); err != nil || len(fields) == 0 {
			t.Fatalf("%s: %q is no event", path, line)
		}
		e.at, e.kind = time.Duration(ms*1e6), fields[0]
		for _, f := range fields[1:] {
			var n int
			if _, err := fmt.Sscan(f, &n); err != nil {
				t.Fatalf("%s: %q: %v", path, line, err)
			}
			e.messages = append(e.messages, n)
		}
		s.events = append(s.events, e)
	}
	return s
}

// of returns the events of a kind.
func (s *story) of(kind string) (out []event) {
	for _, e := range s.events {
		if e.kind == kind {
			out = append(out, e)
		}
	}
	return out
}

// answered are the fetches that brought something, by their messages: what a broker answers to two consumers at one moment passes in any order.
func (s *story) answered() []event {
	out := slices.DeleteFunc(s.of(gets), func(e event) bool { return len(e.messages) == 0 })
	slices.SortFunc(out, func(a, b event) int { return slices.Min(a.messages) - slices.Min(b.messages) })
	return out
}

package stories

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
	"vsim/sim/engine/queueing"
)

var recording = flag.Bool("record", false, "record the stories anew")

const library = "franz-go 1.22.3"

// TestRecord plays against real brokers and writes the stories down.
func TestRecord(t *testing.T) {
	if !*recording {
		t.Skip("records only with -record")
	}
	servers := map[string]*local.Server{}
	start := func(kind string) *local.Server {
		if servers[kind] == nil {
			servers[kind] = localtest.Start(t, local.Options{Kind: kind})
		}
		return servers[kind]
	}
	start(local.Kafka)
	start(local.Redis)
	for i := range 3 { // Java is slow until it has compiled what is used
		p := play{broker: profile.KafkaAll, rules: rules{Fetch: &queueing.Fetch{Min: 1 + i%2, MaxWait: 10 * ms}, Workers: 1}, sends: every(2*ms, 1500)}
		playKafka(t, &p, start(local.Kafka).Address, fmt.Sprint("warm-up-", i), &tape{began: time.Now()})
	}
	for name, p := range plays() {
		t.Run(name, func(t *testing.T) {
			tape := &tape{began: time.Now()}
			s := &story{title: p.title, rules: p.rules}
			if p.broker == profile.KafkaAll || p.broker == profile.KafkaOne {
				server := start(local.Kafka)
				s.system = server.Version + ", " + library
				playKafka(t, &p, server.Address, name, tape)
			} else {
				server := start(local.Redis)
				s.system = server.Version + ", go-redis through profile/device/broker"
				playRedis(t, &p, server.Address, name, tape)
			}
			s.events = tape.story(p.rules.Fetch != nil, p.rules.Workers)
			if err := s.write(filepath.Join("testdata", name+".txt")); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// perform sends the messages, 1 and up, when it is their time.
func (p *play) perform(t *tape, send func(number int)) {
	t.mu.Lock()
	t.first = time.Since(t.began)
	t.mu.Unlock()
	began := time.Now()
	for i, at := range p.sends {
		time.Sleep(at - time.Since(began))
		if p.rules.Send != nil {
			t.note(comes, i+1)
		}
		send(i + 1)
	}
}

// await waits until so many messages are in events of a kind.
func (t *tape) await(kind string, n int) {
	for {
		t.mu.Lock()
		have := 0
		for _, e := range t.events {
			if e.kind == kind {
				have += len(e.messages)
			}
		}
		t.mu.Unlock()
		if have >= n {
			return
		}
		time.Sleep(ms)
	}
}

// awaitEvent waits for the next event of a kind.
func (t *tape) awaitEvent(kind string) {
	t.mu.Lock()
	n := len(t.events)
	t.mu.Unlock()
	for {
		t.mu.Lock()
		there := slices.ContainsFunc(t.events[n:], func(e event) bool { return e.kind == kind })
		t.mu.Unlock()
		if there {
			return
		}
		time.Sleep(ms / 10)
	}
}

// story are the events from the first message on, with the fetches that wait for it, up to the last that has messages. Of fetches it tells
// when messages come to the broker, not how they were sent.
func (t *tape) story(fetches bool, consumers int) []event {
	t.mu.Lock()
	defer t.mu.Unlock()
	events := slices.Clone(t.events)
	for i := range events {
		events[i].at -= t.first
	}
	if fetches {
		for i := range events {
			if events[i].kind == leaves {
				events[i].kind = comes
			}
		}
		events = slices.DeleteFunc(events, func(e event) bool { return e.kind == acked })
	}
	first := slices.IndexFunc(events, func(e event) bool { return e.kind == comes })
	waiting := slices.DeleteFunc(slices.Clone(events[:first]), func(e event) bool { return e.kind != asks })
	events = append(waiting[max(len(waiting)-consumers, 0):], events[first:]...)
	last := len(events)
	for last > 0 && len(events[last-1].messages) == 0 {
		last--
	}
	return events[:last]
}

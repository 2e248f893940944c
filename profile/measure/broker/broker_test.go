package broker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device/broker/local"
	"vsim/profile/device/broker/localtest"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/process"
	"vsim/profile/measure"
)

// TestRealBrokers measures every stage for a moment: each has its time by the clock and its CPU times, and a file that can be
// read and looked up.
func TestRealBrokers(t *testing.T) {
	for of, kinds := range map[string][]string{
		local.Kafka: {profile.KafkaAll, profile.KafkaOne}, local.Redis: {profile.RedisList, profile.RedisStream},
	} {
		t.Run(of, func(t *testing.T) {
			if err := local.Find(of); err != nil {
				nativetest.SkipOrFail(t, err)
			}
			p := measured(t, kinds)
			for _, kind := range kinds {
				checkStages(t, p, kind)
			}
			if pr := p.Provenance; len(pr.Libraries) == 0 || !strings.Contains(strings.Join(pr.Notes, "\n"), "disk") {
				t.Errorf("libraries %v, notes %q", pr.Libraries, pr.Notes)
			}
		})
	}
}

// measured visits every point once, and writes and reads what was found.
func measured(t *testing.T, kinds []string) *profile.Profile {
	t.Helper()
	b, err := Open(t.Context(), Config{
		Brokers: kinds, Sizes: []int{1000, 10_000}, Batches: []int{1, 5}, WarmUp: time.Millisecond,
		Options: measure.Options{Burst: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if unmeasured, _ := b.Missing(); len(unmeasured) == 0 {
			break
		}
	}
	if left := b.LeftOut(); len(left) > 0 {
		t.Errorf("left out: %v", left)
	}
	text, err := b.Profile().Encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse("brokers.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func checkStages(t *testing.T, p *profile.Profile, kind string) {
	t.Helper()
	for resource, stages := range map[string][]string{
		"broker": {profile.Produce, profile.Deliver, profile.Fetch},
		"cpu": {
			"produce-client", "produce-server", "fetch-client", "fetch-server", "deliver-client", "deliver-server",
			"produce-client-loaded", "produce-server-loaded",
		},
	} {
		for _, stage := range stages {
			at, err := p.AtMessage(profile.Key{Stage: stage, Resource: resource, Broker: kind}, 5000, 3)
			if err != nil || at.Support != profile.Interpolated || !(meanNs(at) > 1000) {
				t.Errorf("%s %s: %+v, error %v", kind, stage, at, err)
			}
		}
	}
	for stage, resource := range map[string]string{profile.Produce: "broker", "produce-client": "cpu", "produce-server": "cpu", profile.Deliver: "broker", "deliver-client": "cpu", "deliver-server": "cpu"} {
		rests := p.AfterIdleOver(kind, stage, resource) // what they cost is chance in one visit; that it is reckoned from visits is TestExtraIsOfTheSameVisit's
		if len(rests) != len(pauses) || rests[len(rests)-1].IdleNs < 50e6 {
			t.Errorf("%s %s after pauses: %v", kind, stage, rests)
		}
	}
	if idle := p.Find(profile.Key{Stage: "idle-server", Resource: "cpu", Broker: kind}); idle == nil || idle.MeanNs < 1 || idle.MeanNs > 1e9 {
		t.Errorf("%s with nothing to do: %+v", kind, idle)
	}
	_, err := p.AtMessage(profile.Key{Stage: profile.Ack, Resource: "broker", Broker: kind}, 1000, 1)
	if has := err == nil; has != (kind == profile.RedisStream) {
		t.Errorf("%s: an acknowledgement of its own: %v", kind, err)
	}
}

func meanNs(b profile.Bracket) float64 { return (1-b.Weight)*b.Low.MeanNs + b.Weight*b.High.MeanNs }

// TestRequestsAreWhole: Kafka gives back what was sent request by request, alone and with several in flight: each carries Batch
// messages of one partition. (The first of a new client waits for the topic's description, and may be two.)
func TestRequestsAreWhole(t *testing.T) {
	s := &server{kind: local.Kafka, own: localtest.Start(t, local.Options{Kind: local.Kafka})}
	s.address = s.own.Address
	for _, kind := range []string{profile.KafkaAll, profile.KafkaOne} {
		for _, r := range []request{{1000, 25}, {10_000, 5}, {100_000, 10}} {
			l, err := openLane(t.Context(), s, kind, fmt.Sprintf("whole-%s-%d", kind, r.size), r, newValues(r.size))
			if err != nil {
				t.Fatal(err)
			}
			const n = 20
			_, err = l.produce(t.Context())
			for i := 0; err == nil && i < n; i++ {
				_, err = l.produce(t.Context())
			}
			err = errors.Join(err, l.stream(t.Context(), n))
			for i := 0; err == nil && i < 1+n+n; i++ {
				_, _, err = l.take(t.Context())
			}
			if err != nil || l.fetches > l.requests+1 {
				t.Errorf("%s, %v: %d requests came in %d answers, error %v", kind, r, l.requests, l.fetches, err)
			}
			l.close()
		}
	}
}

// TestCompilersAreFound in Kafka's Java, and not in Redis.
func TestCompilersAreFound(t *testing.T) {
	for kind, want := range map[string]bool{local.Kafka: true, local.Redis: false} {
		c := compilers{pid: localtest.Start(t, local.Options{Kind: kind}).PID()}
		c.look()
		if found := len(c.threads) > 0; found != want {
			t.Errorf("%s has %v", kind, c.threads)
		}
		if want && c.used() == 0 {
			t.Error("Java has started and compiled nothing")
		}
	}
}

// TestCPUTimesAreOfTheRequests: what the meter says of a broker that does nothing is nearly nothing, and what it says of this process
// that computes is what it computed.
func TestCPUTimesAreOfTheRequests(t *testing.T) {
	s := &server{kind: local.Redis, own: localtest.Start(t, local.Options{Kind: local.Redis})}
	m := meter{server: s, client: 0, broker: 1}
	b := make(measure.Burst, 2)
	const n = 10
	if err := m.round(&b, n, func() error {
		before, err := process.CPUTime(os.Getpid())
		for now := before; err == nil && now < before+n*int64(10*time.Millisecond); {
			now, err = process.CPUTime(os.Getpid())
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if client, server := b[0][0], b[1][0]; client < 10e6 || client > 30e6 || server > client/2 {
		t.Errorf("client %v ns a request, want 10 ms and little more; server %v", client, server)
	}
}

// TestBrokerOfAUser: it is measured without its CPU times, and stays.
func TestBrokerOfAUser(t *testing.T) {
	theirs := localtest.Start(t, local.Options{Kind: local.Redis})
	b, err := Open(t.Context(), Config{
		Brokers: []string{profile.RedisList}, Redis: theirs.Address, Sizes: []int{1000}, Batches: []int{1},
		Options: measure.Options{Budget: 100 * time.Millisecond, Burst: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Run(t.Context(), nil); err != nil {
		t.Error(err)
	}
	p := b.Profile()
	b.Close()
	if theirs.PID() == 0 {
		t.Error("it is gone")
	}
	if p.Find(profile.Key{Stage: "produce-client", Resource: "cpu", Broker: profile.RedisList, SizeBytes: 1000, Batch: 1}) == nil {
		t.Error("no CPU time of the client")
	}
	for _, s := range p.Services {
		if strings.Contains(s.Stage, profile.ServerSuffix) {
			t.Errorf("%s of a process that is not known", s.Stage)
		}
	}
	if c := p.Provenance.Conditions; c.Disturbed != 0 || !strings.Contains(strings.Join(p.Provenance.Notes, "\n"), "a user's own") {
		t.Errorf("%+v, %q", c, p.Provenance.Notes)
	}
}

// TestBrokerThatDies ends the measurement with an error that says so, and hangs nowhere.
func TestBrokerThatDies(t *testing.T) {
	if err := local.Find(local.Redis); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	cfg, err := Config{Brokers: []string{profile.RedisStream}, Sizes: []int{1000}, Batches: []int{1}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Budget = time.Minute
	var at *target
	b, err := measure.Open(t.Context(), cfg.Options, func() (measure.Target, error) {
		at, err = open(t.Context(), cfg)
		return at, err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	began := time.Now()
	at.servers[local.Redis].own.Kill()
	if err := b.Run(t.Context(), nil); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(began); took > 2*hangs {
		t.Errorf("it took %v", took)
	}
}

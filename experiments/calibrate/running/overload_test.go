package running

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"vsim/experiments/oip/wire"
	"vsim/sim"
	"vsim/sim/scenario"
)

// bounded is a classifier of one instance with a bounded queue.
func bounded(size uint32) *wire.ModelConfig {
	c := classifier(8, 1, 0)
	d := c.GetDynamicBatching()
	d.PreferredBatchSize, d.DefaultQueuePolicy = nil, &wire.ModelQueuePolicy{MaxQueueSize: size}
	return c
}

// offered is more than the fake can, requests/s.
const offered = 220

// serves is what a server with a share of early looks is predicted to serve of it.
func serves(t *testing.T, r *Calibration, configs map[string]*wire.ModelConfig, early float64) float64 {
	t.Helper()
	r.Overloads = []Overload{{Model: "classify", Instances: 1, Early: early}}
	defer func() { r.Overloads = nil }()
	source, err := r.Source(configs, Workload{RateRPS: offered})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Predict(t.Context(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.ThroughputRPS.Value
}

// The share of early looks is found again from what a server with a known one serves in overload, and queues of another length have it.
func TestEarlyIsFoundAgain(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 0)), Options{Local: true, Cores: 2})
	configs := map[string]*wire.ModelConfig{"classify": bounded(8)}
	for _, want := range []float64{0.1, 0.5} {
		servedRPS := serves(t, r, configs, want)
		half := func(rps, s float64) overload {
			return overload{Overload: Overload{Model: "classify", Instances: 1, OfferedRPS: rps, ServedRPS: rps * servedRPS / offered, SpanS: s}, configs: configs}
		}
		busyOthers := half(offered, 5)
		busyOthers.ServedRPS, busyOthers.others = 1, 1
		if err := r.overload([]overload{half(offered-20, 3), busyOthers, half(offered+60, 1)}); err != nil {
			t.Fatal(err)
		}
		if len(r.Overloads) != 1 || math.Abs(r.Overloads[0].Early-want) > 0.05 {
			t.Errorf("%+v, want %v early", r.Overloads, want)
		}
		s, err := r.parsed(map[string]*wire.ModelConfig{"classify": bounded(20)}, Workload{RateRPS: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Stages[1].EarlyWakeups; got != r.Overloads[0].Early {
			t.Errorf("a queue of 20 has %v early, want %v", got, r.Overloads[0].Early)
		}
	}
}

// A server that serves nearly what is predicted without early looks has none.
func TestNoEarlyLooksAreFound(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 0)), Options{Local: true, Cores: 2})
	configs := map[string]*wire.ModelConfig{"classify": bounded(8)}
	o := overload{Overload: Overload{Model: "classify", Instances: 1, OfferedRPS: offered, ServedRPS: 0.97 * serves(t, r, configs, 0), SpanS: 10}, configs: configs}
	if err := r.overload([]overload{o}); err != nil || len(r.Overloads) != 1 || r.Overloads[0].Early != 0 {
		t.Errorf("%+v, %v", r.Overloads, err)
	}
}

// Of what is no overload nothing is learned.
func TestNoOverloadTellsNothing(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 0)), Options{Local: true, Cores: 2})
	o := overload{Overload: Overload{Model: "classify", Instances: 1, OfferedRPS: 5, ServedRPS: 5, SpanS: 10}, configs: map[string]*wire.ModelConfig{"classify": bounded(8)}}
	if err := r.overload([]overload{o}); err != nil || len(r.Overloads) > 0 {
		t.Errorf("%+v, %v", r.Overloads, err)
	}
}

// What no share of early looks explains is told, and not learned from.
func TestOverloadOutOfReach(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 0)), Options{Local: true, Cores: 2})
	o := overload{Overload: Overload{Model: "classify", Instances: 1, OfferedRPS: offered, ServedRPS: 1, SpanS: 10}, configs: map[string]*wire.ModelConfig{"classify": bounded(8)}}
	if err := r.overload([]overload{o}); err != nil || len(r.Overloads) > 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "served 1.0 of 220.0 requests/s") {
		t.Errorf("%+v, %v, %q", r.Overloads, err, r.Warnings)
	}
}

// An overload tells of its own model, of its own number of instances before others that leave as many cores idle.
func TestWhatAnOverloadTellsOf(t *testing.T) {
	r := &Calibration{cores: 2, Overloads: []Overload{{Model: "a", Instances: 2, Early: 0.2}, {Model: "b", Instances: 1, Early: 0.1}, {Model: "a", Instances: 3, Early: 0.3}}}
	for _, c := range []struct {
		model     string
		instances int
		want      float64
	}{{"a", 2, 0.2}, {"a", 3, 0.3}, {"a", 4, 0.2}, {"a", 1, -1}, {"b", 1, 0.1}, {"b", 2, -1}, {"c", 1, -1}} {
		got := -1.0
		if o := r.overloadOf(c.model, c.instances); o != nil {
			got = o.Early
		}
		if got != c.want {
			t.Errorf("%s with %d instances: %v, want %v", c.model, c.instances, got, c.want)
		}
	}
}

// A queue that refuses what is measured is refused itself, before anything is sent.
func TestShortQueuesAreRefused(t *testing.T) {
	_, err := New(t.Context(), newFake(bounded(1)), "classify", Options{})
	var bad *scenario.InputError
	if !errors.As(err, &bad) || !strings.Contains(err.Error(), "calibrate it with 2 or more") {
		t.Error(err)
	}
}

// A round overloads a server with a bounded queue, and no other; of one that refuses nothing it keeps nothing.
func TestBoundedQueuesAreOverloaded(t *testing.T) {
	for size, want := range map[uint32]int{0: 0, 8: 1, 9: 0} {
		f := newFake(bounded(size))
		f.takes = 50 * time.Millisecond
		f.refuses = size == 8
		c, err := New(t.Context(), f, "classify", Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Round(t.Context(), 100*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if len(c.overloads) != want {
			t.Fatalf("a queue of %d: %d overloads, want %d", size, len(c.overloads), want)
		}
		for _, o := range c.overloads {
			if o.Instances != 1 || o.ServedRPS <= 0 || o.ServedRPS >= o.OfferedRPS {
				t.Errorf("%+v", o.Overload)
			}
		}
	}
}

package batcher

import (
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/event"
)

// mill keeps a batcher busy: a request every millisecond, an instance done every third.
type mill struct {
	*Batcher
	now  event.Time
	idle int
	busy int
	id   int32
}

func newMill(t testing.TB, c Config) *mill {
	return &mill{Batcher: newBatcher(t, c), idle: c.Instances}
}

func (m *mill) turn() {
	m.now += ms
	m.id++
	if m.id%3 == 0 && m.busy > 0 {
		m.busy--
		m.idle++
	}
	m.Add(m.now, m.id, int(m.id)%len(m.levels), 1)
	for m.Take(m.now, m.idle) != nil {
		m.idle--
		m.busy++
	}
	m.Expired()
	m.Due()
}

func millConfigs() map[string]Config {
	return map[string]Config{
		"plain":    {Max: 8, Delay: 5 * time.Millisecond, Instances: 2},
		"prefetch": {Max: 8, Delay: 5 * time.Millisecond, Preferred: []int{2, 4}, Prefetch: true, Instances: 2},
		"policies": {Max: 8, Delay: 5 * time.Millisecond, Instances: 2, Queues: []Queue{
			{Timeout: 3 * time.Millisecond}, {Limit: 6}, {Timeout: 4 * time.Millisecond, Defer: true}}},
	}
}

// underRace is true in a binary with the race detector, which is slow, allocates, and has nothing to find
// here.
var underRace bool

func TestWarmBatcherAllocatesNothing(t *testing.T) {
	if underRace {
		t.Skip("the race detector allocates")
	}
	for name, c := range millConfigs() {
		m := newMill(t, c)
		for range 1000 {
			m.turn()
		}
		if n := testing.AllocsPerRun(1000, m.turn); n != 0 {
			t.Errorf("%s: %v allocations a request, want 0", name, n)
		}
	}
}

func TestNewErrs(t *testing.T) {
	for want, c := range map[string]Config{
		"batches of -1":         {Max: -1},
		"for -2 instances":      {Instances: -2},
		"delay -1ns":            {Delay: -1},
		"sizes [0]":             {Max: 4, Preferred: []int{0}},
		"sizes [2 2]":           {Max: 4, Preferred: []int{2, 2}},
		"largest batch, 4":      {Max: 4, Preferred: []int{2, 5}},
		"largest batch, 1":      {Preferred: []int{2}},
		"queue 1 has limit -1":  {Queues: []Queue{{}, {Limit: -1}}},
		"queue 0 has limit 0":   {Queues: []Queue{{Timeout: -1}}},
		"nor the timeout long":  {Queues: []Queue{{Timeout: 1 << 62}}},
		"delay 1281023h53m38.4": {Delay: 1 << 62},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v, want one line with %q", c, err, want)
		}
	}
	if _, err := New(Config{}); err != nil {
		t.Errorf("the zero Config: %v", err)
	}
}

// BenchmarkBatcher: an iteration is one request, with its share of a batch.
func BenchmarkBatcher(b *testing.B) {
	for name, c := range millConfigs() {
		b.Run(name, func(b *testing.B) {
			m := newMill(b, c)
			for b.Loop() {
				m.turn()
			}
		})
	}
}

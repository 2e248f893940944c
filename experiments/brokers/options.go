// Package brokers measures how fast Redis lists, Redis streams and Kafka carry messages as large as frames and crops of them,
// and what that costs: the table of its README, which it writes.
package brokers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vsim/profile"
)

// Options say what is measured, and for how long.
type Options struct {
	Brokers     []string // of profile.BrokerKinds
	Sizes       []int    // of messages, bytes, the smallest first
	Concurrency []int    // producers, as many consumers, and as many partitions of Kafka's topic
	Loads       []float64

	Rounds     int           // each cell is measured so often, with the others in between
	WarmUpMost time.Duration // how long a broker is warmed up before the first cell, at most
	Warm       time.Duration // a cell's messages before it is measured
	Closed     time.Duration // how long throughput is measured
	Open       time.Duration // and each load

	Kafka, Redis string // host:port of a user's own, "" to start one
	Output       string // folder of the results, "" to keep none
	Resume       bool   // go on with what the folder has
	Command      string // how it was called, for the page

	Progress func(done float64) // of 0 to 1; may be nil
}

// The smallest message has to hold what says when it was sent; the largest is beyond any frame's.
const (
	leastBytes = headerBytes
	mostBytes  = 10_000_000
)

// Full is what the table in this folder was measured with, about 11 minutes.
func Full() Options {
	return Options{
		Brokers: profile.BrokerKinds, Sizes: []int{1_000, 10_000, 100_000, 1_000_000}, Concurrency: []int{1, 4}, Loads: []float64{0.1, 0.5, 0.8},
		Rounds: 2, WarmUpMost: 80 * time.Second, Warm: 400 * time.Millisecond, Closed: 1500 * time.Millisecond, Open: 2 * time.Second,
	}
}

// Quick is the same table, noisier, in a minute and a half.
func Quick() Options {
	o := Full()
	o.Rounds, o.WarmUpMost, o.Warm, o.Closed, o.Open = 1, 8*time.Second, 100*time.Millisecond, 400*time.Millisecond, 400*time.Millisecond
	return o
}

// Check says what of the options cannot be.
func (o *Options) Check() error {
	if len(o.Brokers) == 0 || len(o.Sizes) == 0 || len(o.Concurrency) == 0 {
		return errors.New("no brokers, sizes or concurrencies: at least one of each")
	}
	for _, b := range o.Brokers {
		if !slices.Contains(profile.BrokerKinds, b) {
			return fmt.Errorf("broker %q: there are %s", b, strings.Join(profile.BrokerKinds, ", "))
		}
	}
	for _, n := range o.Sizes {
		if n < leastBytes || n > mostBytes {
			return fmt.Errorf("size of %d bytes: from %d to %d", n, leastBytes, mostBytes)
		}
	}
	for _, n := range o.Concurrency {
		if n < 1 || n > 64 {
			return fmt.Errorf("concurrency %d: from 1 to 64", n)
		}
	}
	return nil
}

// Cell is a broker with messages of a size.
type Cell struct {
	Broker      string `json:"broker"`
	SizeBytes   int    `json:"size_bytes"`
	Concurrency int    `json:"concurrency"`
}

func (c Cell) String() string {
	return fmt.Sprintf("%s, %d bytes, concurrency %d", c.Broker, c.SizeBytes, c.Concurrency)
}

// cells are all of a round. Brokers come in turn, so that a machine whose speed drifts hurts them alike.
func (o *Options) cells() (out []Cell) {
	for _, size := range o.Sizes {
		for _, n := range o.Concurrency {
			for _, b := range o.Brokers {
				out = append(out, Cell{b, size, n})
			}
		}
	}
	return out
}

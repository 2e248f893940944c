package sweep

import (
	"fmt"
	"strconv"
	"strings"

	"vsim/experiments/study"
	"vsim/sim/scenario"
)

// Shard is the part of a sweep that one of several machines computes: of Of points one after the other, the one at Index,
// which counts from 0. With Of at most 1 it is all of them.
type Shard struct {
	Index int `json:"index"`
	Of    int `json:"of"`
}

// maxShards is how many parts a sweep has at most.
const maxShards = 100_000

// ParseShard reads I/N. I counts from 0 or from 1, as the engine that starts the shards does: N/N is the same as 0/N. The error
// is a *scenario.InputError.
func ParseShard(text string) (Shard, error) {
	first, second, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(first)
	n, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || n < 1 || n > maxShards || i < 0 || i > n {
		return Shard{}, &scenario.InputError{Faults: []scenario.Fault{{File: "--shard", Key: strconv.Quote(text),
			Rule:   fmt.Sprintf("must be I/N, N from 1 to %d and I from 0 to N-1, or from 1 to N", maxShards),
			Remedy: "for example --shard 3/64"}}}
	}
	return Shard{Index: i % n, Of: n}, nil
}

// String is how --shard has it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// all tells whether the shard is the whole sweep.
func (s Shard) all() bool { return s.Of <= 1 }

// of picks the shard's points: every Of-th, so that neighbours, which take about as long, go to different shards.
func (s Shard) of(points []study.Point) (out []study.Point) {
	if s.all() {
		return points
	}
	for i := s.Index; i < len(points); i += s.Of {
		out = append(out, points[i])
	}
	return out
}

package stats

import "vsim/sim/event"

// maxBlocks is the number of blocks that a Series keeps.
const maxBlocks = 64

// firstBlock is the length of a Series' blocks at the start of a run, 2^20 ns
// or about a millisecond.
const firstBlock event.Time = 1 << 20

// Block is one stretch of a run's history.
type Block struct {
	Latency Histogram // of the completions in the block, in ns
}

// Series is the history of a run's completions in at most 64 equal blocks of
// simulated time. When all are full, neighbours are merged in pairs and the
// block length doubles, so that its memory is constant however long the run.
// The zero value starts at time 0 and is ready.
type Series struct {
	blocks []Block    // all of them, allocated once
	used   int        // blocks[:used] are complete, blocks[used] is filling
	length event.Time // of one block
	end    event.Time // of the block that is filling
}

// Complete counts a completion. Time must not run backwards.
func (s *Series) Complete(now event.Time, latencyNs int64) {
	if now >= s.end {
		s.Advance(now)
	}
	s.blocks[s.used].Latency.Record(latencyNs)
}

// Advance closes the blocks that end at or before now; later completions lie
// at now or after it.
func (s *Series) Advance(now event.Time) {
	if s.blocks == nil {
		s.blocks = make([]Block, maxBlocks)
		s.length, s.end = firstBlock, firstBlock
	}
	for now >= s.end {
		if s.used++; s.used == maxBlocks {
			s.halve()
		}
		s.end = event.Time(s.used+1) * s.length
	}
}

// halve merges the blocks in pairs. A block's memory is not thrown away but
// waits, empty, for a later one.
func (s *Series) halve() {
	for i := range maxBlocks / 2 {
		b := s.blocks
		b[2*i].Latency.Merge(&b[2*i+1].Latency)
		b[2*i+1].Latency.Reset()
		b[i], b[2*i] = b[2*i], b[i]
	}
	s.used = maxBlocks / 2
	s.length *= 2
}

// Blocks returns the complete blocks, oldest first, and their length. They
// are the Series' own: read them before the next call.
func (s *Series) Blocks() ([]Block, event.Time) { return s.blocks[:s.used], s.length }

// Reset empties the series for another run and keeps its memory.
func (s *Series) Reset() {
	for i := range s.blocks {
		s.blocks[i].Latency.Reset()
	}
	s.used, s.length, s.end = 0, firstBlock, firstBlock
}

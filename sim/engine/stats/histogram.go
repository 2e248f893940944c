// Package stats gathers a run's statistics in constant memory while it runs,
// and turns the gathered into estimates with intervals.
package stats

import (
	"math"
	"math/bits"
)

// halfBuckets is the number of equal buckets in each octave of a Histogram:
// values below 2*halfBuckets are exact, and above, a bucket's midpoint is
// within 1/(2*halfBuckets) = 0.39 % of every value in it.
const (
	halfBits    = 7
	halfBuckets = 1 << halfBits
)

// Histogram counts values by size in log-linear buckets, with a relative
// error of at most 0.4 %; Count, Sum, Mean, Min and Max are exact. It grows by
// octaves to the range of what it has seen: 1 kB for each, at most 58 kB. The
// zero value is empty and ready.
type Histogram struct {
	counts []uint64 // counts[i] is of bucket first+i; whole octaves
	first  int
	count  int64
	sum    int64
	low    int64 // MaxInt64 less the least value, so that the zero value fits
	high   int64 // the largest value
}

// bucketOf returns the number of the bucket that holds v >= 0.
func bucketOf(v uint64) int {
	shift := max(bits.Len64(v)-halfBits-1, 0)
	return shift<<halfBits + int(v>>(uint(shift)&63))
}

// bucketRange returns the least value in a bucket and how many it holds.
func bucketRange(bucket int) (low, width int64) {
	shift := max(bucket>>halfBits-1, 0)
	return int64(bucket-shift<<halfBits) << shift, 1 << shift
}

// Record counts one value, which must not be negative (it is counted as 0).
func (h *Histogram) Record(v int64) {
	v = max(v, 0)
	i := bucketOf(uint64(v)) - h.first
	if uint(i) >= uint(len(h.counts)) {
		i = h.grow(i + h.first)
	}
	h.counts[i]++
	h.count++
	h.sum += v
	if v > h.high { // branches that are seldom taken: cheaper than two stores
		h.high = v
	}
	if math.MaxInt64-v > h.low {
		h.low = math.MaxInt64 - v
	}
}

// grow makes room for a bucket and returns its place.
func (h *Histogram) grow(bucket int) int {
	from := bucket &^ (halfBuckets - 1)
	to := from + halfBuckets
	if len(h.counts) > 0 {
		from, to = min(from, h.first), max(to, h.first+len(h.counts))
	}
	counts := make([]uint64, to-from)
	copy(counts[max(h.first-from, 0):], h.counts)
	h.counts, h.first = counts, from
	return bucket - from
}

// Count returns the number of values.
func (h *Histogram) Count() int64 { return h.count }

// Below returns how many values are at most v, those of the bucket that v lies in by their part.
func (h *Histogram) Below(v int64) float64 {
	if v < h.Min() || h.count == 0 {
		return 0
	}
	if v >= h.high {
		return float64(h.count)
	}
	bucket, n := bucketOf(uint64(v))-h.first, uint64(0)
	for _, c := range h.counts[:bucket] {
		n += c
	}
	low, width := bucketRange(bucket + h.first)
	return float64(n) + float64(h.counts[bucket])*float64(v-low+1)/float64(width)
}

// Sum returns the sum of the values. It is exact up to 2^63 ns, 292 years of
// summed latency, and beyond that modulo 2^64.
func (h *Histogram) Sum() int64 { return h.sum }

// Mean returns the exact mean, NaN when empty.
func (h *Histogram) Mean() float64 { return float64(h.sum) / float64(h.count) }

// Min returns the least value, 0 when empty.
func (h *Histogram) Min() int64 {
	if h.count == 0 {
		return 0
	}
	return math.MaxInt64 - h.low
}

// Max returns the largest value, 0 when empty.
func (h *Histogram) Max() int64 { return h.high }

// Quantile returns the value that a share p of the values does not exceed,
// the ceil(p count)-th smallest: its bucket's midpoint, kept within Min and
// Max. It is 0 when empty.
func (h *Histogram) Quantile(p float64) int64 {
	rank := int64(math.Ceil(p * float64(h.count)))
	rank = min(max(rank, 1), h.count)
	if rank <= 1 {
		return h.Min()
	}
	if rank == h.count {
		return h.Max()
	}
	for i, n := range h.counts {
		if rank -= int64(n); rank <= 0 {
			low, width := bucketRange(h.first + i)
			return min(max(low+width/2, h.Min()), h.high)
		}
	}
	return h.high
}

// Precision returns how far a quantile that is given as v may be off: half the
// width of v's bucket, 0 where all values are equal.
func (h *Histogram) Precision(v int64) int64 {
	_, width := bucketRange(bucketOf(uint64(v)))
	return min(width/2, h.Max()-h.Min())
}

// Merge adds the values of another histogram.
func (h *Histogram) Merge(other *Histogram) { h.MergeTimes(other, 1) }

// MergeTimes adds the values of another histogram so many times.
func (h *Histogram) MergeTimes(other *Histogram, times int64) {
	if other.count == 0 || times == 0 {
		return
	}
	last := other.first + len(other.counts) - 1
	if other.first < h.first || len(h.counts) == 0 {
		h.grow(other.first)
	}
	if last >= h.first+len(h.counts) {
		h.grow(last)
	}
	to := h.counts[other.first-h.first:]
	for i, n := range other.counts {
		to[i] += n * uint64(times)
	}
	h.count += times * other.count
	h.sum += times * other.sum
	h.low = max(h.low, other.low)
	h.high = max(h.high, other.high)
}

// Reset empties the histogram and keeps its memory.
func (h *Histogram) Reset() {
	clear(h.counts)
	h.count, h.sum, h.low, h.high = 0, 0, 0, 0
}

package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latencies draws values over so many orders of magnitude.
func latencies(seed uint64, n int, orders float64) []int64 {
	rng := rand.New(rand.NewPCG(seed, 1))
	values := make([]int64, n)
	for i := range values {
		values[i] = int64(math.Pow(10, rng.Float64()*orders)) - 1
	}
	return values
}

func record(values []int64) *Histogram {
	var h Histogram
	for _, v := range values {
		h.Record(v)
	}
	return &h
}

func TestBucketsTileTheNumbers(t *testing.T) {
	next := int64(0)
	for bucket := range bucketOf(math.MaxInt64) + 1 {
		low, width := bucketRange(bucket)
		if low != next {
			t.Fatalf("bucket %d starts at %d, want %d", bucket, low, next)
		}
		last := low + width - 1
		if bucketOf(uint64(low)) != bucket || bucketOf(uint64(last)) != bucket {
			t.Fatalf("bucket %d is %d to %d, but those lie in %d and %d", bucket, low, last, bucketOf(uint64(low)), bucketOf(uint64(last)))
		}
		next = last + 1 // wraps after the last bucket
	}
	if next != math.MinInt64 {
		t.Errorf("the last bucket ends before %d", uint64(next))
	}
}

// Quantiles against the sorted values: within the 0.4 % of a bucket.
func TestQuantilesAgainstSortedValues(t *testing.T) {
	for seed, orders := range []float64{0.5, 2, 3, 9, 18.9} {
		values := latencies(uint64(seed), 5000, orders)
		h := record(values)
		slices.Sort(values)
		for _, p := range []float64{0.001, 0.1, 0.5, 0.99} {
			exact := values[int(math.Ceil(p*float64(len(values))))-1]
			if got := h.Quantile(p); math.Abs(float64(got-exact)) > float64(h.Precision(got)) {
				t.Errorf("%g orders: quantile %g is %d +- %d, want %d", orders, p, got, h.Precision(got), exact)
			}
		}
		for _, p := range []float64{0, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1} {
			exact := values[max(int(math.Ceil(p*float64(len(values)))), 1)-1]
			if got := h.Quantile(p); math.Abs(float64(got-exact)) > 0.004*float64(exact) {
				t.Errorf("%g orders: quantile %g is %d, want %d within 0.4%%", orders, p, got, exact)
			}
		}
		if h.Min() != values[0] || h.Max() != values[len(values)-1] {
			t.Errorf("range is %d to %d, want %d to %d", h.Min(), h.Max(), values[0], values[len(values)-1])
		}
	}
}

func TestSmallValuesAreExact(t *testing.T) {
	for v := range int64(2 * halfBuckets) {
		h := record([]int64{0, v, 1 << 40})
		if got := h.Quantile(0.5); got != v {
			t.Errorf("median of 0, %d and more is %d", v, got)
		}
	}
}

func TestEqualValuesAreExact(t *testing.T) {
	h := record([]int64{1e9 + 1, 1e9 + 1})
	if got := h.Quantile(0.5); got != 1e9+1 || h.Precision(got) != 0 {
		t.Errorf("median %d +- %d", got, h.Precision(got))
	}
}

func TestCountSumAndMeanAreExact(t *testing.T) {
	values := latencies(3, 1000, 12)
	h := record(values)
	sum := int64(0)
	for _, v := range values {
		sum += v
	}
	if h.Count() != 1000 || h.Sum() != sum || h.Mean() != float64(sum)/1000 {
		t.Errorf("count %d, sum %d, mean %g; want 1000, %d, %g", h.Count(), h.Sum(), h.Mean(), sum, float64(sum)/1000)
	}
}

func TestEmptyHistogram(t *testing.T) {
	var h Histogram
	if h.Count() != 0 || h.Min() != 0 || h.Max() != 0 || h.Quantile(0.5) != 0 || !math.IsNaN(h.Mean()) {
		t.Errorf("empty: count %d, min %d, max %d, median %d, mean %g", h.Count(), h.Min(), h.Max(), h.Quantile(0.5), h.Mean())
	}
}

func TestNegativeIsCountedAsZero(t *testing.T) {
	if h := record([]int64{-5}); h.Min() != 0 || h.Max() != 0 || h.Sum() != 0 || h.Count() != 1 {
		t.Errorf("got %d to %d, sum %d", h.Min(), h.Max(), h.Sum())
	}
}

// same says whether two histograms answer everything alike.
func same(a, b *Histogram) bool {
	for i := range 1001 {
		if p := float64(i) / 1000; a.Quantile(p) != b.Quantile(p) {
			return false
		}
	}
	return a.Count() == b.Count() && a.Sum() == b.Sum() && a.Min() == b.Min() && a.Max() == b.Max()
}

func TestMergeIsRecordingBoth(t *testing.T) {
	for _, ranges := range [][2][2]float64{{{0, 3}, {6, 9}}, {{6, 9}, {0, 3}}, {{0, 12}, {5, 6}}, {{5, 6}, {0, 12}}} {
		shift := func(seed uint64, r [2]float64) []int64 {
			values := latencies(seed, 500, r[1]-r[0])
			for i := range values {
				values[i] = (values[i] + 1) * int64(math.Pow(10, r[0]))
			}
			return values
		}
		a, b := shift(1, ranges[0]), shift(2, ranges[1])
		merged := record(a)
		merged.Merge(record(b))
		if !same(merged, record(slices.Concat(a, b))) {
			t.Errorf("ranges %v: merging differs from recording", ranges)
		}
	}
	var empty Histogram
	h := record([]int64{5, 7})
	h.Merge(&empty)
	empty.Merge(h)
	if !same(h, &empty) || h.Count() != 2 {
		t.Error("merging with an empty histogram changed something")
	}
	reset := record([]int64{1, 1 << 50})
	reset.Reset()
	reset.Merge(h)
	if !same(h, reset) {
		t.Error("a histogram that was Reset remembers")
	}
}

func TestHistogramIsSmall(t *testing.T) {
	if h := record([]int64{0, math.MaxInt64}); 8*len(h.counts) > 64<<10 {
		t.Errorf("all numbers take %d bytes, want at most 64 kB", 8*len(h.counts))
	}
	if h := record([]int64{1e6, 1e9}); 8*len(h.counts) > 12<<10 {
		t.Errorf("1 ms to 1 s takes %d bytes, want at most 12 kB", 8*len(h.counts))
	}
}

func TestWarmRecordAllocatesNothing(t *testing.T) {
	values := latencies(1, 1000, 9)
	h := record(values)
	i := 0
	if n := testing.AllocsPerRun(1000, func() { h.Record(values[i%len(values)]); i++ }); n != 0 {
		t.Errorf("%g allocations a value, want 0", n)
	}
}

// The library that could replace ours. Three digits are 0.1 %, two are 1 %.
func BenchmarkRecord(b *testing.B) {
	values := latencies(1, 4096, 3)
	for i := range values {
		values[i] += 1e6
	}
	b.Run("loop", func(b *testing.B) { // what the loop itself takes
		i, sum := 0, int64(0)
		for b.Loop() {
			sum += values[i%len(values)]
			i++
		}
		values[0] += sum & 1
	})
	b.Run("ours", func(b *testing.B) {
		var h Histogram
		i := 0
		for b.Loop() {
			h.Record(values[i%len(values)])
			i++
		}
	})
	b.Run("hdrhistogram", func(b *testing.B) {
		h := hdrhistogram.New(1, 3_600_000_000_000, 2)
		i := 0
		for b.Loop() {
			if err := h.RecordValue(values[i%len(values)]); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}

// TestBelow: against the sorted values, to within those of the bucket; exact below 256, at the ends and for none.
func TestBelow(t *testing.T) {
	var none Histogram
	if none.Below(5) != 0 {
		t.Error("an empty histogram has values")
	}
	for seed, orders := range []float64{0.5, 2, 3, 9, 18.9} {
		values := latencies(uint64(seed), 5000, orders)
		h := record(values)
		slices.Sort(values)
		upTo := func(v int64) float64 {
			n, _ := slices.BinarySearchFunc(values, v, func(a, v int64) int {
				if a <= v {
					return -1
				}
				return 1
			})
			return float64(n)
		}
		for _, v := range []int64{-1, 0, 1, 17, 255, 256, 1000, 1e6, 1e9 + 7, 1e15, values[2500], values[4999] - 1, values[4999], math.MaxInt64} {
			got := h.Below(v)
			low, width := bucketRange(bucketOf(uint64(max(v, 0))))
			if least, most := upTo(low-1), upTo(low+(width-1)); got < least || got > most {
				t.Errorf("%g orders: %v of the values are at most %d, want %v to %v", orders, got, v, least, most)
			}
			if v >= 0 && v < 256 && got != upTo(v) {
				t.Errorf("%g orders: %v of the values are at most %d, want %v", orders, got, v, upTo(v))
			}
		}
	}
}

package post

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"
)

func logits(n int) []float32 {
	rng := rand.New(rand.NewPCG(3, 4))
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64() * 5)
	}
	return out
}

func TestSoftmaxSumsToOneAndKeepsRatios(t *testing.T) {
	x := logits(1000)
	p := make([]float32, len(x))
	Softmax(x, p)
	sum := 0.0
	for _, v := range p {
		sum += float64(v)
	}
	if math.Abs(sum-1) > 1e-5 {
		t.Errorf("the probabilities sum to %v", sum)
	}
	if got, want := math.Log(float64(p[1])/float64(p[0])), float64(x[1]-x[0]); math.Abs(got-want) > 1e-4 {
		t.Errorf("log(p1/p0) = %v, x1-x0 = %v", got, want)
	}
}

func TestSoftmaxOfHugeLogitsIsFinite(t *testing.T) {
	x := []float32{3e38, 3e38, -3e38}
	Softmax(x, x)
	if x[0] != 0.5 || x[1] != 0.5 || x[2] != 0 {
		t.Errorf("got %v, want 0.5, 0.5, 0", x)
	}
	Softmax(nil, nil)
}

func TestTopMatchesAFullStableSort(t *testing.T) {
	p := logits(1000)
	for i := range p {
		p[i] = float32(math.Round(float64(p[i]))) // many ties
	}
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return p[order[a]] > p[order[b]] })
	var got []int
	for _, prediction := range Top(p, nil) {
		got = append(got, prediction.Class)
	}
	if !slices.Equal(got, order[:K]) {
		t.Errorf("got classes %v, want %v", got, order[:K])
	}
}

func TestTopOfFewClasses(t *testing.T) {
	got := Top([]float32{0.2, 0.8}, nil)
	if want := []Prediction{{1, 0.8}, {0, 0.2}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestNothingIsAllocatedWhenWarm(t *testing.T) {
	x, p, answer := logits(1000), make([]float32, 1000), make([]Prediction, 0, K)
	if n := testing.AllocsPerRun(10, func() { Softmax(x, p); answer = Top(p, answer) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSoftmaxTop5Of1000(b *testing.B) {
	x, p, answer := logits(1000), make([]float32, 1000), make([]Prediction, 0, K)
	for b.Loop() {
		Softmax(x, p)
		answer = Top(p, answer)
	}
}

package paper

import (
	"math"
	"time"

	"gonum.org/v1/gonum/mat"
)

// timeLaw is the time of one image in a large batch by a model's size, log t = a + b log GMACs + c log Macts: operations and
// the memory traffic of activations.
type timeLaw struct {
	coefficients []float64 // a, b, and c where activations count; t in seconds
	spread       float64   // standard deviation of the residuals of log t
}

// step is the law's time of an image.
func (l timeLaw) step(gmacs, macts float64) time.Duration {
	log := 0.0
	for i, x := range terms(gmacs, macts)[:len(l.coefficients)] {
		log += l.coefficients[i] * x
	}
	return time.Duration(math.Exp(log) * 1e9)
}

func terms(gmacs, macts float64) []float64 { return []float64{1, math.Log(gmacs), math.Log(macts)} }

// fitTimes finds the law's first n coefficients, by least squares on the models whose time is published.
func fitTimes(models []zooModel, n int) (timeLaw, error) {
	var x, y []float64
	for _, m := range models {
		if m.ImagesPerS > 0 {
			x, y = append(x, terms(m.GMACs, m.MActs)[:n]...), append(y, -math.Log(m.ImagesPerS))
		}
	}
	var found, fitted, off mat.VecDense
	a, b := mat.NewDense(len(y), n, x), mat.NewVecDense(len(y), y)
	if err := found.SolveVec(a, b); err != nil {
		return timeLaw{}, err
	}
	fitted.MulVec(a, &found)
	off.SubVec(b, &fitted)
	return timeLaw{found.RawVector().Data, mat.Norm(&off, 2) / math.Sqrt(float64(len(y)-n))}, nil
}

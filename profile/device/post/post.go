// Package post turns a model's logits into an answer: the most probable classes.
package post

import "math"

// K is how many classes an answer names.
const K = 5

// Prediction is one class and its probability.
type Prediction struct {
	Class       int
	Probability float32
}

// Softmax writes exp(x_i) / sum exp(x_j) to probabilities, which must be as long as logits and may
// be the same slice. The largest logit is subtracted first, so that exp cannot overflow.
func Softmax(logits, probabilities []float32) {
	if len(logits) == 0 {
		return
	}
	highest := logits[0]
	for _, x := range logits {
		highest = max(highest, x)
	}
	sum := 0.0
	for i, x := range logits {
		e := math.Exp(float64(x - highest))
		probabilities[i] = float32(e)
		sum += e
	}
	for i := range logits {
		probabilities[i] = float32(float64(probabilities[i]) / sum)
	}
}

// Top appends to answer[:0] the K classes of the highest probability (all, when there are fewer),
// highest first; of equal ones the lower class comes first. With an answer of capacity K nothing
// is allocated.
func Top(probabilities []float32, answer []Prediction) []Prediction {
	answer = answer[:0]
	for class, p := range probabilities {
		if len(answer) == K && p <= answer[K-1].Probability {
			continue
		}
		if len(answer) < K {
			answer = append(answer, Prediction{})
		}
		at := len(answer) - 1
		for ; at > 0 && p > answer[at-1].Probability; at-- {
			answer[at] = answer[at-1]
		}
		answer[at] = Prediction{class, p}
	}
	return answer
}

package input

import "math/rand/v2"

// Shuffled gives the numbers below n in random order, again and again in another: a server sees
// different pictures, in no order.
func Shuffled(n int, seed uint64) func() int {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	order, at := r.Perm(n), 0
	return func() int {
		if at == n {
			r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
			at = 0
		}
		at++
		return order[at-1]
	}
}

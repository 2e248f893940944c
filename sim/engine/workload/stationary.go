package workload

import "fmt"

// stationary returns the stationary distribution of a Markov chain with the transition probabilities p, by
// the elimination of Grassmann, Taksar and Heyman (1985, Regenerative analysis and steady state
// distributions for Markov chains, Operations Research 33(5), 1107-1116), which takes one state after the
// other out of the chain and subtracts nothing. Every state must be reached from every other.
func stationary(p [][]float64) ([]float64, error) {
	a := make([][]float64, len(p))
	for i := range p {
		a[i] = append(a[i], p[i]...)
	}
	for n := len(a) - 1; n > 0; n-- {
		leave := 0.0
		for j := range n {
			leave += a[n][j]
		}
		if leave == 0 {
			return nil, fmt.Errorf("state %d never leads back to the states before it: want a way from each state to all others", n)
		}
		for i := range n {
			a[i][n] /= leave
			for j := range n {
				a[i][j] += float64(a[i][n] * a[n][j])
			}
		}
	}
	return unfold(a)
}

// unfold puts the states back into the chain, one after the other.
func unfold(a [][]float64) ([]float64, error) {
	share := make([]float64, len(a))
	share[0] = 1
	total := 1.0
	for n := 1; n < len(a); n++ {
		for i := range n {
			share[n] += float64(share[i] * a[i][n])
		}
		if share[n] == 0 {
			return nil, fmt.Errorf("state %d is never entered from the states before it: want a way from each state to all others", n)
		}
		total += share[n]
	}
	for i := range share {
		share[i] /= total
	}
	return share, nil
}

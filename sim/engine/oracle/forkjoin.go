package oracle

// ForkJoinSojourn is the mean time from arrival to joining when every customer goes to two M/M/1 queues
// at once, each of service rate mu, and is done when both are: (12 - rho)/8 of an M/M/1's sojourn (Flatto
// and Hahn 1984, SIAM J. Appl. Math. 44(5); Nelson and Tantawi 1988, IEEE Trans. Computers 37(6), eq. 4).
func ForkJoinSojourn(lambda, mu float64) float64 {
	return (12 - lambda/mu) / 8 * MM1Sojourn(lambda, mu)
}

// MeanMaximum is the mean of the largest of n independent exponential times of mean 1: the harmonic
// number 1 + 1/2 + ... + 1/n (Renyi 1953).
func MeanMaximum(n int) (sum float64) {
	for i := range n {
		sum += 1 / float64(i+1)
	}
	return sum
}

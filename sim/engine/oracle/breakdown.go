package oracle

// BreakdownSojourn is the mean sojourn in M/M/1 whose server fails at rate fail, busy or idle, and is
// repaired at rate repair, service going on where it stopped (or anew: it has no memory). It is the mean
// number of White and Christie 1958, Operations Research 6(1), 79-95 (also Avi-Itzhak and Naor 1963,
// Operations Research 11(3), model A), over the arrival rate.
func BreakdownSojourn(lambda, mu, fail, repair float64) float64 {
	sum := fail + repair
	return (sum*sum + mu*fail) / (sum * (mu*repair - lambda*sum))
}

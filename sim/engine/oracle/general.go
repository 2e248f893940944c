package oracle

import "math"

// MG1Wait returns the mean wait in line of an M/G/1 queue, first come first
// served, with the given mean and coefficient of variation of service:
// the Pollaczek-Khinchine formula, lambda E[S^2] / (2 (1-rho)) (Kleinrock
// 1975, Queueing Systems I, eq. 5.113).
func MG1Wait(lambda, service, cv float64) float64 {
	rho := lambda * service
	if rho >= 1 {
		return math.Inf(1)
	}
	return lambda * service * service * (1 + cv*cv) / (2 * (1 - rho))
}

// MD1Wait returns the mean wait in line when every service takes the same.
func MD1Wait(lambda, service float64) float64 { return MG1Wait(lambda, service, 0) }

// MG1PSSojourn returns the mean time inside of a job that needs the given
// service in an M/G/1 queue with processor sharing and that mean service:
// x / (1-rho), whatever the distribution (Sakata, Noguchi and Oizumi 1971, An
// analysis of the M/G/1 queue under round-robin scheduling, Operations
// Research 19(2), 371-385; Kleinrock 1976, Queueing Systems II, eq. 4.17).
func MG1PSSojourn(lambda, meanService, service float64) float64 {
	rho := lambda * meanService
	if rho >= 1 {
		return math.Inf(1)
	}
	return service / (1 - rho)
}

// MGcPSSojourn returns the mean time inside of c cores shared by all jobs,
// each job on one core at most: the M/M/c figure, whatever the distribution of
// service, because the station is quasi-reversible and symmetric (Kelly 1979,
// Reversibility and Stochastic Networks, section 3.3).
func MGcPSSojourn(lambda, meanService float64, cores int) float64 {
	return MMcWait(lambda, 1/meanService, cores) + meanService
}

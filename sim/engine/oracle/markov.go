// Package oracle holds queues with known answers, for tests to compare the
// simulator with. Rates are per second (or any unit of time), times in that
// unit; an unstable queue waits for ever, +Inf. Parameters must make sense
// (positive rates, at least one server): tests are the only callers, and they
// get NaN or Inf rather than errors.
package oracle

import "math"

// MM1Wait returns the mean wait in line of an M/M/1 queue (Kleinrock 1975,
// Queueing Systems I, section 3.2): rho / (mu - lambda).
func MM1Wait(lambda, mu float64) float64 { return MMcWait(lambda, mu, 1) }

// MM1Sojourn returns the mean time from arrival to departure, 1/(mu-lambda).
func MM1Sojourn(lambda, mu float64) float64 { return MM1Wait(lambda, mu) + 1/mu }

// MM1SojournQuantile returns the p quantile of the time from arrival to
// departure, first come first served: it is exponential with rate mu - lambda
// (Kleinrock 1975, Queueing Systems I, eq. 5.118).
func MM1SojournQuantile(lambda, mu, p float64) float64 {
	if lambda >= mu {
		return math.Inf(1)
	}
	return -math.Log1p(-p) / (mu - lambda)
}

// ErlangB returns the share of arrivals that M/M/c/c loses at a load of a =
// lambda/mu erlangs (Erlang 1917), by B(c) = a B(c-1) / (c + a B(c-1)).
func ErlangB(servers int, a float64) float64 {
	b := 1.0
	for c := 1; c <= servers; c++ {
		b = a * b / (float64(c) + a*b)
	}
	return b
}

// ErlangC returns the share of arrivals that must wait in M/M/c at a load of
// a erlangs (Erlang 1917; Cooper 1981, Introduction to Queueing Theory, eq.
// 3.4.8): c B / (c - a (1 - B)), and 1 when unstable.
func ErlangC(servers int, a float64) float64 {
	c := float64(servers)
	if a >= c {
		return 1
	}
	b := ErlangB(servers, a)
	return c * b / (c - a*(1-b))
}

// MMcWait returns the mean wait in line of an M/M/c queue: C / (c mu - lambda).
func MMcWait(lambda, mu float64, servers int) float64 {
	spare := float64(servers)*mu - lambda
	if spare <= 0 {
		return math.Inf(1)
	}
	return ErlangC(servers, lambda/mu) / spare
}

// MMcWaitQuantile returns the p quantile of the wait in line, first come first
// served: P(W > t) = C exp(-(c mu - lambda) t).
func MMcWaitQuantile(lambda, mu float64, servers int, p float64) float64 {
	spare := float64(servers)*mu - lambda
	if spare <= 0 {
		return math.Inf(1)
	}
	return max(math.Log(ErlangC(servers, lambda/mu)/(1-p))/spare, 0)
}

// Station is what MMcK and Repair return: the steady state of one station.
type Station struct {
	Throughput float64 // completions per unit of time
	Loss       float64 // share of arrivals turned away
	Number     float64 // mean number inside
	Wait       float64 // mean wait in line of those admitted
}

// MMcK returns the steady state of M/M/c/K, room for capacity >= servers in
// all (Gross et al. 2008, Fundamentals of Queueing Theory, section 2.5).
func MMcK(lambda, mu float64, servers, capacity int) Station {
	return birthDeath(capacity, mu,
		func(int) float64 { return lambda },
		func(n int) float64 { return float64(min(n, servers)) })
}

// Repair returns the steady state of the machine repair model: machines that
// each run for an exponential time of rate lambda until they fail, and are
// repaired by servers at rate mu each. It is a closed loop with think time
// 1/lambda (Gross et al. 2008, Fundamentals of Queueing Theory, section 2.7).
func Repair(machines, servers int, lambda, mu float64) Station {
	return birthDeath(machines, mu,
		func(n int) float64 { return float64(machines-n) * lambda },
		func(n int) float64 { return float64(min(n, servers)) })
}

// birthDeath solves the chain on 0..top with the given arrival rate and busy
// servers in each state, by the balance of flow between neighbours.
func birthDeath(top int, mu float64, arrival, busy func(n int) float64) Station {
	p := make([]float64, top+1)
	p[0] = 1
	total := 1.0
	for n := 1; n <= top; n++ {
		p[n] = p[n-1] * arrival(n-1) / (mu * busy(n))
		total += p[n]
	}
	var s Station
	var offered, waiting float64
	for n := range p {
		share := p[n] / total
		offered += share * arrival(n)
		s.Throughput += share * mu * busy(n)
		s.Number += share * float64(n)
		waiting += share * (float64(n) - busy(n))
	}
	s.Loss = p[top] / total * arrival(top) / offered
	s.Wait = waiting / s.Throughput
	return s
}

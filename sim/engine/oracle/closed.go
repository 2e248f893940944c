package oracle

import "math"

// Center is one service center of a closed network.
type Center struct {
	Demand  float64 // mean service time of a customer's round here, all visits
	Servers int     // 0: as many as there are customers (a delay, think time)
}

// Closed is the steady state of a closed network.
type Closed struct {
	Throughput float64   // rounds per unit of time
	Number     []float64 // by center: mean number of customers in it
	Residence  []float64 // by center: mean time in it per round, wait included
}

// ClosedNetwork returns the steady state of a closed product-form network with
// one class of customers: exponential service, first come first served, or any
// service with processor sharing (Gordon and Newell 1967, Closed queuing
// systems with exponential servers, Operations Research 15(2), 254-265).
//
// It convolves the centers' factors (Buzen 1973, Computational algorithms for
// closed queueing networks with exponential servers, Communications of the ACM
// 16(9), 527-531). Mean value analysis (Reiser and Lavenberg 1980) gives the
// same numbers but takes differences where a center has several servers, and
// fails there when it is nearly saturated; sums of positive numbers do not.
func ClosedNetwork(centers []Center, customers int) Closed {
	factors := make([][]float64, len(centers))
	unit := bottleneck(centers)
	for i, c := range centers {
		factors[i] = c.factors(customers, unit)
	}
	all := convolve(factors, -1, customers)
	c := Closed{
		Throughput: all[customers-1] / all[customers] / unit,
		Number:     make([]float64, len(centers)),
		Residence:  make([]float64, len(centers)),
	}
	for i := range centers {
		others := convolve(factors, i, customers)
		for j, f := range factors[i] {
			c.Number[i] += float64(j) * f * others[customers-j] / all[customers]
		}
		c.Residence[i] = c.Number[i] / c.Throughput
	}
	return c
}

// bottleneck returns the largest demand on one server, the unit in which the
// factors of the busiest center neither grow nor shrink for ever.
func bottleneck(centers []Center) float64 {
	unit := 0.0
	for _, c := range centers {
		if c.Servers > 0 {
			unit = max(unit, c.Demand/float64(c.Servers))
		}
	}
	if unit == 0 { // nothing but delays
		return centers[0].Demand
	}
	return unit
}

// factors returns the center's unnormalized probabilities of 0, 1, ...
// customers, with the largest scaled to 1: a constant factor of a center
// cancels in everything that is asked.
func (c Center) factors(customers int, unit float64) []float64 {
	f := make([]float64, customers+1) // logarithms first
	largest := 0.0
	for j := 1; j <= customers; j++ {
		f[j] = f[j-1] + math.Log(c.Demand/unit/c.busy(j))
		largest = max(largest, f[j])
	}
	for j := range f {
		f[j] = math.Exp(f[j] - largest)
	}
	return f
}

// busy returns how many servers work when j customers are there.
func (c Center) busy(j int) float64 {
	if c.Servers == 0 {
		return float64(j)
	}
	return float64(min(j, c.Servers))
}

// convolve returns the weights of 0, 1, ... customers at all centers but one.
func convolve(factors [][]float64, but, customers int) []float64 {
	sum := make([]float64, customers+1)
	sum[0] = 1
	for i, f := range factors {
		if i == but {
			continue
		}
		for n := customers; n >= 0; n-- {
			weight := 0.0
			for j := 0; j <= n; j++ {
				weight += f[j] * sum[n-j]
			}
			sum[n] = weight
		}
	}
	return sum
}

package measure

import (
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/floats/scalar"
)

// mostBursts is how many bursts of a point a profile keeps apart; of more, neighbours are pooled.
const mostBursts = 64

// burstMeans are the means of a part's spans by burst, ns, in the order of time, and how many spans each has.
func burstMeans(visits []visit, part int) (meansNs []float64, n []int) {
	per := (len(visits) + mostBursts - 1) / mostBursts
	sum, count := 0.0, 0
	for i, v := range visits {
		sum, count = sum+floats.Sum(v.alone[part]), count+len(v.alone[part])
		if (i+1)%per == 0 || i == len(visits)-1 {
			meansNs, n = append(meansNs, scalar.Round(sum/float64(count), 1)), append(n, count)
			sum, count = 0, 0
		}
	}
	return meansNs, n
}

package measure

import (
	"math"
	"testing"

	"vsim/profile"
)

// TestBurstsKeepTheirMeans: a profile has the means of the visits in the order of time, and of more than 64 visits neighbours
// together; either way they give the mean of all.
func TestBurstsKeepTheirMeans(t *testing.T) {
	for _, n := range []int{1, 3, 64, 65, 200} {
		var visits []visit
		for i := range n {
			visits = append(visits, visit{alone: Burst{{float64(i), float64(i + 2)}}})
		}
		means, count := burstMeans(visits, 0)
		per := (n + 63) / 64
		if len(means) != (n+per-1)/per || means[0] != float64(per-1)/2+1 || count[0] != 2*per {
			t.Errorf("%d visits: means %v of %v samples", n, means, count)
		}
		sum, all := 0.0, 0
		for i := range means {
			sum, all = sum+means[i]*float64(count[i]), all+count[i]
		}
		if all != 2*n || math.Abs(sum/float64(all)-float64(n+1)/2) > 1e-9*sum {
			t.Errorf("%d visits: a mean of %v of %d samples", n, sum/float64(all), all)
		}
	}
}

// TestMeasuredBurstsAreInTheProfile as its reader wants them.
func TestMeasuredBurstsAreInTheProfile(t *testing.T) {
	b := open(t, Options{Burst: 1000, Precision: 0.5}, &fakeTarget{points: []*Point{{Name: "constant", Chain: constant()}}})
	if err := b.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	text, err := b.Profile().Encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := profile.Parse("p", text)
	if err != nil || len(p.Services[0].BurstMeansNs) < minVisits || p.Services[0].BurstMeansNs[0] != 1000 {
		t.Errorf("%v: %+v", err, p)
	}
}

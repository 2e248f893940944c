package profile

import (
	"math"
	"time"
)

// SpellMean is how long the machine's speed at a job keeps to itself: jobs of a stage that begin t apart are alike by exp(-t/SpellMean). In a live server, Poisson
// traffic at 0.9 of load and a closed loop of 8 clients, times of inference at one batch size had correlations of 0.14 and 0.58 after 0.1 s, 0.09 and 0.47 after 0.2, 0.06 and 0.29
// after 0.5, and 0.03 and 0.03 after 1 s, those of decoding and resizing 0.25 and 0.20, 0.20 and 0.18, 0.10 and 0.14, 0.01 and 0.10 (two cores of an AMD EPYC VM, 2026-11-29).
const SpellMean = 400 * time.Millisecond

// fewestBursts are those of a point that tell how bursts differ, and fewestEach the samples in each.
const fewestBursts, fewestEach = 8, 2

// Standard deviations below a hundredth of the mean are none, and none is above half of it.
const leastInSpells, mostInSpells = 0.01 * 0.01, 0.5 * 0.5

// Spells is how much of the variance of a stage's times, relative to the square of the mean, jobs have in common that are close in time: the component between
// bursts of a random-effects analysis of variance (Searle, Casella, McCulloch 1992, Variance Components, section 3.6), of all batches and images of the key together.
// 0 where nobody knows, and of what was not measured on a CPU: bursts on others were not looked at.
func (p *Profile) Spells(k Key) float64 { return p.spells()[k.ofAllSizes()] }

// ofAllSizes is a key without batch and image.
func (k Key) ofAllSizes() Key {
	k.Batch, k.Image = 0, ""
	return k
}

// spells are those of all keys of all sizes that have any.
func (p *Profile) spells() map[Key]float64 {
	type sum struct{ component, bursts float64 }
	sums := map[Key]sum{}
	for i := range p.Services {
		s := &p.Services[i]
		if n := len(s.BurstMeansNs); s.Resource == "cpu" && n >= fewestBursts && s.N >= fewestEach*n {
			of := sums[s.ofAllSizes()]
			sums[s.ofAllSizes()] = sum{of.component + float64(n)*s.betweenBursts(), of.bursts + float64(n)}
		}
	}
	out := map[Key]float64{}
	for k, of := range sums {
		if variance := of.component / of.bursts; variance > leastInSpells {
			out[k] = min(variance, mostInSpells)
		}
	}
	return out
}

// betweenBursts is the component of variance between bursts, relative to the square of the mean; negative by chance.
func (s *Service) betweenBursts() float64 {
	all, squares := 0.0, 0.0
	mean := 0.0
	for i, n := range s.BurstN {
		all, squares, mean = all+float64(n), squares+math.Pow(float64(n), 2), mean+float64(n)*s.BurstMeansNs[i]
	}
	mean /= all
	between := 0.0
	for i, n := range s.BurstN {
		between += float64(n) * math.Pow(s.BurstMeansNs[i]-mean, 2)
	}
	k := float64(len(s.BurstN))
	within := max((all-1)*math.Pow(s.SDNs, 2)-between, 0) / (all - k)
	return (between/(k-1) - within) / ((all - squares/all) / (k - 1)) / math.Pow(mean, 2)
}

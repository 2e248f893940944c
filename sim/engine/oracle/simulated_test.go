package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"
)

// withinThreeSE checks an oracle against batches of simulated means: seeded,
// so that it passes or fails for good; a wrong formula is tens of standard
// errors away.
func withinThreeSE(t *testing.T, what string, oracle float64, batches []float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(batches, nil)
	se := deviation / math.Sqrt(float64(len(batches)))
	if math.Abs(mean-oracle) > 3*se {
		t.Errorf("%s: oracle %.6g, simulated %.6g with standard error %.2g", what, oracle, mean, se)
	}
	if se > 0.02*oracle {
		t.Errorf("%s: standard error %.2g is more than 2%% of %.6g: the check is blunt", what, se, oracle)
	}
}

// lindley returns batch means of the wait in a single-server queue by
// Lindley's recursion, W' = max(W + S - A, 0).
func lindley(service func(*rand.Rand) float64) []float64 {
	rng := rand.New(rand.NewPCG(3, 1))
	means := make([]float64, 60)
	wait := 0.0
	for i := range means {
		const n = 40_000
		for range n {
			means[i] += wait / n
			wait = max(wait+service(rng)-rng.ExpFloat64(), 0)
		}
	}
	return means[1:]
}

func TestPollaczekKhinchineAgainstLindley(t *testing.T) {
	withinThreeSE(t, "M/D/1", MD1Wait(1, 0.7), lindley(func(*rand.Rand) float64 { return 0.7 }))
	withinThreeSE(t, "M/U/1", MG1Wait(1, 0.7, 1/math.Sqrt(3)),
		lindley(func(rng *rand.Rand) float64 { return 1.4 * rng.Float64() }))
	withinThreeSE(t, "M/M/1", MM1Wait(1, 1/0.7), lindley(func(rng *rand.Rand) float64 { return 0.7 * rng.ExpFloat64() }))
}

// Processor sharing, step by step: the next is an arrival or the end of the
// job with least left. Service is uniform: insensitivity is what is tested.
func sharing(cores int, lambda float64) []float64 {
	rng := rand.New(rand.NewPCG(5, 2))
	means := make([]float64, 60)
	type job struct{ left, came float64 }
	var jobs []job
	now, arrival := 0.0, rng.ExpFloat64()/lambda
	for i := range means {
		const n = 20_000
		for done := 0; done < n; {
			rate := min(1, float64(cores)/float64(len(jobs)))
			first := -1
			for j := range jobs {
				if first < 0 || jobs[j].left < jobs[first].left {
					first = j
				}
			}
			step := arrival - now
			finishes := first >= 0 && jobs[first].left/rate < step
			if finishes {
				step = jobs[first].left / rate
			}
			for j := range jobs {
				jobs[j].left -= step * rate
			}
			now += step
			if finishes {
				means[i] += (now - jobs[first].came) / n
				jobs = append(jobs[:first], jobs[first+1:]...)
				done++
			} else {
				jobs = append(jobs, job{2 * rng.Float64(), now})
				arrival = now + rng.ExpFloat64()/lambda
			}
		}
	}
	return means[1:]
}

func TestProcessorSharingAgainstSteps(t *testing.T) {
	withinThreeSE(t, "M/G/1-PS", MG1PSSojourn(0.7, 1, 1), sharing(1, 0.7))
	withinThreeSE(t, "M/G/3-PS", MGcPSSojourn(2.4, 1, 3), sharing(3, 2.4))
}

// Batches, one after another, with the arrivals of each listed.
func batches(lambda float64, service func(int) float64, maxBatch int) (sojourns, sizes []float64) {
	rng := rand.New(rand.NewPCG(9, 4))
	sojourns, sizes = make([]float64, 60), make([]float64, 60)
	var waiting []float64
	now, arrival := 0.0, rng.ExpFloat64()/lambda
	for i := range sojourns {
		done, rounds := 0, 0
		for done < 40_000 {
			if len(waiting) == 0 {
				now = arrival
				waiting = append(waiting, now)
				arrival += rng.ExpFloat64() / lambda
			}
			batch := waiting[:min(len(waiting), maxBatch)]
			now += service(len(batch))
			for _, came := range batch {
				sojourns[i] += now - came
			}
			done, rounds = done+len(batch), rounds+1
			waiting = append([]float64(nil), waiting[len(batch):]...)
			for ; arrival <= now; arrival += rng.ExpFloat64() / lambda {
				waiting = append(waiting, arrival)
			}
		}
		sojourns[i] /= float64(done)
		sizes[i] = float64(done) / float64(rounds)
	}
	return sojourns[1:], sizes[1:]
}

// Inoue's fit to a Tesla V100 (his section 3.3), in ms.
const v100Alpha, v100Tau0 = 0.1438, 1.8874

func v100(batch int) float64 { return v100Alpha*float64(batch) + v100Tau0 }

func TestBulkQueueAgainstSteps(t *testing.T) {
	for _, load := range []float64{0.2, 0.6} {
		b := BulkQueue(load/v100Alpha, v100, 0, 200)
		sojourns, sizes := batches(load/v100Alpha, v100, 1e9)
		withinThreeSE(t, "sojourn, any batch", b.Sojourn, sojourns)
		withinThreeSE(t, "size, any batch", b.Batch, sizes)
	}
	b := BulkQueue(2.4, v100, 8, 400) // 8 at most, served at 2.63 a ms
	sojourns, sizes := batches(2.4, v100, 8)
	withinThreeSE(t, "sojourn, batches to 8", b.Sojourn, sojourns)
	withinThreeSE(t, "size, batches to 8", b.Batch, sizes)
}

// Batches of one are M/D/1.
func TestBulkQueueOfOnes(t *testing.T) {
	b := BulkQueue(0.7, func(int) float64 { return 1 }, 1, 200)
	near(t, "sojourn", b.Sojourn, MD1Wait(0.7, 1)+1, 1e-10)
	near(t, "utilization", b.Utilization, 0.7, 1e-10)
	near(t, "batch", b.Batch, 1, 1e-12)
}

// Inoue's equation 36 gives the mean sojourn from the batch sizes alone, and
// his figure 4 shows the bound above the exact mean and close: within 1 % from
// load 0.3 on.
func TestInoueBound(t *testing.T) {
	for _, load := range []float64{0.01, 0.1, 0.3, 0.5, 0.7, 0.8} {
		lambda := load / v100Alpha
		exact := BulkQueue(lambda, v100, 0, 400).Sojourn
		bound := InoueBound(lambda, v100Alpha, v100Tau0)
		if bound < exact*(1-1e-9) {
			t.Errorf("load %g: bound %g is below the mean %g", load, bound, exact)
		}
		if load >= 0.3 {
			near(t, "bound", bound, exact, 0.01)
		}
	}
	near(t, "bound of an empty system", InoueBound(1e-9, v100Alpha, v100Tau0), v100(1), 1e-6)
}

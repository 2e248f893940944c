package machine

import (
	"path/filepath"
	"strconv"
	"time"
)

// RAPL measures the power of the processors' packages from the counters that Linux shows in
// /sys/class/powercap (kernel documentation, power/powercap): those of Intel and AMD, where this process
// may read them. Memory and the rest of the machine are not in it.
type RAPL struct {
	began    time.Time
	counters map[string]float64 // J at the start, by file
}

const raplPackages = "/sys/class/powercap/intel-rapl:[0-9]/energy_uj" // AMD's have this name too

// StartRAPL begins to measure.
func StartRAPL() RAPL {
	r := RAPL{began: time.Now(), counters: map[string]float64{}}
	files, _ := filepath.Glob(raplPackages)
	for _, f := range files {
		if j, ok := microjoules(f); ok {
			r.counters[f] = j
		}
	}
	return r
}

// Watts is the mean power since then, 0 where it cannot be told.
func (r RAPL) Watts() float64 {
	total := 0.0
	for f, before := range r.counters {
		after, ok := microjoules(f)
		if !ok {
			return 0
		}
		if after < before { // the counter began again at 0
			limit, _ := microjoules(filepath.Join(filepath.Dir(f), "max_energy_range_uj"))
			after += limit
		}
		total += after - before
	}
	return total / time.Since(r.began).Seconds()
}

// microjoules reads a counter, in joules.
func microjoules(file string) (float64, bool) {
	uj, err := strconv.ParseFloat(line(file), 64)
	return uj * 1e-6, err == nil
}

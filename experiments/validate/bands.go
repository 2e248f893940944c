package validate

import (
	"math"
	"slices"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

// BandSummary sums up the cases of a band of load by metric, stages among them.
type BandSummary struct {
	Band       profile.Band          `json:"band"`
	Cases      int                   `json:"cases"`
	Coverage95 float64               `json:"coverage95"` // as in Summary
	Judged     int                   `json:"judged"`
	Metrics    map[string]BandMetric `json:"metrics"`
}

// BandMetric sums up a metric: medians of signed errors, of their parts where these are known, and the largest error without its
// sign. Throughput of open loops is left out, as in Summary.
type BandMetric struct {
	N             int     `json:"n"`
	MedianError   float64 `json:"median_error"` // signed
	WorstError    float64 `json:"worst_error"`  // unsigned
	Known         int     `json:"known"`        // of N, with own times
	ProfileError  float64 `json:"median_profile_error"`
	ModelError    float64 `json:"median_model_error"`
	Judged        int     `json:"judged"`
	Coverage95    float64 `json:"coverage95"`
	ErrorByNoise  float64 `json:"median_error_over_noise_floor"`          // unsigned; 0 where no noise is known
	MedianWidth   float64 `json:"median_interval_width"`                  // of the intervals, both sides, over the prediction
	WidthsByNoise float64 `json:"median_interval_width_over_noise_floor"` // both sides over both sides
}

// byBand sums up the bands that have cases, in the order of load.
func byBand(rows []Row, offered map[string]bool) (out []BandSummary) {
	for _, b := range bands {
		mine := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Band != b })
		if len(mine) == 0 {
			continue
		}
		sum := BandSummary{Band: b, Metrics: map[string]BandMetric{}}
		by, cases, inside := map[string][]Row{}, map[string]bool{}, 0
		for _, r := range mine {
			cases[r.Case] = true
			sum.Judged += r.Judged
			inside += r.Within
			if r.Metric != throughput || !offered[r.Case] {
				by[r.Metric] = append(by[r.Metric], r)
			}
		}
		sum.Cases, sum.Coverage95 = len(cases), over(float64(inside), float64(sum.Judged))
		for metric, rows := range by {
			sum.Metrics[metric] = metricOf(rows)
		}
		out = append(out, sum)
	}
	return out
}

// metricOf sums up rows of one metric, one at least.
func metricOf(rows []Row) BandMetric {
	out := BandMetric{N: len(rows), MedianError: medianOf(rows, func(r Row) (float64, bool) { return r.Error, true })}
	inside := 0
	for _, r := range rows {
		out.WorstError = max(out.WorstError, math.Abs(r.Error))
		out.Known += count(r.OwnTimes > 0)
		out.Judged += r.Judged
		inside += r.Within
	}
	out.ProfileError = medianOf(rows, func(r Row) (float64, bool) { return r.ProfileError, r.OwnTimes > 0 })
	out.ModelError = medianOf(rows, func(r Row) (float64, bool) { return r.ModelError, r.OwnTimes > 0 })
	out.Coverage95 = over(float64(inside), float64(out.Judged))
	out.ErrorByNoise = medianOf(rows, Row.errorByNoise)
	out.MedianWidth = medianOf(rows, Row.width)
	out.WidthsByNoise = medianOf(rows, Row.widthByNoise)
	return out
}

// medianOf is the median of what rows say, of those that say it; 0 of none.
func medianOf(rows []Row, of func(Row) (value float64, ok bool)) float64 {
	var values []float64
	for _, r := range rows {
		if x, ok := of(r); ok {
			values = append(values, x)
		}
	}
	if len(values) == 0 {
		return 0
	}
	return stats.Median(values)
}

// errorByNoise is a row's error without its sign, in noise floors.
func (r Row) errorByNoise() (float64, bool) {
	return over(math.Abs(r.Error), r.NoiseFloor), r.noisy() && r.NoiseFloor > 0
}

// width is that of a row's interval, relative to the prediction.
func (r Row) width() (float64, bool) {
	return over(r.Interval95[1]-r.Interval95[0], r.Predicted), r.Judged > 0
}

// widthByNoise is that of a row's interval over the width within which a live run lies by chance.
func (r Row) widthByNoise() (float64, bool) {
	w, ok := r.width()
	return over(w, 2*r.NoiseFloor), ok && r.NoiseFloor > 0
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

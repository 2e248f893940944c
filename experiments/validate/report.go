package validate

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/sim/engine/stats"
)

// Row compares one metric of one case. Error is predicted/measured - 1; Interval95 is where the
// measurement should lie, Inside whether it does. Runs is how many live runs the measurement is the mean of, Noise the
// relative standard deviation of the metric between them. With one run Noise is unknown and not in the JSON, and
// Interval95 lacks it, so that Inside says little. Where the prediction tells what one live run will show, Interval95 is that, and Judged and
// Within count the live runs, and those of them that lie in it; else they count whether the mean does, where the noise is known. Times are
// seconds. Predicted is, in an open loop, for the very arrivals of the live runs (see replay.go); LongRun is what
// vsim simulate says of the case.
//
// OwnTimes is what the simulator makes of the times that the parts took in those very live runs, and ModelError how far that is from
// the measurement: the error of queues and batches alone. What Error has beyond it comes from the profile, whose times
// are not those of the live run: ProfileError. All are 0 where they are not known.
//
// NoiseFloor is by how much a live run may differ from the mean of many alike, relative, 95 % of the time: 1.96 times the Noise of
// the case, or of a typical case of its band where its own few runs agree more closely by chance.
type Row struct {
	Case         string       `json:"name"`
	Band         profile.Band `json:"band"`
	Metric       string       `json:"metric"`
	Predicted    float64      `json:"predicted"`
	LongRun      float64      `json:"long_run,omitempty"`
	Interval95   [2]float64   `json:"interval95"`
	Measured     float64      `json:"measured"`
	Error        float64      `json:"error"`
	Judged       int          `json:"judged"`
	Within       int          `json:"within"`
	Inside       bool         `json:"inside"`
	Runs         int          `json:"runs"`
	Noise        float64      `json:"noise"`
	NoiseFloor   float64      `json:"noise_floor,omitempty"`
	OwnTimes     float64      `json:"own_times,omitempty"`
	ModelError   float64      `json:"model_error,omitempty"`
	ProfileError float64      `json:"profile_error,omitempty"`

	ownHalf float64 // half of the interval of one run on the logarithmic scale, without the model's error; 0 where that is not known
}

// ofStage says whether a row is of a part of a request's way.
func (r Row) ofStage() bool { return strings.HasPrefix(r.Metric, stagePrefix) }

// noisy says whether there are enough live runs to know how much they scatter.
func (r Row) noisy() bool { return r.Runs > 1 }

// judged says whether the interval is one that the measurement, or its live runs, should lie in.
func (r Row) judged() bool { return !r.ofStage() && (r.noisy() || r.Judged > 0) }

// MarshalJSON leaves out a noise that is unknown.
func (r Row) MarshalJSON() ([]byte, error) {
	type fields Row // without this method
	if r.noisy() {
		return json.Marshal(fields(r))
	}
	return json.Marshal(struct {
		fields
		Noise *float64 `json:"noise,omitempty"`
	}{fields: fields(r)})
}

// Summary sums up absolute errors by metric. Throughput is judged on closed loops alone: what an open
// loop that keeps up delivers is what was offered, which is no prediction. Coverage95 is the part of
// the Judged rows whose measurement lies in its interval; stages and what ran once are not judged.
type Summary struct {
	MedianError map[string]float64 `json:"median_error"`
	MaxError    map[string]float64 `json:"max_error"`
	Coverage95  float64            `json:"coverage95"` // 0 where none is judged
	Judged      int                `json:"judged"`
	// The same of Row.ModelError, over the rows that have one.
	MedianModelError map[string]float64 `json:"median_model_error,omitempty"`
	MaxModelError    map[string]float64 `json:"max_model_error,omitempty"`
	ByBand           []BandSummary      `json:"by_band"`
	Goals            []Goal             `json:"goals"`
}

// Report is what vsim validate prints.
type Report struct {
	Cases    []Row    `json:"cases"`
	Summary  Summary  `json:"summary"`
	Warnings []string `json:"warnings"`
	Machine  string   `json:"machine"`
	Date     string   `json:"date"`
	Command  string   `json:"command,omitempty"`
	Profile  string   `json:"profile"`
	Energy   []Joules `json:"energy,omitempty"`
	Complete bool     `json:"complete"` // every case ran as often as it should
	Files    *Files   `json:"files,omitempty"`
}

// Joules is what a request of a case took live, of the whole GPU and of the host's processors, idle power
// included; 0 where it cannot be measured. It is measured on servers with a GPU.
type Joules struct {
	Case  string  `json:"name"`
	GPUJ  float64 `json:"gpu_j_per_request"`
	HostJ float64 `json:"host_j_per_request"`
}

const (
	throughput   = "throughput_rps"
	latencyMean  = "latency_mean_s"
	latencyP50   = "latency_p50_s"
	latencyP99   = "latency_p99_s"
	droppedShare = "dropped_share"
	stagePrefix  = "stage."
)

func (r *Report) summarise(offered map[string]bool) {
	errors, ofModel := map[string][]float64{}, map[string][]float64{}
	inside, judged := 0, 0
	for _, row := range r.Cases {
		if row.ofStage() {
			continue
		}
		judged += row.Judged
		inside += row.Within
		if row.Metric == throughput && offered[row.Case] {
			continue
		}
		errors[row.Metric] = append(errors[row.Metric], math.Abs(row.Error))
		if row.OwnTimes > 0 {
			ofModel[row.Metric] = append(ofModel[row.Metric], math.Abs(row.ModelError))
		}
	}
	r.Summary = Summary{Judged: judged}
	r.Summary.MedianError, r.Summary.MaxError = mediansAndLargest(errors)
	r.Summary.MedianModelError, r.Summary.MaxModelError = mediansAndLargest(ofModel)
	if judged > 0 {
		r.Summary.Coverage95 = float64(inside) / float64(judged)
	}
	r.Summary.ByBand = byBand(r.Cases, offered)
	r.Summary.Goals = r.goals(offered)
}

func mediansAndLargest(by map[string][]float64) (medians, largest map[string]float64) {
	medians, largest = map[string]float64{}, map[string]float64{}
	for metric, list := range by {
		medians[metric], largest[metric] = stats.Median(list), slices.Max(list)
	}
	return medians, largest
}

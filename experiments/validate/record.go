package validate

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/measure/machine"
)

// record is a line of the file of live runs. Times are seconds.
type record struct {
	Case       string         `json:"name"`
	Scenario   string         `json:"scenario"`
	Round      int            `json:"round"`   // from 1
	Attempt    int            `json:"attempt"` // from 1; of those of a round the least disturbed counts
	Began      string         `json:"began"`
	Seconds    float64        `json:"seconds"` // the whole of it, with starting the server
	Arrivals   string         `json:"arrivals"`
	Seed       uint64         `json:"seed"` // of arrivals, classes, images and think times
	MeasuredS  float64        `json:"measured_s"`
	Completed  int            `json:"completed"`
	Failed     int            `json:"failed"`
	Unanswered int            `json:"unanswered"`
	Dropped    map[string]int `json:"dropped,omitempty"`
	Throughput float64        `json:"throughput_rps"`
	Stages     []stageMean    `json:"stages,omitempty"`
	OtherCores float64        `json:"other_cores"` // that other processes used, steal included
	StealCores float64        `json:"steal_cores"` // of these, what a hypervisor took
	// Before and after the run, outside its time: what the reference job of package measure took (a profile's drift.job_ns is
	// its mean while profiling, some % longer: between bursts its caches are colder), the mean clock of the processors, and
	// the temperature of the hottest, where the system tells.
	ReferenceNs  [2]float64 `json:"reference_ns"`
	WithinNs     float64    `json:"reference_within_ns,omitempty"` // processor time of the job in the mean during the run
	ClockMHz     []float64  `json:"clock_mhz,omitempty"`
	TemperatureC []float64  `json:"temperature_c,omitempty"`
	GPUJ         float64    `json:"gpu_j"`
	HostJ        float64    `json:"host_j"`
	Error        string     `json:"error,omitempty"`         // why the run is not compared
	FirstFault   string     `json:"first_failure,omitempty"` // of a request
	// Latencies are of every answered request, ascending, where there are at most latencyPoints; else Quantiles are
	// those at 0, 1/(latencyPoints-1), ..., 1.
	Latencies []seconds `json:"latencies_s,omitempty"`
	Quantiles []seconds `json:"latency_quantiles_s,omitempty"`
	// OwnTimes are what the parts of a server on the CPU took in this run, as a profile has them.
	OwnTimes []ownTime `json:"own_times,omitempty"`
}

// ownTime is a service point of a profile, all of whose spans are nanoseconds.
type ownTime struct {
	Stage         string    `json:"stage"`
	Image         string    `json:"image,omitempty"`
	Model         string    `json:"model,omitempty"`
	Batch         int       `json:"batch,omitempty"`
	Threads       int       `json:"threads,omitempty"`
	N             int       `json:"n"`
	MeanNs        float64   `json:"mean_ns"`
	SDNs          float64   `json:"sd_ns"`
	Probabilities []float64 `json:"probabilities"`
	QuantilesNs   []float64 `json:"quantiles_ns"`
}

// own are the record's own times, of stages on the CPU.
func (r *record) own() (out []profile.Service) {
	for _, t := range r.OwnTimes {
		key := profile.Key{Stage: t.Stage, Resource: cpuResource, Image: t.Image, Model: t.Model, Batch: t.Batch, Threads: t.Threads}
		out = append(out, profile.Service{Key: key, N: t.N, MeanNs: t.MeanNs, SDNs: t.SDNs, Probabilities: t.Probabilities, QuantilesNs: t.QuantilesNs})
	}
	return out
}

// cpuResource is the resource of all own times.
const cpuResource = "cpu"

type stageMean struct {
	Name  string  `json:"name"`
	MeanS seconds `json:"mean_s"`
}

// seconds are written with seven digits.
type seconds float64

// MarshalJSON writes a number.
func (s seconds) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(s), 'g', 7, 64), nil
}

// latencyPoints is how many latencies of a live run are kept: all of a CPU's, so that a run can be compared again as it was.
const latencyPoints = 10001

// newRecord tells of an attempt at a live run; result is nil where there is none. It is nil where nobody reads it.
func newRecord(s *store, r liveRun, attempt int, a *around, result *load.Result, err error) *record {
	if s == nil {
		return nil
	}
	out := &record{
		Case: r.c.Name, Scenario: s.caseFile(r.c), Round: r.round + 1, Attempt: attempt + 1, Began: a.began.UTC().Format(time.RFC3339),
		Seconds: a.took.Seconds(), Arrivals: string(r.c.Scenario.Workload.Arrivals), Seed: r.c.seed(r.round), OtherCores: a.use.Others, StealCores: a.use.Steal,
		ReferenceNs: [2]float64{math.Round(a.ns[0]), math.Round(a.ns[1])}, WithinNs: math.Round(a.within()),
	}
	out.ClockMHz, out.TemperatureC = machine.Ends(a.state[0], a.state[1])
	if err != nil {
		out.Error = err.Error()
	}
	if result == nil {
		return out
	}
	out.MeasuredS, out.Completed, out.Failed, out.FirstFault = result.Span.Seconds(), result.Completed, result.Failed, result.FirstFailure
	out.Unanswered, out.Dropped, out.Throughput = result.Unanswered, result.Dropped, result.ThroughputRPS
	out.GPUJ, out.HostJ = result.Energy.GPUJ, result.Energy.HostJ
	for _, stage := range result.Stages {
		out.Stages = append(out.Stages, stageMean{stage.Name, seconds(stage.MeanS)})
	}
	out.takeLatencies(result.LatencyS)
	if err == nil && len(result.Served) > 0 && !onGPU(r.c.Scenario) {
		for _, s := range servicesOf(r.c.Scenario, result) {
			out.OwnTimes = append(out.OwnTimes, ownTime{s.Stage, s.Image, s.Model, s.Batch, s.Threads, s.N, s.MeanNs, s.SDNs, s.Probabilities, s.QuantilesNs})
		}
	}
	return out
}

// takeLatencies takes sorted latencies, or their quantiles.
func (r *record) takeLatencies(sorted []float64) {
	if len(sorted) <= latencyPoints {
		for _, x := range sorted {
			r.Latencies = append(r.Latencies, seconds(x))
		}
		return
	}
	for i := range latencyPoints {
		at := int(math.Ceil(float64(i*len(sorted))/(latencyPoints-1))) - 1
		r.Quantiles = append(r.Quantiles, seconds(sorted[max(at, 0)]))
	}
}

// live appends a record in one write.
func (s *store) live(r *record) error {
	if s == nil {
		return nil
	}
	line, err := json.Marshal(r)
	if err == nil && s.size+len(line) > maxLive {
		r.Latencies, r.Quantiles, r.OwnTimes = nil, nil, nil
		line, err = json.Marshal(r)
	}
	if err != nil {
		return err
	}
	if err := s.clear(); err != nil {
		return err
	}
	f, err := os.OpenFile(s.path(liveFile), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	n, err := f.Write(append(line, '\n'))
	s.size += n
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.path(liveFile), err)
	}
	return nil
}

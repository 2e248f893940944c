// Package predict turns a simulated system into a prediction: replications, warm-up removal,
// intervals, and when to stop.
package predict

// Estimate is a value with its 95 % confidence interval.
type Estimate struct {
	Value float64    `json:"value"`
	CI95  [2]float64 `json:"ci95"`
}

// Latency is the distribution of the time from a request's arrival to its completion, in seconds.
type Latency struct {
	Mean Estimate `json:"mean"`
	P50  Estimate `json:"p50"`
	P90  Estimate `json:"p90"`
	P95  Estimate `json:"p95"`
	P99  Estimate `json:"p99"`
	P999 Estimate `json:"p999"`
}

// Stage is the mean of what requests see at one stage. WaitS is the time in the queue before it,
// ServiceS the time in it (with all contention), both in seconds a request; Share is their part of
// the mean latency; Utilization the part of the time that the stage's workers are busy with it.
type Stage struct {
	Name        string  `json:"name"`
	Resource    string  `json:"resource"`
	WaitS       float64 `json:"wait_s"`
	ServiceS    float64 `json:"service_s"`
	Share       float64 `json:"share"`
	Utilization float64 `json:"utilization"`
	MeanBatch   float64 `json:"mean_batch"`
}

// Resource is the time average of the busy part of a resource's capacity, 0 to 1.
type Resource struct {
	Name        string  `json:"name"`
	Utilization float64 `json:"utilization"`
}

// Energy is joules per request; nil where the hardware's power is not known.
type Energy struct {
	CPU float64 `json:"cpu"`
	GPU float64 `json:"gpu"`
}

// RunInfo says how the prediction was made. The same seed, scenario and profile give the same bytes but
// for WallS.
type RunInfo struct {
	Seed         uint64  `json:"seed"`
	Replications int     `json:"replications"`
	Events       int64   `json:"events"`
	Requests     int64   `json:"requests"`
	SimS         float64 `json:"sim_s"`
	WallS        float64 `json:"wall_s"`
	Scenario     string  `json:"scenario"`
	Profile      string  `json:"profile"`
}

// Prediction is what vsim simulate prints with --json. All spans are seconds.
type Prediction struct {
	ThroughputRPS Estimate   `json:"throughput_rps"`
	LatencyS      Latency    `json:"latency_s"`
	Stages        []Stage    `json:"stages"`
	Resources     []Resource `json:"resources"`
	Bottleneck    string     `json:"bottleneck"`
	EnergyJ       *Energy    `json:"energy_j_per_request,omitempty"`
	Warnings      []string   `json:"warnings"`
	Run           RunInfo    `json:"run"`
}

// Options steer how long a prediction runs.
type Options struct {
	Replications   int     // independent replications, at least 2; 0 means 8
	ThroughputGoal float64 // stop when the half-width of the throughput's interval is below this part of it; 0 means 0.01
	P99Goal        float64 // the same for the 99th percentile of latency; 0 means 0.05
	MaxEvents      int64   // give up (with a warning) after this many events in all; 0 means 400 million
}

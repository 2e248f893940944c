// Package predict turns a simulated system into a prediction: replications, warm-up removal,
// intervals, when to stop, whether there is a steady state at all, and what limits it.
package predict

import (
	"strings"

	"vsim/sim/engine/stats"
)

// Estimate is a value with its 95 % confidence interval. What has no meaning (a latency that grows
// without bound) is NaN, and null in JSON; so is an end that nothing bounds.
type Estimate struct {
	Value float64
	CI95  [2]float64
}

// Verdict says whether the system keeps up with what arrives.
type Verdict string

const (
	// Stable systems keep up, and requests are served for at least half of their time.
	Stable Verdict = "stable"
	// Backlogged systems keep up, but requests wait for most of their time; or the run's events
	// were too few to tell whether the system keeps up (a warning then says so).
	Backlogged Verdict = "backlogged"
	// Overloaded systems take in more than they can serve. The queue grows without bound and there are
	// no mean latencies or quantiles, only ever longer ones.
	Overloaded Verdict = "overloaded"
)

// Latency is the distribution of the time from a request's arrival to its completion, in seconds. It is
// that of the completed requests alone: those that were dropped have none.
type Latency struct {
	Mean Estimate `json:"mean"`
	P50  Estimate `json:"p50"`
	P90  Estimate `json:"p90"`
	P95  Estimate `json:"p95"`
	P99  Estimate `json:"p99"`
	P999 Estimate `json:"p999"`
}

// Class is what the requests of one kind (an image size, a model) saw.
type Class struct {
	Name          string   `json:"name"`
	ThroughputRPS Estimate `json:"throughput_rps"`
	LatencyS      Latency  `json:"latency_s"`
}

// Stage is the mean of what requests see at one stage. WaitS is the time in the queue before it,
// ServiceS the time in it (with all contention), both in seconds a visit (the waits of those that gave up
// are counted in). Visits are how often a request
// comes, its children counted in: below 1 where only some do. Share is the visit's part of the mean
// latency, times the visits where those are below 1, so that stages one after the other add up to 1;
// children that are served side by side count once. Utilization is the part of the time that the stage's
// workers are busy with it. In JSON each number has its interval beside it: wait_s, wait_s_ci95.
type Stage struct {
	Name        string   `json:"name"`
	Resource    string   `json:"resource"`
	Times       string   `json:"times,omitempty"` // where the service times come from: measured, interpolated, ...
	WaitS       Estimate `json:"-"`
	ServiceS    Estimate `json:"-"`
	Share       Estimate `json:"-"`
	Utilization Estimate `json:"-"`
	MeanBatch   Estimate `json:"-"`
	Visits      Estimate `json:"-"`
}

// Dropped is what left without being served, in requests/s, and its share of the requests that arrived.
type Dropped struct {
	RejectedRPS Estimate `json:"rejected_rps"` // a queue or a memory was full
	ExpiredRPS  Estimate `json:"expired_rps"`  // waited longer than its queue's timeout
	LostRPS     Estimate `json:"lost_rps"`     // was inside something that failed
	Share       Estimate `json:"share"`
}

// Resource is the time average of the busy part of a resource's capacity, 0 to 1.
type Resource struct {
	Name        string   `json:"name"`
	Type        string   `json:"type"`
	Utilization Estimate `json:"-"`
}

// Energy is joules per completed request, that of idling devices included; the idle shares are the part
// that would be spent with nothing to do. It is NaN where a device's power is not known, 0 where there is no
// such device.
type Energy struct {
	CPU          Estimate `json:"-"`
	GPU          Estimate `json:"-"`
	CPUIdleShare Estimate `json:"-"`
	GPUIdleShare Estimate `json:"-"`
}

// WhatIf is what a change would bring, found by simulating the changed system with the same random
// numbers. Gains are relative and positive where the change helps: a throughput gain of 0.8 is 80 % more
// requests a second, a latency gain of 0.3 is 30 % less time (of the mean; P99Gain of the 99th
// percentile). Intervals are of the replications' paired ratios.
type WhatIf struct {
	Change         string   `json:"change"`
	ThroughputGain Estimate `json:"throughput_gain"`
	LatencyGain    Estimate `json:"latency_gain"`
	P99Gain        Estimate `json:"p99_gain"`
}

// RunInfo says how the prediction was made, what-if runs included. The same seed, scenario and profile
// give the same bytes but for WallS.
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

// Prediction is what vsim simulate prints with --json. All spans are seconds. Throughput counts completed
// requests; OfferedRPS all that arrive (of an open loop its known mean), RetriedRPS those that an outage sent on their way anew, and
// EvictedRPS the inputs that a full memory spilled to the host.
type Prediction struct {
	Verdict        Verdict    `json:"verdict"`
	ThroughputRPS  Estimate   `json:"throughput_rps"`
	OfferedRPS     Estimate   `json:"offered_rps"`
	Dropped        Dropped    `json:"dropped"`
	RetriedRPS     Estimate   `json:"retried_rps"`
	EvictedRPS     Estimate   `json:"evicted_rps"`
	LatencyS       Latency    `json:"latency_s"`
	WaitShare      Estimate   `json:"wait_share"`                 // part of its time that a request waits
	Classes        []Class    `json:"classes,omitempty"`          // where there are several
	QueueGrowthRPS *Estimate  `json:"queue_growth_rps,omitempty"` // requests inside, more every second; only when overloaded
	Stages         []Stage    `json:"stages"`
	Resources      []Resource `json:"resources"`
	Bottleneck     string     `json:"bottleneck"`
	WhatIf         *WhatIf    `json:"what_if,omitempty"`              // the bottleneck improved
	AlsoTried      []WhatIf   `json:"also_tried,omitempty"`           // what gains less
	EnergyJ        *Energy    `json:"energy_j_per_request,omitempty"` // nil where no power is known
	Warnings       []string   `json:"warnings"`
	Run            RunInfo    `json:"run"`

	Latencies *stats.Histogram `json:"-"` // of all replications, in ns, to be drawn
}

// TagTimes notes where the service times of a step of a stage come from.
func (p *Prediction) TagTimes(stage, step, origin string) {
	at := ""
	for i := range p.Stages {
		s := &p.Stages[i]
		if name, queue := strings.CutSuffix(s.Name, " queue"); queue && s.Resource == "" {
			at = name
		} else if at == stage && s.Name == step {
			s.Times = origin
		}
	}
}

// Options steer how long a prediction runs.
type Options struct {
	Replications   int     // independent replications, at least 2; 0 means 8
	ThroughputGoal float64 // stop when the half-width of the throughput's interval is below this part of it; 0 means 0.01
	P99Goal        float64 // the same for the 99th percentile of latency, but not below 0.005, which is about what histograms resolve; 0 means 0.05
	MaxEvents      int64   // give up (with a warning) after this many events in all; 0 means 400 million. What-if runs take no more than as many again
	NoWhatIf       bool    // leave out the what-if runs; the bottleneck is then what is busiest
}

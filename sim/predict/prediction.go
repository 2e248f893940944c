// Package predict turns a simulated system into a prediction: replications, warm-up removal,
// intervals, when to stop, whether there is a steady state at all, and what limits it.
package predict

import (
	"time"

	"vsim/sim/engine"
	"vsim/sim/engine/stats"
	"vsim/sim/topology"
)

// Estimate is a value with its 95 % confidence interval. What has no meaning (a latency that grows
// without bound) is NaN, and null in JSON; so is an end that nothing bounds.
type Estimate = stats.Interval

// Verdict says whether the system keeps up with what arrives.
type Verdict string

const (
	// Stable systems keep up, and requests wait for workers or slots for at most half of their time.
	Stable Verdict = "stable"
	// Backlogged systems keep up, but requests wait for workers or slots for most of their time; or the run's events
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

// Stage is the mean of what requests see at one stage of the scenario: its queue, and the steps that a worker
// does. MeanBatch counts images. Visits are how often a request comes, its children counted in: below 1 where only some do. Utilization
// is the part of the time that the stage's workers are busy. A Share is a part of the mean latency, times the
// visits where those are below 1, so that stages one after the other add up to 1; children that are served side
// by side count once. In JSON each number has its interval beside it: wait_s, wait_s_ci95.
type Stage struct {
	Name        string   `json:"name"`
	Broker      string   `json:"broker,omitempty"` // in whose hands the queue is
	Queue       Queue    `json:"queue"`
	Steps       []Step   `json:"steps"`
	Visits      Estimate `json:"-"`
	MeanBatch   Estimate `json:"-"`
	Utilization Estimate `json:"-"`
}

// Queue is the wait before a stage, in seconds a visit (the waits of those that gave up are counted in). FillS
// is the part of WaitS during which a worker was idle: the wait for a fuller batch. The rest is the wait for a
// worker.
type Queue struct {
	WaitS Estimate `json:"-"`
	FillS Estimate `json:"-"`
	Share Estimate `json:"-"`
}

// Step is the time of one step, in seconds a visit, in three parts: WaitS in a line for a slot of its resource,
// AloneS what it takes on an idle resource, SharingS what others on the resource add.
type Step struct {
	Name        string          `json:"name"`
	Broker      string          `json:"broker,omitempty"` // on whose way of messages it is
	Resource    string          `json:"resource"`         // by name; "" for one of the stage's own
	Type        topology.Type   `json:"type"`             // of the resource
	Times       topology.Origin `json:"times,omitempty"`
	WaitS       Estimate        `json:"-"`
	AloneS      Estimate        `json:"-"`
	SharingS    Estimate        `json:"-"`
	Share       Estimate        `json:"-"`
	Utilization Estimate        `json:"-"` // part of the time that the stage's workers are at it
}

// TotalS is the whole time of the step in seconds a visit.
func (s *Step) TotalS() float64 { return s.WaitS.Value + s.AloneS.Value + s.SharingS.Value }

// Part is the mean time of a visit in one part of the system, a queue or a step.
type Part struct {
	Name  string // "inference queue", "decode"
	MeanS float64
}

// Parts lists the queues and steps of all stages in order.
func (p *Prediction) Parts() (out []Part) {
	for i := range p.Stages {
		st := &p.Stages[i]
		out = append(out, Part{st.Name + " queue", st.Queue.WaitS.Value})
		for k := range st.Steps {
			out = append(out, Part{st.Steps[k].Name, st.Steps[k].TotalS()})
		}
	}
	return out
}

// Broker is the way of messages over a broker, from the moment at which they are to be sent until a consumer has them: the time
// of a message in seconds, and its part of the mean latency, of messages side by side that of one.
type Broker struct {
	Name  string   `json:"name"`
	TimeS Estimate `json:"-"`
	Share Estimate `json:"-"`
}

// Dropped is what left without being served, in requests/s, and its share of the requests that arrived.
type Dropped struct {
	RejectedRPS Estimate `json:"rejected_rps"` // a queue or a memory was full
	ExpiredRPS  Estimate `json:"expired_rps"`  // waited longer than its queue's timeout
	LostRPS     Estimate `json:"lost_rps"`     // was inside something that failed
	SkippedRPS  Estimate `json:"skipped_rps"`  // the last one of its stream was still inside
	Share       Estimate `json:"share"`
}

// Resource is the time average of the busy part of a resource's capacity, 0 to 1, over all its copies.
type Resource struct {
	Name        string        `json:"name"`
	Type        topology.Type `json:"type"`
	Copies      []Copy        `json:"copies,omitempty"`       // where there are several
	FleetCopies int           `json:"fleet_copies,omitempty"` // where a cell of a fleet was simulated: their number in all of it
	Utilization Estimate      `json:"-"`
	Unlimited   bool          `json:"unlimited,omitempty"` // nobody waits or slows down there: it cannot be full
}

// Count is the number of copies, of a fleet in all of it; 0 where there is one alone.
func (r *Resource) Count() int { return max(len(r.Copies), r.FleetCopies) }

// Copy is one copy of a resource, in a server or at a GPU of it, numbered from 0.
type Copy struct {
	Server      int      `json:"server"`
	GPU         int      `json:"gpu"`
	Utilization Estimate `json:"-"`
}

// Energy is joules per completed request, that of idling devices included; the idle shares are the part
// that would be spent with nothing to do. It is NaN where the power of a CPU or GPU is not known, 0 where there
// is no such device. Other is what resources of other types take whose power is given.
type Energy struct {
	CPU            Estimate `json:"-"`
	GPU            Estimate `json:"-"`
	Other          Estimate `json:"-"`
	CPUIdleShare   Estimate `json:"-"`
	GPUIdleShare   Estimate `json:"-"`
	OtherIdleShare Estimate `json:"-"`
}

// Cause is what may limit a system.
type Cause string

// Causes: a resource that is busy, a stage's workers, a stage's wait for fuller batches.
const (
	BusyResource Cause = "resource"
	BusyWorkers  Cause = "workers"
	BatchDelay   Cause = "batch delay"
)

// Limit names what limits a system and the key of the scenario that sets it.
type Limit struct {
	Cause Cause  `json:"cause"`
	Name  string `json:"name"` // of the resource or the stage
	Key   string `json:"key"`
}

// WhatIf is what a change would bring, found by simulating the changed system with the same random
// numbers. Gains are relative and positive where the change helps: a throughput gain of 0.8 is 80 % more
// requests a second, a latency gain of 0.3 is 30 % less time (of the mean; P99Gain of the 99th
// percentile). Intervals are of the replications' paired ratios.
type WhatIf struct {
	Change         string   `json:"change"`
	Key            string   `json:"key"`               // what to change in the scenario
	AtPeak         bool     `json:"at_peak,omitempty"` // of traffic that repeats itself, of its highest rate alone
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

// Schema is the version of Prediction's form in JSON.
const Schema = 2

// Prediction is what vsim simulate prints with --json. All spans are seconds. Throughput counts completed
// requests, and ItemsPerS their images; OfferedRPS all that arrive (of an open loop its known mean), RetriedRPS those that an outage sent on their way anew, and
// EvictedRPS the inputs that a full memory spilled to the host.
type Prediction struct {
	Schema          int        `json:"schema"`
	Verdict         Verdict    `json:"verdict"`
	ThroughputRPS   Estimate   `json:"throughput_rps"`
	ItemsPerS       *Estimate  `json:"items_per_s,omitempty"` // where requests may have several
	OfferedRPS      Estimate   `json:"offered_rps"`
	Dropped         Dropped    `json:"dropped"`
	RetriedRPS      Estimate   `json:"retried_rps"`
	EvictedRPS      Estimate   `json:"evicted_rps"`
	LatencyS        Latency    `json:"latency_s"`
	WaitShare       Estimate   `json:"wait_share"`                 // part of its time that a request waits, for a worker, a slot or a fuller batch
	FillShare       Estimate   `json:"fill_share"`                 // part of its time that it waits for a fuller batch
	SharingShare    Estimate   `json:"sharing_share"`              // part of its time that others on its resources add
	Classes         []Class    `json:"classes,omitempty"`          // where there are several
	QueueGrowthRPS  *Estimate  `json:"queue_growth_rps,omitempty"` // requests inside, more every second; only when overloaded
	Stages          []Stage    `json:"stages"`
	Brokers         []Broker   `json:"brokers,omitempty"`
	Resources       []Resource `json:"resources"`
	Bottleneck      string     `json:"bottleneck"` // in words; "" where nothing is busy
	BottleneckCause *Limit     `json:"bottleneck_cause,omitempty"`
	WhatIf          *WhatIf    `json:"what_if,omitempty"`              // the bottleneck improved
	AlsoTried       []WhatIf   `json:"also_tried,omitempty"`           // the other change that was tried
	EnergyJ         *Energy    `json:"energy_j_per_request,omitempty"` // nil where no power is known
	Series          []Stretch  `json:"series,omitempty"`               // by time, of a cycle or of the first replication, where the traffic follows a clock
	Price           *Price     `json:"price,omitempty"`                // nil where no price is known
	PI              *PI        `json:"pi95,omitempty"`                 // what one live run will show; nil where nobody asked, or it has no length
	Warnings        []string   `json:"warnings"`
	Run             RunInfo    `json:"run"`
	Notes           []string   `json:"notes,omitempty"`    // what was simulated, for people
	Scenario        string     `json:"scenario,omitempty"` // the whole of it in TOML, defaults and overrides written out

	Latencies *stats.Histogram `json:"-"` // of all replications, in ns, to be drawn
	History   *History         `json:"-"` // of one replication, to be drawn
	Rounds    []Round          `json:"-"` // what the replications had shown by and by, to be compared with those of another prediction; with Options.Rounds
}

// MostlyWaits says that requests wait for workers or slots for most of their time.
func (p *Prediction) MostlyWaits() bool { return p.WaitShare.Value-p.FillShare.Value > 0.5 }

// Options steer how long a prediction runs.
type Options struct {
	Replications   int     // independent replications, at least 2; 0 means 8, or 4 of a system of 256 pools and more
	ThroughputGoal float64 // stop when the half-width of the throughput's interval is below this part of it; 0 means 0.01
	P99Goal        float64 // the same for the 99th percentile of latency, but not below 0.005, which is about what histograms resolve; 0 means 0.05
	MaxEvents      int64   // give up (with a warning) after this many events of all replications; 0 means 400 million. What-if runs take no more than as many again (of traffic that ends, twice as many), the intervals of one run 0.8 times as many
	// Horizon is the length of the live run that Prediction.PI is of; 0 means DefaultHorizon.
	Horizon time.Duration
	NoPI    bool // leave Prediction.PI out
	// Limits end a study whose latencies are above one of them beyond doubt: whoever asks only whether they hold need not wait for
	// more. They do not apply to traffic that ends or repeats itself, and where there are outages.
	Limits []MostLatency
	// Fleet is how many systems like this one there are side by side, of all of which the prediction is; 0 means 1. Where they are Independent of each
	// other, a live run of them has so many times as much to show.
	Fleet       float64
	Independent bool
	// Until is the simulated time at which every replication ends, in place of the goals; 0 means that the goals decide. It is
	// the End of a round of another prediction, with which this one is to be compared. Traffic that ends is simulated whole.
	Until time.Duration
	// Rounds has the study keep Prediction.Rounds.
	Rounds bool
	// Resample gives the system with times as measuring them anew might have given them, always the same of a number; nil
	// where nothing is known of how far off times are. It is called from several goroutines at once.
	Resample func(number int) (*engine.System, error)
	NoWhatIf bool // leave out the what-if runs; the bottleneck is then what is busiest
}

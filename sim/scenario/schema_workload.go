package scenario

// Workload says how requests arrive.
type Workload struct {
	Arrivals string `toml:"arrivals" enum:"closed|poisson|gamma|deterministic|renewal|mmpp|piecewise|diurnal|trace" default:"closed; poisson with rate, renewal with gap, mmpp with states, piecewise with spans, trace with file" doc:"closed: each client waits for its answer; all others come whatever the server does: at a rate (poisson, gamma, deterministic), with independent gaps (renewal), at rates that change at random (mmpp), by a schedule (piecewise) or by the time of day (diurnal), or as recorded (trace)" example:"poisson"`

	Concurrency int           `toml:"concurrency,omitzero" min:"1" max:"1000000" default:"64 a GPU, or 4 a core without GPUs" doc:"clients of a closed loop" example:"64"`
	ThinkTime   *Distribution `toml:"think_time,omitempty" default:"none" doc:"pause of a client between an answer and its next request" example:"{dist = \"exponential\", mean = \"20ms\"}"`
	Backoff     Duration      `toml:"backoff,omitzero" above:"0" default:"1ms, in a closed loop" doc:"pause of a client whose request was rejected or lost"`

	Rate Rate          `toml:"rate,omitzero" above:"0" doc:"mean rate of poisson, gamma, deterministic and diurnal arrivals"`
	CV   float64       `toml:"cv,omitzero" min:"0.01" max:"5" default:"1, which is Poisson" doc:"burstiness of gamma, mmpp, piecewise and diurnal arrivals: standard deviation over mean of their gaps at a constant rate" example:"2.0"`
	Gap  *Distribution `toml:"gap,omitempty" doc:"time between arrivals of a renewal process" example:"{dist = \"erlang\", mean = \"5ms\", shape = 3}"`

	States []State `toml:"states,omitempty" single:"true" doc:"of mmpp, at least two, visited in turn" example:"[{rate = \"100/s\", mean_time = \"10s\"}, {rate = \"900/s\", mean_time = \"1s\"}]"`
	Spans  []Span  `toml:"spans,omitempty" single:"true" doc:"of piecewise, one after the other" example:"[{for = \"60s\", rate = \"100/s\"}, {for = \"10s\", rate = \"400/s\"}]"`
	Repeat bool    `toml:"repeat,omitzero" default:"false" doc:"of piecewise: begin again at the end; else arrivals end there"`

	Peak   Rate     `toml:"peak,omitzero" above:"0" doc:"of diurnal: highest rate; the lowest is as far below the mean" example:"300/s"`
	Period Duration `toml:"period,omitzero" above:"0" default:"24h, of diurnal" doc:"of diurnal: from peak to peak; of trace: begin again after it (before time_scale), else arrivals end with the file" example:"24h"`
	Phase  Duration `toml:"phase,omitzero" min:"0" default:"0ns" doc:"of diurnal: time by which the simulation begins later than at the mean rate, rising" example:"6h"`

	File      string  `toml:"file,omitempty" doc:"of trace: CSV with a header, a column time_s, time_ms, time_us or time_ns and, if wanted, class; relative to this file" example:"requests.csv"`
	TimeScale float64 `toml:"time_scale,omitzero" above:"0" max:"1e6" default:"1, of a trace" doc:"of trace: all times by this factor; 0.5 is twice the rate" example:"0.5"`
}

// State is one state of a Markov-modulated Poisson process.
type State struct {
	Rate     Rate     `toml:"rate" min:"0" needed:"yes" doc:"rate of arrivals in this state" example:"900/s"`
	MeanTime Duration `toml:"mean_time" above:"0" needed:"yes" doc:"mean time in this state, exponential" example:"1s"`
}

// Span is a stretch of a schedule.
type Span struct {
	For    Duration `toml:"for" above:"0" needed:"yes" doc:"how long it lasts" example:"10s"`
	Rate   Rate     `toml:"rate" min:"0" needed:"yes" doc:"rate of arrivals, at its start where to is given" example:"100/s"`
	RateTo *Rate    `toml:"to,omitempty" min:"0" default:"rate" doc:"rate at its end, changing evenly" example:"400/s"`
}

// Count is a random whole number.
type Count struct {
	Dist    string    `toml:"dist" enum:"constant|uniform|poisson|discrete" default:"constant" doc:"family"`
	Mean    float64   `toml:"mean,omitzero" above:"0" max:"1000" doc:"of constant (a whole number) and poisson" example:"5"`
	Min     int       `toml:"min,omitzero" min:"0" max:"1000" doc:"of uniform" example:"1"`
	Max     int       `toml:"max,omitzero" min:"0" max:"1000" doc:"of uniform" example:"9"`
	Values  []int     `toml:"values,omitempty" min:"0" max:"1000" doc:"of discrete, ascending" example:"[0, 1, 5]"`
	Weights []float64 `toml:"weights,omitempty" min:"0" doc:"of discrete: one a value" example:"[0.2, 0.5, 0.3]"`
}

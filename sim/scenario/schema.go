package scenario

// Scenario is hardware, pipeline and workload: all that a prediction needs but the profile's figures.
// A hardware file is a scenario that has only the hardware tables.
//
// There is one general form: [[resource]], [[stage]] and [[class]] tables. The hardware tables and the
// presets' tables are short for them; General writes them out.
//
// The struct tags are the schema: toml is the key; min, above, max and enum are rules; default is the
// value of a key that is not written (in words where it depends on others); doc explains it; example
// shows it where neither default nor kind do; single lets one element stand for a list of one. The
// reader, the errors, the prints and the reference are made from them.
type Scenario struct {
	Name     string `toml:"name,omitempty" doc:"name of the scenario or of the machine, for people" example:"8 x RTX 4090 server"`
	Hardware string `toml:"hardware,omitempty" doc:"machine to run on: an embedded name (8gpu, 1gpu-rtx4090, 2cpu) or a path relative to this file; keys written here override its keys" example:"8gpu"`
	Profile  string `toml:"profile,omitempty" doc:"measured service times: an embedded name or a path relative to this file; comes before the profile keys of cpu, gpu, link and [[resource]] for every type of resource that it has figures of" example:"cpu.toml"`

	CPU    CPU    `toml:"cpu,omitzero"`
	GPU    GPU    `toml:"gpu,omitzero"`
	Link   Link   `toml:"link,omitzero"`
	Memory Memory `toml:"memory,omitzero"`
	Price  *Price `toml:"price,omitempty"`

	Pipeline   *Pipeline   `toml:"pipeline,omitempty"`
	Server     *Server     `toml:"server,omitempty"`
	Preprocess *Preprocess `toml:"preprocess,omitempty"`
	Batcher    *Batcher    `toml:"batcher,omitempty"`
	Inference  *Inference  `toml:"inference,omitempty"`
	Identify   *Identify   `toml:"identify,omitempty"`
	Times      *Times      `toml:"times,omitempty"`

	Classes   []Class    `toml:"class,omitempty"`
	Resources []Resource `toml:"resource,omitempty"`
	Brokers   []Broker   `toml:"broker,omitempty"`
	Stages    []Stage    `toml:"stage,omitempty"`

	Servers Servers  `toml:"servers,omitzero"`
	Balance Balance  `toml:"balance,omitzero"`
	Outages []Outage `toml:"outage,omitempty"`

	Workload Workload `toml:"workload"`
	Scaling  Scaling  `toml:"scaling"`
	Run      Run      `toml:"run"`

	origin
}

// Servers are identical machines.
type Servers struct {
	Count int `toml:"count" min:"1" max:"1024" default:"1" doc:"identical servers, each with all that the hardware tables and resources say"`
	GPUs  int `toml:"gpus,omitzero" min:"0" max:"1024" default:"as gpu.count" doc:"GPUs in each server, where there is no [gpu] table: how many of what is per = \"gpu\" stand in it" example:"4"`
}

// Balance says how requests are spread.
type Balance struct {
	GPUs    string `toml:"gpus" enum:"round-robin|least-outstanding|power-of-two|random" default:"least-outstanding" doc:"which GPU of its server serves a request"`
	Servers string `toml:"servers" enum:"round-robin|least-outstanding|power-of-two|random" default:"round-robin" doc:"which server gets a request; it stays there"`
}

// Outage is a GPU, a server or a broker that fails and is repaired, on a schedule or at random.
type Outage struct {
	Of       string        `toml:"of" enum:"gpu|server|broker" default:"gpu" doc:"what fails"`
	Broker   string        `toml:"broker,omitempty" needed:"with of = \"broker\"" doc:"the broker that fails, with of = \"broker\", which then need not be written" example:"kafka"`
	Number   int           `toml:"number,omitzero" min:"0" max:"1048575" default:"0" doc:"which one, from 0 on; GPUs are counted over all servers; a broker fails on all of them"`
	At       []Duration    `toml:"at,omitempty" single:"true" doc:"when it fails, from the start of the simulation, ascending" example:"[\"10s\", \"60s\"]"`
	For      Duration      `toml:"for,omitzero" above:"0" needed:"with at" doc:"how long it is down each time" example:"5s"`
	MTBF     *Distribution `toml:"mtbf,omitempty" doc:"time from a repair to the next failure, at random instead of a schedule" example:"{dist = \"exponential\", mean = \"10min\"}"`
	MTTR     *Distribution `toml:"mttr,omitempty" needed:"with mtbf" doc:"time that a repair takes; needed with mtbf" example:"{dist = \"lognormal\", mean = \"30s\", cv = 0.5}"`
	Requests string        `toml:"requests" enum:"retried|lost" default:"retried, but lost by Redis" doc:"what happens to the requests inside when it fails"`
}

// Scaling says how far figures may be stretched.
type Scaling struct {
	AllowExtrapolation bool    `toml:"allow_extrapolation" default:"false" doc:"use batch sizes beyond those of the profile or of a table, with a warning; else they are an error"`
	Spread             float64 `toml:"spread,omitzero" min:"0" max:"2" default:"0" doc:"coefficient of variation that is assumed of times known by their mean alone (constants, tables without cv, published figures without quantiles), lognormal; 0: they are constants. Importers write it" example:"0.05"`
}

// Run says how long and with which random numbers the simulation runs.
type Run struct {
	Seed           uint64  `toml:"seed" default:"1" doc:"same seed, same result"`
	Replications   int     `toml:"replications,omitzero" min:"2" max:"1000" default:"8; 4 of systems of 256 pools and more" doc:"independent runs, from which the intervals come" example:"16"`
	ThroughputGoal float64 `toml:"throughput_goal" above:"0" max:"1" default:"0.01" doc:"stop when the 95 % interval of throughput is within this part of it"`
	P99Goal        float64 `toml:"p99_goal" above:"0" max:"1" default:"0.05" doc:"the same for the 99th percentile of latency"`
	Jitter         float64 `toml:"jitter" min:"0" max:"0.2" default:"0.01" doc:"relative standard deviation of otherwise constant times on a resource that several workers share, so that workers do not stay in step as no real server's do; 0: none"`
	CellServers    int     `toml:"cell_servers,omitzero" min:"2" max:"1024" default:"16" doc:"fleets of four times as many servers and more, that share nothing and get requests in turn or at random, are simulated as a cell of so many, with its part of the traffic" example:"1024"`
	MaxEvents      int64   `toml:"max_events" min:"1000" default:"400000000" doc:"stop, with a warning, after this many events of all replications; runs of what would help may take as many again (of traffic that ends, twice as many), those of what one live run shows 0.8 times as many. Of traffic that repeats itself and takes more, all of a cycle is simulated once, or where that is too much, too, moments of it"`
}

// origin is where a scenario came from; it is not part of the file.
type origin struct {
	file         string // as named by the user
	dir          string // what relative paths in it are relative to; "" for embedded files
	hardwareName string
	given        map[string]any
	own          map[string]any    // given without the machine's
	set          map[string]string // keys of it that were set from outside the file, and what set them
	faulty       []string          // keys that are wrong by themselves, while rules are checked
	choices      []choice          // keys without a default, while rules are checked
	profiles     *measurements     // that were read for the scenarios of its source
	written      bool              // in the general form, by General
}

package scenario

import (
	"fmt"
	"math"

	"vsim/sim/engine"
)

// ClosedKeys are the keys of a closed loop.
type ClosedKeys struct {
	Concurrency int           `toml:"concurrency,omitzero" min:"1" max:"1000000" default:"64 a GPU, or 4 a core without GPUs; 1 with stages of one's own" doc:"clients" example:"64"`
	ThinkTime   *Distribution `toml:"think_time,omitempty" default:"none" doc:"pause of a client between an answer and its next request" example:"{dist = \"exponential\", mean = \"20ms\"}"`
	Backoff     Duration      `toml:"backoff,omitzero" above:"0" default:"1ms, of closed" doc:"pause of a client whose request was rejected or lost"`
}

var closedArrivals = arrivalKind{
	name:    "closed",
	about:   "each client waits for its answer; with all others requests come whatever the server does",
	may:     []string{"concurrency", "think_time", "backoff"},
	implied: "concurrency",
	fill: func(s *Scenario) {
		clients := 1
		if !s.IsGeneral() {
			clients = choose(s.GPU.Count > 0, 64*s.GPU.Count, max(4*s.CPU.Cores, 1)) * s.Servers.Count
		}
		setDefault(&s.Workload.Concurrency, min(clients, 1e6), s.Given("workload.concurrency"))
	},
	note: func(w *Workload, _ *engine.Source) string {
		think := "no think time"
		if w.ThinkTime != nil {
			think = fmt.Sprintf("think time %g ms on average", w.ThinkTime.MeanNs(1)/1e6)
		}
		return fmt.Sprintf("Closed loop: %d client%s, %s", w.Concurrency, choose(w.Concurrency == 1, "", "s"), think)
	},
	start: func(s *Scenario, source *engine.Source) (key string, err error) {
		w := &s.Workload
		source.Clients, source.Backoff = w.Concurrency, w.Backoff.Duration()
		if w.ThinkTime != nil {
			source.Think, err = w.ThinkTime.Sampler(1)
		}
		return "think_time", err
	},
	part: func(w *Workload, of share) bool {
		clients := of.of(float64(w.Concurrency))
		w.Concurrency = int(math.Round(clients))
		return math.Abs(clients-float64(w.Concurrency)) < clients/1000
	},
}

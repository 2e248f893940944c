package check

import (
	"context"
	"time"

	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/repository"
)

// Workload is the load of a case: a closed loop of clients, or Poisson arrivals.
type Workload struct {
	Clients int
	RateRPS float64 // without clients
	Classes []Class // default: one
}

// Class is a kind of request: its share of all, relative, and its priority, 1 for the highest.
type Class struct {
	Name     string
	Weight   float64
	Priority int
}

// learner learns from a running server and says what it and changed ones will do.
type learner interface {
	// Round measures for about d; it may be called again.
	Round(ctx context.Context, d time.Duration) error
	// Scenario is that of servers with the models' configurations, from what was measured so far.
	Scenario(configs map[string]*wire.ModelConfig, w Workload) ([]byte, error)
	// Warnings are what is to be known of what was measured.
	Warnings() []string
}

// Server is one that runs.
type Server interface {
	GRPC() string            // its address, as oip.Dial takes it
	CPUTime() (int64, error) // of all its processes since they started, ns
	Stop()
}

// site is where servers are started and learned from: this machine, or a test's.
type site interface {
	// Start starts a server with a repository of these options.
	Start(ctx context.Context, o repository.Options) (Server, error)
	// Configs are the configurations of its models.
	Configs(o repository.Options) (map[string]*wire.ModelConfig, error)
	// Learn prepares to learn a model of a server.
	Learn(ctx context.Context, s Server, model string) (learner, error)
	// Prepare makes what requests have in them; a server with all models helps.
	Prepare(ctx context.Context, s Server) error
	// Inputs are the raw contents of requests to a model.
	Inputs(model string) [][]byte
}

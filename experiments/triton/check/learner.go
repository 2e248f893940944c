package check

import (
	"context"
	"time"

	"vsim/experiments/calibrate/running"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/repository"
	"vsim/profile"
)

// learner learns from a running server.
type learner interface {
	// Round measures for about d; it may be called again.
	Round(ctx context.Context, d time.Duration) error
	// Result is what was learned so far.
	Result() (calibration, error)
}

// calibration says what a server that was learned from, and changed ones, will do.
type calibration interface {
	// Scenario is that of servers with the models' configurations.
	Scenario(configs map[string]*wire.ModelConfig, w running.Workload) ([]byte, error)
	// Profile has the times that the scenario looks up.
	Profile() *profile.Profile
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
	// Prepare makes what requests have in them; a server with all models helps.
	Prepare(ctx context.Context, s Server) error
	// Learn prepares to learn a model of servers that differ in their settings alone.
	Learn(ctx context.Context, servers []Server, model string) (learner, error)
	// Images are what requests to a model have in them, as a load's target takes them.
	Images(model string) [][]byte
}

package check

import (
	"hash/crc32"
	"reflect"
	"strings"
	"time"

	"vsim/experiments/calibrate/running"
	"vsim/experiments/triton/repository"
	"vsim/sim/scenario"
)

// Case is one configuration to predict and to run: a server and its load.
type Case struct {
	Name    string
	Group   string             // the name of its server's settings
	Model   string             // that is asked: repository.Classify with tensors, repository.JPEG with JPEG files
	Server  repository.Options // what the server's repository is written with
	Clients int                // of a closed loop; 0: Poisson arrivals
	Load    float64            // of them: their rate over the predicted capacity of the server
	Measure time.Duration      // how long it is measured

	quick bool
	rps   float64 // of Poisson arrivals, once it is known
}

// full is how many clients keep a server full when its capacity is predicted.
const full = 64

// open says that requests come whether or not earlier ones are answered.
func (c *Case) open() bool { return c.Clients == 0 }

// keepsUp says that a server delivers what it is offered, which is then no prediction.
func (c *Case) keepsUp() bool { return c.open() && c.Load < 1 }

// seed is that of the live run of a case in a round.
func (c *Case) seed(round int) uint64 {
	return uint64(crc32.ChecksumIEEE([]byte(c.Name)))<<8 | uint64(round+1)
}

// slug is the case's name as one of a file.
func (c *Case) slug() string {
	return strings.NewReplacer(", ", "-", " ", "-", "%", "percent", "/", "-").Replace(c.Name)
}

// workload is the load as a calibration takes it.
func (c *Case) workload() running.Workload {
	w := running.Workload{Clients: c.Clients, RateRPS: c.rps, Profile: "../" + profileOf(c.Model)}
	if c.Server.Levels > 0 {
		w.Classes = classesByPriority
	}
	return w
}

// classesByPriority are the classes of requests where there are two levels: a third of them is urgent.
var classesByPriority = []scenario.Class{{Name: "high", Weight: 1, Priority: 1}, {Name: "low", Weight: 2, Priority: 2}}

// atCapacity is the case that tells the capacity of its server: full of clients whom nobody turns away.
func (c *Case) atCapacity() *Case {
	s := c.Server
	s.Levels, s.DefaultLevel, s.Policy, s.Policies = 0, 0, nil, nil
	return &Case{Name: c.Name, Model: c.Model, Server: s, Clients: full}
}

// group are cases with the same server.
type group []*Case

// groups are the cases by server, in order.
func groups(cases []*Case) (out []group) {
	for _, c := range cases {
		if n := len(out); n > 0 && reflect.DeepEqual(out[n-1][0].Server, c.Server) {
			out[n-1] = append(out[n-1], c)
			continue
		}
		out = append(out, group{c})
	}
	return out
}

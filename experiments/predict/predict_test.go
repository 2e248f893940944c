package predict

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"vsim/sim"
	"vsim/sim/random"
)

func TestTry(t *testing.T) {
	service, _ := random.Exponential(1e6)
	gap, _ := random.Exponential(1e9 / 800)
	sys := &sim.System{
		Seed:      1,
		Classes:   []sim.Class{{Name: "one", Weight: 1}},
		Resources: []sim.Resource{{Name: "server", Type: sim.Delay, Kinds: []sim.Kind{{Name: "work"}}}},
		Pools: []sim.Pool{{Name: "queue", Workers: 1, Steps: []sim.Step{{
			Name: "work", Resource: []int{0}, Service: sim.Service{At: [][]*random.Sampler{{service}}},
		}}}},
		Route:  []sim.Node{{Pools: []int{0}}},
		Source: sim.Source{Gap: gap},
	}
	p, err := Run(context.Background(), sys, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", " ")
	enc.Encode(p)
}

package paper

import (
	"context"
	"testing"
)

// Clients grow with the GPUs, from what the scenario has for one; a single GPU is the scenario as it stands.
func TestFigure9HasClientsForEachGPU(t *testing.T) {
	lab := &Lab{Set: []string{"run.max_events=100000"}}
	lines := []line9{{name: "inference alone", file: "fig9-inference.toml"}}
	if err := predictLines(context.Background(), lab, lines); err != nil {
		t.Fatal(err)
	}
	if want := scenarioAt(t, "fig9-inference.toml").Workload.Concurrency; lines[0].clients != want {
		t.Errorf("%d clients a GPU, the scenario has %d", lines[0].clients, want)
	}
	if alone := predicted(t, "fig9-inference.toml", "run.max_events=100000").ThroughputRPS; lines[0].served[0] != alone {
		t.Errorf("one GPU serves %v, the scenario as it stands %v", lines[0].served[0], alone)
	}
	for gpus := 2; gpus <= mostGPUs; gpus++ {
		if r := lines[0].over(gpus, 1).Value; !near(r, float64(gpus), 0.05) {
			t.Errorf("%d GPUs serve %.2f times as much as one, where nothing is shared", gpus, r)
		}
	}
}

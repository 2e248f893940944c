package sim

import (
	"fmt"
	"reflect"
	"testing"
)

// A worker that is free takes the first client that comes back: of n clients and room for them all it serves one and n-1 in
// turn, each batch of k taking 2 + k ms; with twice the room or more clients waiting than that, full batches.
func TestClientsComeBackOneByOne(t *testing.T) {
	const server = `
[[stage]]
name = "model"
max_batch = 8
service = {mean = "2ms", per_image = "1ms"}
[workload]
concurrency = %d
`
	for clients, want := range map[int]float64{
		1:  1 / 3e-3,
		2:  2 / (3e-3 + 3e-3),
		8:  8 / (3e-3 + 9e-3),
		12: 12 / (10e-3 + 6e-3), // eight, and the four that waited meanwhile
		16: 8 / 10e-3,
		40: 8 / 10e-3,
	} {
		p := predicted(t, fmt.Sprintf(server, clients))
		if !near(p.ThroughputRPS.Value, want, 2e-3) {
			t.Errorf("%d clients: %v/s, want %v", clients, p.ThroughputRPS.Value, want)
		}
	}
	for _, clients := range []int{3, 8} {
		text := fmt.Sprintf(server, clients)
		if !reflect.DeepEqual(numbers(t, predicted(t, text)), numbers(t, predicted(t, text, "workload.think_time=0ms"))) {
			t.Errorf("%d clients: a think time of 0 makes a difference", clients)
		}
	}
}

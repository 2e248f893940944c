package engine

import (
	"math"
	"strings"
	"testing"
	"time"

	"vsim/sim/engine/random"
)

// TestContradictions: each mistake is named, none panics.
func TestContradictions(t *testing.T) {
	for want, spoil := range map[string]func(sys *System){
		"needs a route":                     func(sys *System) { sys.Route = nil },
		"at least one class":                func(sys *System) { sys.Classes = nil },
		"weight -1 is negative":             func(sys *System) { sys.Classes[0].Weight = -1 },
		"add up to 0":                       func(sys *System) { sys.Classes[0].Weight = 0 },
		"clients, gaps or arrivals":         func(sys *System) { sys.Source.Clients = 3 },
		"mean gap between arrivals":         func(sys *System) { sys.Source.Gap = constant(0) },
		"node 0 has 0 pools and 0 branches": func(sys *System) { sys.Route[0].Pools = nil },
		"there is no pool 4":                func(sys *System) { sys.Route[0].Pools[0] = 4 },
		"-1 workers":                        func(sys *System) { sys.Pools[0].Workers = -1 },
		"delay -1ms":                        func(sys *System) { sys.Pools[0].Batch.Delay = -time.Millisecond },
		"0 steps":                           func(sys *System) { sys.Pools[0].Steps = nil },
		"names 2 resources for 1":           func(sys *System) { sys.Pools[0].Steps[0].Resource = []int{0, 0} },
		"no kind 3 on resource 0":           func(sys *System) { sys.Pools[0].Steps[0].Kind = 3 },
		"no kind 7 on resource 0":           func(sys *System) { sys.Pools[0].Steps[0].Kinds = []int{0, 7} },
		"kinds for batches up to 1 of 2":    func(sys *System) { sys.Pools[0].Batch.Max, sys.Pools[0].Steps[0].Kinds = 2, []int{0} },
		"no kind 0 on resource 9":           func(sys *System) { sys.Pools[0].Steps[0].Resource = []int{9} },
		"times for batches up to 1 of 4":    func(sys *System) { sys.Pools[0].Batch.Max = 4 },
		"times for 2 classes of 1": func(sys *System) {
			sys.Pools[0].Steps[0].Service.At = append(sys.Pools[0].Steps[0].Service.At, []*random.Sampler{constant(1)})
		},
		"capacity -1":   func(sys *System) { sys.Resources[0].Capacity = -1 },
		"capacity +Inf": func(sys *System) { sys.Resources[0].Capacity = math.Inf(1) },
		"0 kinds":       func(sys *System) { sys.Resources[0].Kinds = nil },
		"width NaN":     func(sys *System) { sys.Resources[0].Kinds[0].Width = math.NaN() },
		"limit -1":      func(sys *System) { sys.Resources[0].Kinds[0].Limit = -1 },
		"NaN W":         func(sys *System) { sys.Resources[0].Kinds[0].Watts = math.NaN() },
		"speed +Inf":    func(sys *System) { sys.Resources[0].Speed = math.Inf(1) },
		"-2 slots":      func(sys *System) { sys.Resources[0].Slots = -2 },
		"-5 W idle":     func(sys *System) { sys.Resources[0].IdleWatts = -5 },
		"one of 17 kinds": func(sys *System) {
			sys.Resources[0].Kinds = append(make([]Kind, 16), Kind{Limit: 1})
		},
		"excess for 2":   func(sys *System) { sys.Resources[0].Excess = make([][]Curve, 2) },
		"after 1 neighb": func(sys *System) { sys.Resources[0].Excess = [][]Curve{{{{1, 0.1}, {1, 0.2}}}} },
	} {
		sys := queue(1, poisson(500), exponential(time.Millisecond))
		spoil(sys)
		if _, err := New(sys, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, found %v", want, err)
		}
	}
}

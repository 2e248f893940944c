package profile

import (
	"fmt"
	"slices"
	"strings"
)

// OtherProcesses is the disturbance that vsim sees on any machine.
const OtherProcesses = "other processes"

// SlowerHost is that the machine was slower than usual for a while, by a job that is always the same: as a rule somebody else works on the host of a
// virtual machine.
const SlowerHost = "a slower host"

// Conditions say how quiet the machine was during the bursts that a profile's figures are made of. Bursts that were
// disturbed and could be repeated are not among them.
type Conditions struct {
	OtherCores float64  `toml:"other_cores,omitzero" min:"0" max:"1e6"` // that other processes used on average, steal included
	StealCores float64  `toml:"steal_cores,omitzero" min:"0" max:"1e6"` // of these, what a hypervisor took
	Disturbed  float64  `toml:"disturbed,omitzero" min:"0" max:"1"`     // part of the bursts that were disturbed, 0 to 1
	By         []string `toml:"disturbed_by,omitempty"`                 // OtherProcesses, SlowerHost, or what was seen at the GPU
	// Of the processors before and after measuring, empty where the system does not tell: their mean clock, and the
	// temperature of the hottest.
	ClockMHz     []float64 `toml:"clock_mhz,omitempty" min:"0" max:"1e9"`
	TemperatureC []float64 `toml:"temperature_c,omitempty" min:"0" max:"1e4"`
}

// mostDisturbed is the part of the bursts that may be disturbed without a word about the whole profile: the warnings of the
// figures say which.
const mostDisturbed = 0.05

// Doubt says that others disturbed what a profile is made of, and what that means; "" where they hardly did.
func (c *Conditions) Doubt() string {
	if c.Disturbed <= mostDisturbed {
		return ""
	}
	by, wider := strings.Join(c.By, ", "), ""
	if slices.Contains(c.By, OtherProcesses) {
		by = strings.Replace(by, OtherProcesses, fmt.Sprintf("%s (%.1f cores on average)", OtherProcesses, c.OtherCores), 1)
		wider = ", and its intervals are wider by the part of the machine that others took"
	}
	how := "beside a busy neighbour: " + by + " disturbed"
	if slices.Equal(c.By, []string{SlowerHost}) {
		how = "while the machine was slower than usual at times, which disturbed"
	}
	return fmt.Sprintf("was measured %s %.3g %% of the bursts that count; its times may be too long%s; profile again on a quiet machine", how, 100*c.Disturbed, wider)
}

// add takes in those of another profile: the worse counts, and of the processors' state the first.
func (c *Conditions) add(other *Conditions) {
	c.OtherCores, c.StealCores = max(c.OtherCores, other.OtherCores), max(c.StealCores, other.StealCores)
	c.Disturbed = max(c.Disturbed, other.Disturbed)
	for _, by := range other.By {
		if !slices.Contains(c.By, by) {
			c.By = append(c.By, by)
		}
	}
	slices.Sort(c.By)
	if c.ClockMHz == nil {
		c.ClockMHz = other.ClockMHz
	}
	if c.TemperatureC == nil {
		c.TemperatureC = other.TemperatureC
	}
}

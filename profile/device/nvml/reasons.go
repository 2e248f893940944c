package nvml

import "strings"

// Reasons are bits that say why the clock is not higher (nvmlClocksEventReasons).
type Reasons uint64

var reasonNames = []struct {
	bit      Reasons
	name     string
	disturbs bool // the GPU is slower than it would be at its best
}{
	{0x001, "idle", false},
	{0x002, "application clocks", false}, // a setting of the card: it holds all the time
	{0x004, "power cap", false},          // how the card runs every load that reaches its limit
	{0x008, "hardware slowdown", true},
	{0x010, "sync boost", false},
	{0x020, "software thermal slowdown", true},
	{0x040, "hardware thermal slowdown", true},
	{0x080, "power brake", true},
	{0x100, "display clock", false},
}

// Disturbing are those reasons that make a measurement slower than the card is: heat, a power brake, a
// hardware slowdown.
func (r Reasons) Disturbing() Reasons {
	var out Reasons
	for _, n := range reasonNames {
		if n.disturbs {
			out |= r & n.bit
		}
	}
	return out
}

func (r Reasons) String() string {
	var out []string
	for _, n := range reasonNames {
		if r&n.bit != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}

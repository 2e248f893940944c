package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a span with a unit: "2ms", "6us", "1.5s". Stored in whole nanoseconds.
type Duration time.Duration

// Rate is a number of requests a time: "200/s", "12000/min". Stored per second.
type Rate float64

// Bytes is a size with a unit: "121kB", "24GiB". Stored in bytes.
type Bytes float64

// Bandwidth is a size a time: "24GB/s". Stored in bytes per second.
type Bandwidth float64

// Power is energy a time: "350W". Stored in watts.
type Power float64

// unit is a suffix and its size in base units.
type unit struct {
	suffix string
	scale  float64
}

var (
	durationUnits = []unit{{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"h", 3600e9}}
	rateUnits     = []unit{{"/s", 1}, {"/ms", 1e3}, {"/min", 1. / 60}, {"/h", 1. / 3600}}
	byteUnits     = []unit{{"B", 1}, {"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
		{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}}
	bandwidthUnits = perSecond(byteUnits)
	powerUnits     = []unit{{"W", 1}, {"mW", 1e-3}, {"kW", 1e3}}
)

func perSecond(units []unit) []unit {
	out := make([]unit, len(units))
	for i, u := range units {
		out[i] = unit{u.suffix + "/s", u.scale}
	}
	return out
}

// quantity is a number that must be written with a unit.
type quantity interface {
	set(base float64)
	base() float64
	units() []unit
	example() string
}

func (d *Duration) set(x float64)  { *d = Duration(math.Round(x)) }
func (r *Rate) set(x float64)      { *r = Rate(x) }
func (b *Bytes) set(x float64)     { *b = Bytes(x) }
func (b *Bandwidth) set(x float64) { *b = Bandwidth(x) }
func (p *Power) set(x float64)     { *p = Power(x) }

func (d Duration) base() float64  { return float64(d) }
func (r Rate) base() float64      { return float64(r) }
func (b Bytes) base() float64     { return float64(b) }
func (b Bandwidth) base() float64 { return float64(b) }
func (p Power) base() float64     { return float64(p) }

func (Duration) units() []unit  { return durationUnits }
func (Rate) units() []unit      { return rateUnits }
func (Bytes) units() []unit     { return byteUnits }
func (Bandwidth) units() []unit { return bandwidthUnits }
func (Power) units() []unit     { return powerUnits }

func (Duration) example() string  { return "2ms" }
func (Rate) example() string      { return "200/s" }
func (Bytes) example() string     { return "24GB" }
func (Bandwidth) example() string { return "24GB/s" }
func (Power) example() string     { return "350W" }

// Duration is the span as the standard library has it.
func (d Duration) Duration() time.Duration { return time.Duration(d) }

// Ns is the span in nanoseconds.
func (d Duration) Ns() float64 { return float64(d) }

// MarshalText writes the span in the largest unit in which it is at least 1.
func (d Duration) MarshalText() ([]byte, error) {
	return []byte(format(float64(d), []unit{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}})), nil
}

// MarshalText writes the rate per second.
func (r Rate) MarshalText() ([]byte, error) { return []byte(format(float64(r), rateUnits[:1])), nil }

// MarshalText writes the size in the largest decimal unit that keeps every digit.
func (b Bytes) MarshalText() ([]byte, error) {
	return []byte(format(float64(b), byteUnits[:5])), nil
}

// MarshalText writes the bandwidth in the largest decimal unit that keeps every digit.
func (b Bandwidth) MarshalText() ([]byte, error) {
	return []byte(format(float64(b), bandwidthUnits[:5])), nil
}

// MarshalText writes the power in watts.
func (p Power) MarshalText() ([]byte, error) { return []byte(format(float64(p), powerUnits[:1])), nil }

// format writes x, in base units, in the largest unit in which it is at least 1 and reads back as x.
func format(x float64, units []unit) string {
	best := units[0]
	for _, u := range units[1:] {
		if math.Abs(x) >= u.scale && x/u.scale*u.scale == x {
			best = u
		}
	}
	return strconv.FormatFloat(x/best.scale, 'f', -1, 64) + best.suffix
}

// ParseDuration reads a span as scenarios have it, "2.5ms" or "2.5 ms". The error is a rule with an example.
func ParseDuration(text string) (time.Duration, error) {
	var d Duration
	err := parseQuantity(text, &d)
	return d.Duration(), err
}

// ParseRate reads a rate as scenarios have it, "200/s" or "12000/min". The error is a rule with an example.
func ParseRate(text string) (Rate, error) {
	var r Rate
	err := parseQuantity(text, &r)
	return r, err
}

// ParseBytes reads a size as scenarios have it, "10kB" or "1.5 MiB". The error is a rule with an example.
func ParseBytes(text string) (Bytes, error) {
	var b Bytes
	err := parseQuantity(text, &b)
	return b, err
}

// parseQuantity reads "24GB/s" into q; blanks may stand before the unit. The error is a rule with an example.
func parseQuantity(text string, q quantity) error {
	trimmed := strings.TrimSpace(text)
	at := strings.LastIndexAny(trimmed, "0123456789.") + 1
	number, suffix := trimmed[:at], strings.TrimSpace(trimmed[at:])
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Errorf("must be a number with a unit, such as %q", q.example())
	}
	if suffix == "" {
		return fmt.Errorf("has no unit; write for example %q (units: %s)", number+q.units()[defaultUnit(q)].suffix, unitNames(q))
	}
	for _, u := range q.units() {
		if u.suffix == suffix {
			x := value * u.scale
			if math.Abs(x) >= 1<<62 {
				return fmt.Errorf("is too large")
			}
			if q.set(x); value != 0 && q.base() == 0 {
				return fmt.Errorf("is too small: it would be rounded to 0%[1]s; write 0%[1]s, or at least 1%[1]s", q.units()[0].suffix)
			}
			return nil
		}
	}
	return fmt.Errorf("%q is not a unit here (units: %s)", suffix, unitNames(q))
}

// defaultUnit is the unit that the example uses.
func defaultUnit(q quantity) int {
	for i, u := range q.units() {
		if strings.TrimLeft(q.example(), "0123456789.") == u.suffix {
			return i
		}
	}
	return 0
}

func unitNames(q quantity) string {
	names := make([]string, len(q.units()))
	for i, u := range q.units() {
		names[i] = u.suffix
	}
	return strings.Join(names, ", ")
}

package plan

import (
	"fmt"
	"math"
	"strconv"
)

// digits writes a number with three significant digits, or all before the point.
func digits(x float64) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return map[bool]string{true: "0", false: "?"}[x == 0]
	}
	magnitude := int(math.Floor(math.Log10(math.Abs(x) * 1.0005)))
	return strconv.FormatFloat(x, 'f', max(2-magnitude, 0), 64)
}

// seconds writes a span in the unit that suits it.
func seconds(s float64) string {
	for _, u := range []struct {
		name string
		s    float64
	}{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}} {
		if s >= 0.9995*u.s {
			return digits(s/u.s) + " " + u.name
		}
	}
	return digits(s*1e9) + " ns"
}

// percent writes a part.
func percent(part float64) string { return strconv.FormatFloat(100*part, 'f', 1, 64) + " %" }

// money writes a price.
func (s *search) money(x float64) string { return money(x, s.currency) }

func money(x float64, currency string) string {
	if x < 1 {
		return digits(x) + " " + currency
	}
	return strconv.FormatFloat(x, 'f', 2, 64) + " " + currency
}

// show writes a value of the objective's metric.
func (o *SLO) show(x float64) string {
	switch {
	case o.latency():
		return seconds(x)
	case o.Metric == Throughput:
		return digits(x) + "/s"
	case o.Metric == ErrorRate:
		return digits(100*x) + " %"
	}
	return digits(x) + " J"
}

// load writes a rate, with its cameras where there are some.
func load(rps float64, cameras int) string {
	if cameras > 0 {
		return fmt.Sprintf("%d camera%s (%s frames/s)", cameras, plural(cameras), digits(rps))
	}
	return digits(rps) + " requests/s"
}

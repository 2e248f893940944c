package report

import (
	"fmt"
	"regexp"
	"strings"

	"vsim/experiments/predict"
)

// resourceGroup is resources that differ only in their number: gpu0, gpu1, ...
type resourceGroup struct {
	name string
	busy []float64
}

var numbered = regexp.MustCompile(`^([^0-9]*)[0-9]*(.*)$`)

// group puts resources together whose names differ only in the first number, in the order of the first.
func group(resources []predict.Resource) []resourceGroup {
	var out []resourceGroup
	at := map[string]int{}
	for _, r := range resources {
		name := strings.TrimSpace(numbered.ReplaceAllString(r.Name, "$1$2"))
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, resourceGroup{name: name})
		}
		out[i].busy = append(out[i].busy, r.Utilization)
	}
	return out
}

func (g *resourceGroup) mean() float64 {
	sum := 0.
	for _, b := range g.busy {
		sum += b
	}
	return sum / float64(len(g.busy))
}

// label is "gpu x 8", or the name alone.
func (g *resourceGroup) label() string {
	if len(g.busy) == 1 {
		return g.name
	}
	return fmt.Sprintf("%s x %d", g.name, len(g.busy))
}

// bottleneck says in a sentence or two what limits the system and how busy the rest is.
func bottleneck(p *predict.Prediction, groups []resourceGroup) string {
	if p.Bottleneck == "" {
		return "Bottleneck: none of the resources is busy; the latency is all waiting by rule or thinking."
	}
	limit, rest := "", []string{}
	for i := range groups {
		g := &groups[i]
		if limit == "" && (g.name == p.Bottleneck || strings.HasPrefix(g.name, p.Bottleneck+" ")) {
			limit = fmt.Sprintf("%s busy", percent(g.mean()))
			if len(g.busy) > 1 {
				limit = fmt.Sprintf("%d of them, %s busy", len(g.busy), percent(g.mean()))
			}
			continue
		}
		rest = append(rest, fmt.Sprintf("%s %s", g.label(), percent(g.mean())))
	}
	if limit == "" {
		limit = "its workers are " + percent(busiestWorkers(p)) + " busy"
	}
	sentence := fmt.Sprintf("Bottleneck: %s (%s).", p.Bottleneck, limit)
	if len(rest) > 0 {
		sentence += " Busy besides: " + strings.Join(rest, ", ") + "."
	}
	return sentence
}

// busiestWorkers is the utilization of the pool that the bottleneck names.
func busiestWorkers(p *predict.Prediction) float64 {
	most := 0.
	for _, s := range p.Stages {
		if strings.HasPrefix(s.Name, p.Bottleneck) {
			most = max(most, s.Utilization)
		}
	}
	return most
}

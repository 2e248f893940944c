package report

import (
	"fmt"
	"regexp"
	"strings"

	"vsim/sim/predict"
)

// resourceGroup is resources that differ only in their number: gpu0, gpu1, ...
type resourceGroup struct {
	name string
	busy []float64
}

var numbered = regexp.MustCompile(`^(.*?)[0-9]+\b(.*)$`) // a number at the end of a word, not that of "h2d"

// group puts resources together whose names differ only in the first number, in the order of the first.
func group(resources []predict.Resource) []resourceGroup {
	var out []resourceGroup
	at := map[string]int{}
	for _, r := range resources {
		if r.Type == "delay" { // nobody waits there, and there is no capacity to be busy
			continue
		}
		name := strings.TrimSpace(numbered.ReplaceAllString(r.Name, "$1$2"))
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, resourceGroup{name: name})
		}
		out[i].busy = append(out[i].busy, r.Utilization.Value)
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

// bottleneck says in a sentence or two what limits the system and how busy the rest is. The prediction
// names a type of resource, or a pool whose workers are all busy while no resource is.
func bottleneck(p *predict.Prediction, groups []resourceGroup) string {
	switch {
	case p.Bottleneck == "":
		return "Bottleneck: none; nothing is busy."
	case len(groups) == 0:
		return "Bottleneck: " + p.Bottleneck + "."
	}
	limit := limiting(p.Bottleneck, groups)
	how := ""
	switch workers := workersBusy(p); {
	case limit >= 0 && len(groups[limit].busy) > 1:
		how = fmt.Sprintf("%d of them, %s busy", len(groups[limit].busy), percent(groups[limit].mean()))
	case limit >= 0:
		how = percent(groups[limit].mean()) + " busy"
	case workers > 0:
		how = "its workers are " + percent(workers) + " busy"
	default:
		limit = busiest(groups)
		how = groups[limit].label() + " is " + percent(groups[limit].mean()) + " busy"
	}
	sentence := fmt.Sprintf("Bottleneck: %s (%s).", p.Bottleneck, how)
	var rest []string
	for i := range groups {
		if i != limit {
			rest = append(rest, fmt.Sprintf("%s %s", groups[i].label(), percent(groups[i].mean())))
		}
	}
	if len(rest) > 0 {
		sentence += " The others: " + strings.Join(rest, ", ") + "."
	}
	return sentence
}

// limiting finds the busiest group of resources of a type; -1 when none is called so.
func limiting(name string, groups []resourceGroup) int {
	at := -1
	for i := range groups {
		g := &groups[i]
		if (g.name == name || strings.HasPrefix(g.name, name+" ")) && (at < 0 || g.mean() > groups[at].mean()) {
			at = i
		}
	}
	return at
}

func busiest(groups []resourceGroup) int {
	at := 0
	for i := range groups {
		if groups[i].mean() > groups[at].mean() {
			at = i
		}
	}
	return at
}

// workersBusy is the utilization of the workers of the pool that the bottleneck names, 0 when it
// names none.
func workersBusy(p *predict.Prediction) float64 {
	for _, s := range p.Stages {
		if s.Name == p.Bottleneck+" queue" {
			return s.Utilization.Value
		}
	}
	return 0
}

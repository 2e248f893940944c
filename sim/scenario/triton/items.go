package triton

import (
	"fmt"
	"maps"
	"slices"

	"vsim/sim/scenario"
)

// maxItems is the most items that a model may return for a request.
const maxItems = 10_000

// items sets into how many requests each one falls apart after a model that returns several items, and warns of
// models whose code may do so without a word in the configuration.
func (im *importer) items(entries []*entry, visits []*visit) {
	followed := map[string]bool{} // models that others take something from
	for _, e := range entries {
		for i := range e.vertices {
			im.itemsOf(e, &e.vertices[i], followed)
		}
	}
	im.checkItems(visits, followed)
	for _, c := range distinct(visits) {
		if c.backend() == "python" {
			im.codeMay(c, followed[c.Name])
		}
	}
}

// itemsOf looks at what a vertex takes from the models before it.
func (im *importer) itemsOf(e *entry, x *vertex, followed map[string]bool) {
	for _, before := range x.after {
		at := slices.IndexFunc(e.vertices, func(o vertex) bool { return o.name == before })
		if e.vertices[at].visit == nil {
			continue
		}
		name := e.vertices[at].visit.config.Name
		if followed[name] = true; im.opt.Items[name] > 1 {
			im.copy(x, name)
		}
	}
}

// copy makes each of a request's items a request of its own on the way into a vertex.
func (im *importer) copy(x *vertex, from string) {
	if len(x.after) > 1 || x.visit == nil {
		im.fault(scenario.Fault{File: "--items", Key: from, Found: fmt.Sprint(im.opt.Items[from]), Rule: fmt.Sprintf("%q waits for other models, too, which is not simulated for several items", x.name)})
		return
	}
	x.copies = im.opt.Items[from]
	im.warn(x.visit.step.fault("model_name", quote(x.visit.config.Name), fmt.Sprintf("gets %d requests for each one of %q (--items)", x.copies, from), "Triton keeps the items of a request in one batch, the simulator may part them"))
}

// codeMay warns of what a model's own code may do.
func (im *importer) codeMay(c *modelConfig, followed bool) {
	field := "backend"
	if c.lines[field] == 0 && c.Platform != "" {
		field = "platform"
	}
	rule, remedy := "its code may call other models (BLS), which is not simulated", "its time must hold that of its calls"
	if _, said := im.opt.Items[c.Name]; followed && !said {
		rule = "its code may call other models (BLS) or return several items for a request, which is not simulated"
		remedy += fmt.Sprintf("; --items %s=N says how many items", c.Name)
	}
	im.warn(c.fault(field, `"python"`, rule, remedy))
}

func (im *importer) checkItems(visits []*visit, followed map[string]bool) {
	var names []string
	for _, c := range distinct(visits) {
		names = append(names, c.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(im.opt.Items)) {
		n := im.opt.Items[name]
		f := scenario.Fault{File: "--items", Key: name, Found: fmt.Sprint(n)}
		switch {
		case !slices.Contains(names, name):
			f.Rule, f.Remedy = "no model of this name is imported", nearest(name, names)
		case n < 1 || n > maxItems:
			f.Rule = fmt.Sprintf("must be from 1 to %d", maxItems)
		case !followed[name]:
			f.Rule, f.Remedy = "no model takes what it returns", "its own time must hold the work on all of its items"
		default:
			continue
		}
		im.fault(f)
	}
}

// distinct lists the configurations of visits, each once.
func distinct(visits []*visit) (out []*modelConfig) {
	for _, v := range visits {
		if !slices.Contains(out, v.config) {
			out = append(out, v.config)
		}
	}
	return out
}

package triton

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vsim/sim/scenario"
)

// The server's rate limiter (tritonserver --rate-limit). An instance executes only while the server has as many of
// each resource left as its group lists; without a count of the server's, there are as many as the instance that needs
// most lists (server/docs/user_guide/rate_limiter.md; ResourceManager, rate_limiter.cc).
const (
	RateLimitOn  = "execution_count"
	RateLimitOff = "off"
)

// anyDevice is the device of resources that are there once for all.
const anyDevice = -2

// stock is a resource of the rate limiter on a device.
type stock struct {
	name   string
	device int
}

// limiter is the rate limiter: what the groups need of each stock, and what there is.
type limiter struct {
	needs map[stock][]int // counts, by group
	given map[string]int  // counts of the server's command line
}

// hold is what a batch takes of a resource that several groups need, from its first step to its last.
type hold struct {
	resource string
	count    int
	device   int // anyDevice, onHost, or any GPU
}

// parseLimits reads --rate-limit and the counts of --rate-limit-resource, "NAME:COUNT".
func parseLimits(opt *Options) (*limiter, error) {
	l := &limiter{needs: map[stock][]int{}, given: map[string]int{}}
	if opt.RateLimit != RateLimitOn && opt.RateLimit != RateLimitOff {
		return nil, scenario.BadInput("--rate-limit", "%q is none of its values; take %s, %s", opt.RateLimit, RateLimitOn, RateLimitOff)
	}
	for _, text := range opt.RateLimitResources {
		name, count, _ := strings.Cut(text, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || strings.TrimSpace(name) == "" {
			return nil, scenario.BadInput("--rate-limit-resource", "%q is no name and count; write for example R1:4", text)
		}
		name = strings.TrimSpace(name)
		if have, twice := l.given[name]; twice {
			return nil, scenario.BadInput("--rate-limit-resource", "%q stands twice, with %d and %d; keep one of them", name, have, n)
		}
		l.given[name] = n
	}
	return l, nil
}

// limited lists the resources that a group needs, if the server has a rate limiter.
func (im *importer) limited(g *group) (out []limited) {
	if g.RateLimiter == nil || len(g.RateLimiter.Resources) == 0 || im.opt.RateLimit == RateLimitOff {
		return nil
	}
	for _, r := range g.RateLimiter.Resources {
		if r.Count > 0 {
			out = append(out, r)
		}
	}
	return out
}

// stocks are what a resource's need is of: one for each device of the group, each once.
func stocks(g *group, r *limited) (out []stock) {
	if r.Global {
		return []stock{{r.Name, anyDevice}}
	}
	for _, d := range g.devices {
		if s := (stock{r.Name, d}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// limit has the rate limiter know what the groups of a model need.
func (im *importer) limit(p *placement) {
	for i := range p.groups {
		for _, r := range im.limited(&p.groups[i]) {
			for _, s := range stocks(&p.groups[i], &r) {
				im.limiter.needs[s] = append(im.limiter.needs[s], int(r.Count))
			}
		}
	}
}

// unneeded warns of resources of the command line that no instance group needs.
func (im *importer) unneeded() {
	var names []string
	for s := range im.limiter.needs {
		names = append(names, s.name)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range slices.Sorted(maps.Keys(im.limiter.given)) {
		f := scenario.Fault{File: "--rate-limit-resource", Key: short(name), Found: fmt.Sprint(im.limiter.given[name])}
		switch {
		case slices.Contains(names, name):
			continue
		case im.opt.RateLimit == RateLimitOff:
			f.Rule, f.Remedy = "has no effect with --rate-limit off", "drop one of the two"
		case len(names) == 0:
			f.Rule, f.Remedy = "has no effect: no instance group needs a resource", "rate_limiter { resources } in instance_group says what an instance needs"
		default:
			f.Rule, f.Remedy = "has no effect: no instance group needs this resource", nearest(name, names)
		}
		im.warn(f)
	}
}

// available is how much there is of a stock.
func (l *limiter) available(s stock) int {
	if given, ok := l.given[s.name]; ok {
		return given
	}
	return slices.Max(l.needs[s])
}

// atOnce is how many instances of a group may execute at once, for resources that no other group needs. Of others, its
// batches hold what they need.
func (im *importer) atOnce(g *group, p *placement) int {
	all := g.count * len(g.devices)
	resources := im.limited(g)
	if g.RateLimiter != nil && len(g.RateLimiter.Resources) > 0 && im.opt.RateLimit == RateLimitOff {
		im.warn(g.RateLimiter.fault("resources", nil, "left out, as by a server without --rate-limit", ""))
	}
	n := all
	for i := range resources {
		if r := &resources[i]; im.enough(g, r) {
			if shared := slices.ContainsFunc(stocks(g, r), func(s stock) bool { return len(im.limiter.needs[s]) > 1 }); shared {
				im.hold(g, r, p)
				continue
			}
			n = min(n, im.fit(g, r))
		}
	}
	if len(resources) > 0 && p.held[g.kind].count == 0 {
		im.warn(g.RateLimiter.fault("resources", nil, fmt.Sprintf("%d of its %d instances execute at once, as with tritonserver --rate-limit=%s", n, all, RateLimitOn), "--rate-limit off is for a server without it"))
	}
	if n < all {
		g.note += fmt.Sprintf("; the rate limiter lets %d run at once", n)
	}
	return n
}

// enough checks that there is as much of a resource as one instance needs.
func (im *importer) enough(g *group, r *limited) bool {
	for _, s := range stocks(g, r) {
		if have := im.limiter.available(s); int(r.Count) > have {
			im.fault(r.fault("count", r.Count, fmt.Sprintf("there are %d of resource %q", have, r.Name), "--rate-limit-resource says how many"))
			return false
		}
	}
	return true
}

// fit is how many instances of a group a resource is enough for.
func (im *importer) fit(g *group, r *limited) (n int) {
	on := map[int]int{} // instances by device
	for _, d := range g.devices {
		on[d] += g.count
	}
	if r.Global {
		return min(g.count*len(g.devices), im.limiter.available(stock{r.Name, anyDevice})/int(r.Count))
	}
	for d, instances := range on {
		n += min(instances, im.limiter.available(stock{r.Name, d})/int(r.Count))
	}
	return n
}

// hold has the batches of a group take of a resource that others need, too. Batches of one queue all take the same.
func (im *importer) hold(g *group, r *limited, p *placement) {
	h := hold{r.Name, int(r.Count), stocks(g, r)[0].device}
	switch have, taken := p.held[g.kind]; {
	case taken && have.resource != h.resource:
		im.warn(r.fault("name", quote(r.Name), "left out", "a batch holds one resource that other instance groups need, here "+quote(have.resource)))
		return
	case taken && have.count != h.count || len(p.groups) > 1 && !im.alike(g, r, p):
		im.warn(r.fault("count", r.Count, "the model's groups need different counts", fmt.Sprintf("each of its batches is taken to hold %d", max(have.count, h.count))))
		h.count = max(have.count, h.count)
	}
	if p.held == nil {
		p.held = map[string]hold{}
	}
	p.held[g.kind] = h
	im.warn(r.fault("name", quote(r.Name), fmt.Sprintf("a batch holds %d of it while it executes, as with tritonserver --rate-limit=%s", h.count, RateLimitOn), "--rate-limit off is for a server without it"))
}

// alike says that all groups of a kind need the same of a resource.
func (im *importer) alike(g *group, r *limited, p *placement) bool {
	for i := range p.groups {
		o := &p.groups[i]
		if o.kind == g.kind && !slices.ContainsFunc(im.limited(o), func(x limited) bool { return x.Name == r.Name && x.Count == r.Count }) {
			return false
		}
	}
	return true
}

// slots is the memory that stands for a resource of the rate limiter where a stage's instances are: its bytes are
// what there is of the resource.
func (im *importer) slots(v *served, kind string, h hold) string {
	name, size := "rate limiter's "+h.resource, 0
	switch {
	case h.device == anyDevice:
		size = im.limiter.available(stock{h.resource, anyDevice})
	case h.device == onHost:
		name += " on the CPU"
		size = im.limiter.available(stock{h.resource, onHost})
	default:
		name = v.pool.name(name)
		for _, gpu := range v.pool.gpus {
			if s := (stock{h.resource, gpu}); len(im.limiter.needs[s]) > 0 {
				size += im.limiter.available(s)
			}
		}
	}
	if !slices.ContainsFunc(im.held, func(r noted) bool { return r.Name == name }) {
		im.held = append(im.held, noted{scenario.Resource{Name: name, Type: "memory", Per: "server", Capacity: 1, Speed: 1, Size: scenario.Bytes(size), Full: "wait"},
			map[string]string{"size": "as many as there are of the resource, a byte each"}})
	}
	return name
}

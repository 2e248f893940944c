package triton

import (
	"fmt"
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

// need is a group's need of one of the rate limiter's resources.
type need struct {
	model string
	group *instanceGroup
	limited
}

// limiter is the rate limiter: who needs what, and what there is.
type limiter struct {
	needs map[string][]need // by resource, in the order of models and groups
	given map[string]int    // counts of the server's command line
}

// parseLimits reads --rate-limit and the counts of --rate-limit-resource, "NAME:COUNT".
func parseLimits(opt *Options) (*limiter, error) {
	l := &limiter{needs: map[string][]need{}, given: map[string]int{}}
	if opt.RateLimit != RateLimitOn && opt.RateLimit != RateLimitOff {
		return nil, scenario.BadInput("--rate-limit", "%q is none of its values; take %s, %s", opt.RateLimit, RateLimitOn, RateLimitOff)
	}
	for _, text := range opt.RateLimitResources {
		name, count, _ := strings.Cut(text, ":")
		n, err := strconv.Atoi(count)
		if err != nil || n < 1 || strings.TrimSpace(name) == "" {
			return nil, scenario.BadInput("--rate-limit-resource", "%q is no name and count; write for example R1:4", text)
		}
		l.given[strings.TrimSpace(name)] = n
	}
	return l, nil
}

// limitAll has the rate limiter know what all models need.
func (im *importer) limitAll(visits []*visit) {
	for _, c := range distinct(visits) {
		im.limit(c)
	}
}

// limit has the rate limiter know what the groups of a model need.
func (im *importer) limit(c *modelConfig) {
	for i := range c.InstanceGroup {
		g := &c.InstanceGroup[i]
		if g.RateLimiter == nil || g.Passive {
			continue
		}
		if len(g.RateLimiter.Resources) > 0 && im.opt.RateLimit == RateLimitOff {
			im.warn(g.RateLimiter.fault("resources", nil, "left out, as by a server without --rate-limit", ""))
			continue
		}
		for _, r := range g.RateLimiter.Resources {
			im.limiter.needs[r.Name] = append(im.limiter.needs[r.Name], need{c.Name, g, r})
		}
	}
}

// available is how many of a resource there are, on each device or in all.
func (l *limiter) available(name string) (count int) {
	for _, n := range l.needs[name] {
		count = max(count, int(n.Count))
	}
	if given, ok := l.given[name]; ok {
		count = given
	}
	return count
}

// atOnce is how many instances of a group may execute at once, of those that it has on each of its devices (one
// that is named twice has twice as many).
func (im *importer) atOnce(g *instanceGroup, count int, devices []int) int {
	on := map[int]int{}
	for _, d := range devices {
		on[d] += count
	}
	all := count * len(devices)
	if g.RateLimiter == nil || im.opt.RateLimit == RateLimitOff {
		return all
	}
	limited := false
	for i := range g.RateLimiter.Resources {
		r := &g.RateLimiter.Resources[i]
		if !im.limits(r) {
			continue
		}
		limited = true
		most := im.limiter.available(r.Name) / int(r.Count)
		together := 0
		for d, n := range on {
			if !r.Global {
				on[d] = min(n, most)
			}
			together += on[d]
		}
		if r.Global {
			together = min(together, most)
		}
		all = min(all, together)
	}
	if limited {
		im.warn(g.RateLimiter.fault("resources", nil, fmt.Sprintf("%d of its %d instances execute at once, as with tritonserver --rate-limit=%s", all, count*len(devices), RateLimitOn), "--rate-limit off is for a server without it"))
	}
	return all
}

// limits checks a need and says whether it limits its own group alone, which is what is simulated.
func (im *importer) limits(r *limited) bool {
	available := im.limiter.available(r.Name)
	switch {
	case r.Count == 0:
		return false
	case int(r.Count) > available:
		im.fault(r.fault("count", r.Count, fmt.Sprintf("there are %d of resource %q", available, r.Name), "--rate-limit-resource says how many"))
		return false
	case len(im.limiter.needs[r.Name]) > 1:
		im.warn(r.fault("name", quote(r.Name), "left out", "that other instance groups need this resource, too"))
		return false
	}
	return true
}

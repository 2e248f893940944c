package engine

import "time"

// serverStories are the rules beyond a line of pools: forks, places, servers, memories, outages.
func serverStories() map[string]story {
	s := map[string]story{}
	step := func(name string, at time.Duration) Step {
		return Step{Name: name, Resource: []int{0}, Service: each(constant(at))}
	}
	pool := func(name string, workers int, steps ...Step) Pool {
		return Pool{Name: name, Workers: workers, Steps: steps}
	}

	faces := tandem(byHand(), []Resource{unshared()}, pool("detector", 1, step("detect", 2*ms)), pool("identifier", 2, step("identify", 3*ms)))
	faces.Route = []Node{{Pools: []int{0}}, {Fork: []Branch{{First: 2, Copies: copies(3)}}, Next: End}, {Pools: []int{1}, Next: End}}
	s["fan-out"] = story{
		rule: "A frame with three faces sends out three children; the frame leaves when the last of them is identified.",
		sys:  faces, arrivals: []time.Duration{0}, end: 20 * ms,
	}
	both := tandem(byHand(), []Resource{unshared()}, pool("a", 1, step("a", 2*ms)), pool("b", 1, step("b", 5*ms)), pool("c", 1, step("c", 1*ms)))
	both.Route = []Node{{Fork: []Branch{{First: 2}, {First: 3}}}, {Pools: []int{2}, Next: End}, {Pools: []int{0}, Next: End}, {Pools: []int{1}, Next: End}}
	s["branches"] = story{
		rule: "A request that goes two ways at once goes on when both have ended.",
		sys:  both, arrivals: []time.Duration{0}, end: 20 * ms,
	}
	sticky := tandem(byHand(), []Resource{unshared()}, pool("preprocess 1", 1, step("decode", 4*ms)), pool("preprocess 2", 1, step("decode", 1*ms)),
		pool("infer 1", 1, step("infer", 2*ms)), pool("infer 2", 1, step("infer", 2*ms)))
	for i := range sticky.Pools {
		sticky.Pools[i].Place = 1 + i%2
	}
	sticky.Route = []Node{{Pools: []int{0, 1}}, {Pools: []int{2, 3}, Sticky: true, Balance: LeastOutstanding}}
	s["stays-at-its-place"] = story{
		rule: "What a device has decoded is inferred on the same device, even though another is free.",
		sys:  sticky, arrivals: []time.Duration{0, 0, 0, 0}, end: 20 * ms,
	}
	twoServers := tandem(byHand(), []Resource{unshared()}, pool("server 0", 1, step("work", 4*ms)), pool("server 1", 1, step("work", 2*ms)))
	twoServers.Pools[1].Server = 1
	twoServers.Route = []Node{{Pools: []int{0, 1}}}
	twoServers.Servers = Servers{Count: 2, Balance: LeastOutstanding}
	s["servers"] = story{
		rule: "The balancer sends a request to the server with the fewest inside, where it stays.",
		sys:  twoServers, arrivals: []time.Duration{0, 1 * ms, 1 * ms, 5 * ms}, end: 20 * ms,
	}
	models := tandem(byHand(), []Resource{unshared()}, pool("resnet", 1, step("infer", 2*ms)), pool("vit", 1, step("infer", 3*ms)))
	models.Classes = []Class{{Name: "resnet"}, {Name: "vit", Weight: 1}}
	models.Pools[0].Classes, models.Pools[1].Classes = []int{0}, []int{1}
	models.Route = []Node{{Pools: []int{0, 1}, Balance: LeastOutstanding}}
	s["models"] = story{
		rule: "A request goes only to pools that serve its class, however free others are.",
		sys:  models, arrivals: []time.Duration{0, 0}, end: 20 * ms,
	}

	for name, rule := range map[string]struct {
		full FullPolicy
		text string
	}{
		"memory-wait":   {Wait, "A memory for two: the worker that takes the third request holds it until one is given back."},
		"memory-reject": {Reject, "A memory for two: the third request is rejected."},
		"memory-evict":  {Evict, "A memory for two: with the first input being inferred, the third spills the second, which lies there longest; to be inferred it is loaded again."},
	} {
		sys := tandem(byHand(), []Resource{unshared()}, pool("preprocess", 4, step("decode", 1*ms)), pool("infer", 1, Step{Name: "reload", Resource: []int{0}, Service: each(constant(2 * ms)), Spilled: true}, step("infer", 10*ms)))
		sys.Memories = []Memory{{Name: "gpu", SizeBytes: 2.5e6, Full: rule.full}}
		sys.Pools[0].Take = &Hold{Memory: 0, SizeBytes: []float64{1e6}}
		sys.Pools[1].Give = []int{0}
		arrivals := []time.Duration{0, 1 * ms, 3 * ms}
		if rule.full == Evict {
			arrivals = []time.Duration{0, 2 * ms, 4 * ms, 6 * ms}
		}
		s[name] = story{rule: rule.text, sys: sys, arrivals: arrivals, end: 80 * ms}
	}

	bridge := Resource{Name: "bridge", Capacity: 2, Kinds: []Kind{{Name: "gpu 0", Limit: 1}, {Name: "gpu 1", Limit: 1}, {Name: "gpu 2", Limit: 1}}}
	links := tandem(byHand(), []Resource{bridge})
	links.Route = []Node{{}}
	for g := range bridge.Kinds {
		copies := pool(bridge.Kinds[g].Name, 0, Step{Name: "copy", Resource: []int{0}, Kind: g, Service: each(constant(6 * ms))})
		links.Pools = append(links.Pools, copies)
		links.Route[0].Pools = append(links.Route[0].Pools, g)
	}
	s["shared-bridge"] = story{
		rule: "Three GPUs copy through links of their own behind a bridge that carries two at full speed: 2/3 each, until one is done.",
		sys:  links, arrivals: []time.Duration{0, 0, 3 * ms}, end: 40 * ms,
	}
	crowded := *links
	crowded.Route = []Node{{Pools: []int{0, 0, 1}, Balance: RoundRobin}}
	s["own-link"] = story{
		rule: "Two that copy over one link get half of it each; what the bridge has left goes to the other link, which is as fast as alone.",
		sys:  &crowded, arrivals: []time.Duration{0, 0, 3 * ms}, end: 40 * ms,
	}
	engine := unshared()
	engine.Slots = 1
	s["engine-takes-turns"] = story{
		rule: "An engine works on one job at a time; others wait for it in the hands of their workers, in order of arrival.",
		sys:  tandem(byHand(), []Resource{engine}, pool("decode", 2, step("decode", 4*ms))), arrivals: []time.Duration{0, 1 * ms, 2 * ms}, end: 40 * ms,
	}

	for name, lose := range map[string]bool{"outage-retry": false, "outage-lose": true} {
		sys := tandem(byHand(), []Resource{unshared()}, pool("gpu 0", 1, step("infer", 4*ms)), pool("gpu 1", 1, step("infer", 4*ms)))
		sys.Route = []Node{{Pools: []int{0, 1}}}
		sys.Outages = []Outage{{Name: "gpu 0", Pools: []int{0}, Schedule: []Span{{5 * ms, 9 * ms}}, Lose: lose}}
		rule := "What a failing GPU has in hand or in its queue starts again on another, and its latency goes on."
		if lose {
			rule = "What a failing GPU has in hand or in its queue is lost."
		}
		s[name] = story{rule: rule, sys: sys, arrivals: []time.Duration{2 * ms, 2 * ms, 3 * ms, 6 * ms, 10 * ms}, end: 40 * ms}
	}
	alone := tandem(byHand(), []Resource{unshared()}, pool("gpu", 1, step("infer", 4*ms)))
	alone.Outages = []Outage{{Name: "gpu", Pools: []int{0}, Schedule: []Span{{5 * ms, 9 * ms}}}}
	s["all-down"] = story{
		rule: "While everything that could serve a request is down, it waits for the first to be up again.",
		sys:  alone, arrivals: []time.Duration{3 * ms, 6 * ms}, end: 40 * ms,
	}
	refused := *alone
	refused.Outages = []Outage{{Name: "gpu", Pools: []int{0}, Schedule: []Span{{5 * ms, 9 * ms}}, Lose: true, Refuse: true}}
	s["all-down-refuse"] = story{
		rule: "Where a failure refuses, who comes meanwhile is lost as well.",
		sys:  &refused, arrivals: []time.Duration{3 * ms, 6 * ms, 9 * ms}, end: 40 * ms,
	}
	return s
}

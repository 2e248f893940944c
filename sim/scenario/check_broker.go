package scenario

import "slices"

// checkBrokers checks the [[broker]] tables; resources are all that there are.
func (s *Scenario) checkBrokers(d *decoder, resources []Resource) {
	var names []string
	for i := range s.Brokers {
		b, at := &s.Brokers[i], join("broker", itoa(i))
		d.named("broker", i, b.Name, &names)
		if b.Profile != "" && b.Written() {
			d.fault(join(at, "profile"), b.Profile, "stands beside times that are written; keep one of them")
		}
		for _, key := range kafkaKeys {
			if !b.Kafka() && s.Given(join(at, key)) {
				d.fault(join(at, key), nil, "belongs to Kafka, and type = %q; remove it", b.Type)
			}
		}
		s.brokerOn(d, join(at, "cpu"), b.CPU, resources)
		if r := s.brokerOn(d, join(at, "link"), b.Link, resources); r != nil && r.Bandwidth == 0 {
			d.fault(join(at, "link"), b.Link, "has no bandwidth; give it one")
		}
	}
}

// brokerOn finds a resource that a broker names, or says what is wrong with it.
func (s *Scenario) brokerOn(d *decoder, key, name string, resources []Resource) *Resource {
	var names []string
	for i := range resources {
		switch r := &resources[i]; {
		case r.Name != name:
			names = append(names, r.Name)
		case r.Per == "gpu" || r.Type == "memory":
			d.fault(key, name, "is a memory, or there is one for each GPU; name a resource of the server")
			return nil
		default:
			return r
		}
	}
	if name != "" && s.sound("resource") {
		d.fault(key, name, "no [[resource]] has this name; %s", nearestRemedy(name, names))
	}
	return nil
}

// via checks how a stage is reached.
func (c *stageCheck) via() {
	st := c.st
	if st.Via == "" {
		if st.Message > 0 {
			c.d.fault(join(c.at, "message"), string(mustText(st.Message)), "has no effect without via; name a [[broker]] there, or remove it")
		}
		return
	}
	b := c.s.broker(st.Via)
	if b == nil {
		if c.s.sound("broker") {
			var names []string
			for i := range c.s.Brokers {
				names = append(names, c.s.Brokers[i].Name)
			}
			c.d.fault(join(c.at, "via"), st.Via, "no [[broker]] has this name; %s", nearestRemedy(st.Via, names))
		}
		return
	}
	if st.Message == 0 {
		c.d.fault(join(c.at, "message"), nil, "missing; via needs it, for example message = \"10kB\"")
	}
	c.unlike("via", "a stage that is reached over a broker")
	if st.Workers == 0 && c.s.sound(join(c.at, "workers")) {
		c.d.fault(join(c.at, "workers"), st.Workers, "is no number of consumers; give one above 0")
	}
	if len(st.Take) > 0 || len(st.Give) > 0 {
		c.d.fault(join(c.at, choose(len(st.Take) > 0, "take", "give")), nil, "is not modelled beside via; remove one of the two")
	}
	c.consumers(b)
}

// consumers checks that a broker's settings fit the stage.
func (c *stageCheck) consumers(b *Broker) {
	st := c.st
	at := join("broker", itoa(slices.IndexFunc(c.s.Brokers, func(o Broker) bool { return o.Name == b.Name })))
	if !b.Kafka() {
		if b.FetchMax > st.MaxBatch {
			c.d.fault(join(at, "fetch_max"), b.FetchMax, "is more than stage %q has max_batch = %d, and who fetches from Redis works on all of it at once; lower it, or raise that", st.Name, st.MaxBatch)
		}
		return
	}
	if b.Consumers > 0 && st.Workers%b.Consumers != 0 {
		c.d.fault(join(at, "consumers"), b.Consumers, "do not share the %d workers of stage %q equally; take a divisor of them", st.Workers, st.Name)
	}
	l := c.s.legOf(st)
	consumers := l.Consumers * c.s.placesOf(st)
	switch {
	case b.Partitions > 0 && consumers > b.Partitions:
		c.d.fault(join(at, "partitions"), b.Partitions, "are fewer than the %d consumers of stage %q, some of which would get no messages; raise it, or lower consumers", consumers, st.Name)
	case consumers > maxConsumers:
		c.d.fault(join(c.at, "workers"), st.Workers, "are %d consumers of a broker, each with a partition, and more than %d; lower it, or have fewer consumers with several workers each", consumers, maxConsumers)
	case st.Message > 0 && l.MinMessages() > l.MaxFetched():
		c.d.fault(join(at, "fetch_min"), string(mustText(b.FetchMin)), "is more than the %d messages that a fetch of stage %q has at most; lower it, or raise fetch_max", l.MaxFetched(), st.Name)
	}
}

// maxConsumers is the most consumers that a stage may have on a server, as it is the most partitions.
const maxConsumers = 10_000

// unlike refuses the keys that make no sense in a stage that is reached in another way than by its own queue, because of a key.
func (c *stageCheck) unlike(key, what string) {
	st := c.st
	for _, k := range []struct {
		key     string
		written bool
	}{
		{"group", st.Group != ""}, {"classes", len(st.Classes) > 0}, {"sticky", st.Sticky}, {"max_queue_delay", st.MaxQueueDelay > 0},
		{"preferred_batch_sizes", len(st.Preferred) > 0}, {"prefetch", st.Prefetch}, {"early_wakeups", st.EarlyWakeups > 0}, {"priority_levels", st.PriorityLevels > 0},
		{"default_queue_policy", st.DefaultPolicy != nil}, {"queue_policies", len(st.Policies) > 0},
	} {
		if k.written {
			c.d.fault(join(c.at, k.key), nil, "has no place in %s (%s); remove it", what, key)
		}
	}
}

// fused checks a stage whose work the one before it does.
func (c *stageCheck) fused() {
	st := c.st
	if !st.Fused {
		return
	}
	fault := func(key, format string, args ...any) { c.d.fault(join(c.at, key), nil, format, args...) }
	c.unlike("fused", "a stage whose work the one before it does")
	if st.Copies == nil {
		fault("copies", "missing; fused needs it, for example copies = 5")
	}
	for _, k := range []struct {
		key     string
		written bool
	}{{"via", st.Via != ""}, {"workers", st.Workers > 1}, {"join", st.Join}, {"take", len(st.Take) > 0}, {"give", len(st.Give) > 0}} {
		if k.written {
			fault(k.key, "has no effect beside fused = true: the worker of the stage before does the work; remove one of the two")
		}
	}
	before := c.s.beforeFused(st)
	switch {
	case before == nil:
		fault("fused", "no stage comes before it, whose worker could do its work; put one there, or name a single one in after")
	case before.Group != "":
		fault("fused", "stage %q before it is one of a group; let it stand alone", before.Name)
	case before.Per != st.Per:
		fault("per", "is %q, and that of stage %q, which does its work, is %q; let them be the same", st.Per, before.Name, before.Per)
	}
	for i := range c.s.Stages {
		next := &c.s.Stages[i]
		if c.s.beforeFused(next) == st && !next.Join && next.Name != st.Name {
			c.d.fault(join(join("stage", itoa(i)), "join"), nil, "missing; stage %q is fused, so that its copies go on together: set join = true", st.Name)
		}
	}
}

// beforeFused is the one stage that another comes after; nil where it is none, or several.
func (s *Scenario) beforeFused(st *Stage) *Stage {
	for i := range s.Stages {
		o := &s.Stages[i]
		if st.After == nil && i+1 < len(s.Stages) && s.Stages[i+1].Name == st.Name || len(st.After) == 1 && o.Name == st.After[0] {
			return o
		}
	}
	return nil
}

// checkBrokerOutage checks the keys of a broker's outage.
func (s *Scenario) checkBrokerOutage(d *decoder, at string, o *Outage) {
	switch {
	case o.Of != "broker" && o.Broker != "":
		d.fault(join(at, "broker"), o.Broker, "has no effect with of = %q; remove one of the two", o.Of)
	case o.Of != "broker":
	case o.Broker == "":
		d.fault(join(at, "broker"), nil, "missing; which one fails?")
	case s.broker(o.Broker) == nil && s.sound("broker"):
		var names []string
		for i := range s.Brokers {
			names = append(names, s.Brokers[i].Name)
		}
		d.fault(join(at, "broker"), o.Broker, "no [[broker]] has this name; %s", nearestRemedy(o.Broker, names))
	case s.Given(join(at, "number")):
		d.fault(join(at, "number"), o.Number, "has no effect: a broker fails on all servers; remove it")
	}
}

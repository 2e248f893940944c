package scenario

import (
	"slices"
	"strings"
)

// Lowered is the general form with brokers written out as stages and resources, and with the work of fused stages done by
// the stage before them: what is left for the compiler are queues, workers and steps.
//
// A stage that is reached over Kafka becomes three: one that sends, with a worker for each request in flight; one that fetches,
// in as many copies as there are consumers; and the stage itself, in as many copies. One that is reached over Redis becomes
// two: one that sends, and the stage itself, each of whose workers fetches before it works.
func (s *Scenario) Lowered() *Scenario {
	g := s.General()
	l := lowering{g: g, out: *g, taken: map[string]bool{}, shared: map[string]string{}, fused: map[string]string{}}
	for i := range g.Resources {
		l.taken[g.Resources[i].Name] = true
	}
	l.out.Resources, l.out.Stages = slices.Clone(g.Resources), nil
	for i := range g.Stages {
		st := g.Stages[i]
		st.from = i + 1
		l.afterFused(&st, i)
		switch {
		case st.Fused:
			l.fuse(&st)
		case g.broker(st.Via) == nil:
			l.out.Stages = append(l.out.Stages, st)
		default:
			l.over(st)
		}
	}
	return &l.out
}

// lowering is a lowered scenario in the making.
type lowering struct {
	g      *Scenario
	out    Scenario
	taken  map[string]bool   // names of resources
	shared map[string]string // names of the resources made so far, by broker and what they are
	fused  map[string]string // stages before, by the names of those fused into them
}

// over writes a stage that is reached over a broker.
func (l *lowering) over(st Stage) {
	leg := l.g.legOf(&st)
	leg.Part = Consumes
	part := func(p Part) *Leg {
		own := *leg
		own.Part = p
		return &own
	}
	broker := join("broker", pathName(leg.Name, l.index(leg)))
	l.out.Stages = append(l.out.Stages, Stage{
		Name: st.Name + " " + string(Sends), After: st.After, Copies: st.Copies, Join: st.Join, Per: "server", Workers: leg.InFlight, MaxBatch: part(Sends).MaxRequest(),
		Steps: l.steps(part(Sends)), leg: part(Sends), from: st.from,
		key: join(broker, "batch_size"), workersKey: join(broker, "in_flight"), delayKey: join(broker, "linger"),
	})
	st.After, st.Copies, st.Join = nil, nil, false
	if leg.Kafka() {
		fetches := part(Fetches)
		l.out.Stages = append(l.out.Stages, Stage{
			Name: st.Name + " " + string(Fetches), Per: st.Per, Workers: 1, MaxBatch: fetches.MaxRequest(),
			Steps: l.steps(fetches), leg: fetches, from: st.from,
			key: join(broker, "fetch_max"), workersKey: join(broker, "consumers"), delayKey: join(broker, "fetch_min"),
		})
		st.leg = leg
		l.out.Stages = append(l.out.Stages, st)
		return
	}
	steps := append(l.steps(part(Fetches)), st.ownSteps()...)
	st.Steps, st.Service, st.Resource, st.MaxBatch, st.leg = steps, nil, "", leg.MaxRequest(), leg
	l.out.Stages = append(l.out.Stages, st)
}

// ownSteps are those of a stage that go to another, with the keys that they are to be found under.
func (st *Stage) ownSteps() (out []Step) {
	at := join("stage", itoa(st.from-1))
	for k, s := range st.AllSteps() {
		own := *s
		if own.key == "" {
			own.key = join(choose(st.Steps != nil, join(at, join("steps", itoa(k))), at), "service")
		}
		out = append(out, own)
	}
	return out
}

// steps are those of a request to a broker: the client's CPU time, the broker's, its disk, the way of the bytes, and what is
// left of the time.
func (l *lowering) steps(leg *Leg) (out []Step) {
	at := join("broker", itoa(l.index(leg)))
	add := func(name, on string, w *Work) {
		key := choose(w.Time != nil, name, "profile")
		if name == "latency" && w.Time != nil {
			key = choose(leg.Part == Sends, "send_latency", "fetch_latency")
		}
		out = append(out, Step{Name: leg.Name + " " + name, Resource: on, Service: []Service{{}}, over: leg.Name, work: w, key: join(at, key)})
	}
	cpu := leg.CPU
	if cpu == "" {
		cpu = l.resource(leg.Broker, "cores", Resource{Type: "delay"})
	}
	latency := l.resource(leg.Broker, "latency", Resource{Type: "delay"})
	client := &Work{Leg: leg, Stage: string(leg.Part), Client: true, CPU: true, Time: choose(leg.Part == Sends, leg.Send, leg.Broker.Fetch)}
	server := &Work{Leg: leg, Stage: string(leg.Part), CPU: true, Time: choose(leg.Part == Sends, leg.Append, leg.Read)}
	rest := &Work{Leg: leg, Time: choose(leg.Part == Sends, leg.SendLatency, leg.FetchLatency)}
	if leg.Part == Sends {
		add("send", cpu, client)
	}
	if leg.Link != "" {
		out = append(out, Step{Name: leg.Name + " bytes", Resource: leg.Link, Service: []Service{{Bytes: leg.Message}}, over: leg.Name, key: join(at, "link")})
	}
	add(choose(leg.Part == Sends, "append", "read"), cpu, server)
	if leg.Part == Sends && leg.Fsync != nil {
		add("fsync", l.resource(leg.Broker, "disk", Resource{Type: "engine", Slots: 1}), &Work{Leg: leg, Time: leg.Fsync})
	}
	if leg.Part == Fetches {
		add("fetch", cpu, client)
	}
	add("latency", latency, rest)
	return out
}

// resource makes a resource of a broker on each server, once, and returns its name.
func (l *lowering) resource(b *Broker, what string, r Resource) string {
	id := b.Name + "\x00" + what
	if name, made := l.shared[id]; made {
		return name
	}
	r.Name, r.Per, r.Speed = b.Name+" "+what, "server", 1
	for l.taken[r.Name] {
		r.Name += "'"
	}
	r.key = "broker"
	l.taken[r.Name], l.shared[id] = true, r.Name
	l.out.Resources = append(l.out.Resources, r)
	return r.Name
}

// index is that of a leg's broker.
func (l *lowering) index(leg *Leg) int {
	return slices.IndexFunc(l.g.Brokers, func(b Broker) bool { return b.Name == leg.Name })
}

// pathName is a name as a part of a key, or the number of its element where it cannot be one.
func pathName(name string, i int) string {
	if strings.ContainsAny(name, ".=") {
		return itoa(i)
	}
	return name
}

package compile

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/sim/engine"
	"vsim/sim/engine/queueing"
	"vsim/sim/topology"
)

// chained is a scenario of two stages with a broker between them, of which more keys follow.
func chained(broker, stage string) string {
	return fmt.Sprintf(`
hardware = "2cpu"
[[broker]]
name = "b"
%s
[[stage]]
name = "detect"
resource = "cpu"
service = "20ms"
[[stage]]
name = "identify"
copies = 5
via = "b"
message = "10kB"
resource = "cpu"
service = "3ms"
%s
[[stage]]
name = "answer"
join = true
workers = 0
service = "10us"
`, strings.ReplaceAll(broker, ";", "\n"), strings.ReplaceAll(stage, ";", "\n"))
}

const brokerTimes = `send = {mean = "40us", per_image = "10us"};append = "100us";send_latency = "300us";read = "60us";fetch = "50us";fetch_latency = "200us";`

// poolsOf lists the pools of a stage.
func poolsOf(built *Built, name string) (out []int) {
	for _, st := range built.Topology.Stages {
		if st.Name == name {
			out = st.Pools
		}
	}
	return out
}

// TestKafka: messages go to the partitions in turn, each of which is one consumer's; a consumer keeps what it has fetched, and
// fetches on once it has taken that. Of 40 kB a batch has three messages of 10 kB with what Kafka adds; of 1 MiB of each of two
// partitions a fetch has 34 such batches.
func TestKafka(t *testing.T) {
	built := mustBuild(t, chained(brokerTimes+"partitions = 5;consumers = 2;linger = '5ms';batch_size = '40kB';in_flight = 3;fetch_min = '15kB'", "workers = 4;max_batch = 8"), nil)
	sys := built.System
	send := sys.Pools[poolsOf(built, "identify produce")[0]]
	if want := (engine.Batch{Send: &queueing.Send{Partitions: 5, Max: 3, Linger: 5 * time.Millisecond}}); send.Workers != 3 || !reflect.DeepEqual(send.Batch, want) {
		t.Errorf("sends with %d workers, %+v", send.Workers, send.Batch.Send)
	}
	fetch, work := poolsOf(built, "identify fetch"), poolsOf(built, "identify")
	if len(fetch) != 2 || len(work) != 2 {
		t.Fatalf("%d fetch, %d work", len(fetch), len(work))
	}
	for i := range fetch {
		f, w := &sys.Pools[fetch[i]], &sys.Pools[work[i]]
		want := engine.Batch{Fetch: &queueing.Fetch{Min: 2, Max: 204, MaxWait: 500 * time.Millisecond}}
		if f.Feeds != 1+work[i] || f.Place != w.Place || f.Place == 0 || f.Workers != 1 || !reflect.DeepEqual(f.Batch, want) {
			t.Errorf("consumer %d feeds %d at %d with %d workers, %+v", i, f.Feeds, f.Place, f.Workers, f.Batch.Fetch)
		}
		if w.Workers != 2 || w.Batch.Max != 8 || w.Batch.Fetch != nil {
			t.Errorf("consumer %d works as %+v", i, *w)
		}
	}
	if sys.Pools[fetch[0]].Place == sys.Pools[fetch[1]].Place {
		t.Error("two consumers at one place")
	}
	var in []engine.Node
	for _, n := range sys.Route {
		if slices.Contains(n.Pools, fetch[0]) || slices.Contains(n.Pools, work[0]) {
			in = append(in, n)
		}
	}
	if turns := []int{fetch[0], fetch[1], fetch[0], fetch[1], fetch[0]}; len(in) != 2 || !slices.Equal(in[0].Pools, turns) || in[0].Balance != engine.RoundRobin || !in[1].Sticky {
		t.Errorf("messages go to %+v, want %v in turn and then to the same consumer", in, turns)
	}
	if n := step(t, send, "b send").Service.At[0][2].Mean(); n != 70e3 {
		t.Errorf("sending 3 takes the client %v ns", n)
	}
	if _, err := engine.New(sys, 0); err != nil {
		t.Error(err)
	}
}

// TestRedis: every worker fetches from one list before it works, and the commands of all are one thread's.
func TestRedis(t *testing.T) {
	built := mustBuild(t, chained(brokerTimes+"type = 'redis-list'", "workers = 3;max_batch = 4"), nil)
	sys := built.System
	work := sys.Pools[poolsOf(built, "identify")[0]]
	if want := (engine.Batch{Fetch: &queueing.Fetch{Min: 1, Max: 4}}); work.Workers != 3 || !reflect.DeepEqual(work.Batch, want) || poolsOf(built, "identify fetch") != nil {
		t.Errorf("works as %+v", work)
	}
	var names []string
	for _, s := range work.Steps {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, ", "); got != "b read, b fetch, b latency, identify" {
		t.Errorf("steps %s", got)
	}
	cpu := sys.Resources[work.Steps[0].Resource[0]]
	own := func(name string) (kind engine.Kind) {
		for _, p := range sys.Pools {
			for _, s := range p.Steps {
				if s.Name == name {
					kind = sys.Resources[s.Resource[0]].Kinds[s.Kind]
				}
			}
		}
		return kind
	}
	if !cpu.PerCore || !own("b read").Thread || !own("b append").Thread || own("b fetch").Thread || own("b send").Thread {
		t.Errorf("on cores %+v", cpu)
	}
	// On cores without run queues of their own the thread is a limit.
	shared := mustBuild(t, strings.Replace(chained(brokerTimes+"type = 'redis-list'", "workers = 3;max_batch = 4"), "name = \"answer\"\njoin = true\nworkers = 0", "name = \"answer\"\njoin = true\nworkers = 0\nresource = \"cpu\"", 1), nil)
	limited := 0
	for _, r := range shared.System.Resources {
		for _, k := range r.Kinds {
			if k.Limit == 1 && k.Name == "b" {
				limited++
			}
		}
	}
	if limited != 1 {
		t.Errorf("%d kinds of jobs have the limit of a thread: %+v", limited, shared.System.Resources)
	}
}

// TestBrokersRoundTrip: a scenario with brokers and its print are the same system.
func TestBrokersRoundTrip(t *testing.T) {
	for _, text := range []string{
		chained(brokerTimes+"fsync = '1ms'", "workers = 2"), chained(brokerTimes+"type = 'redis-stream'", ""),
		strings.Replace(chained(brokerTimes, "fused = true"), "via = \"b\"\nmessage = \"10kB\"\n", "", 1),
	} {
		s := load(t, text)
		printed := string(s.General().TOML())
		a, b := mustBuild(t, text, nil), mustBuild(t, printed, nil)
		if !reflect.DeepEqual(a.System, b.System) || a.Scenario != b.Scenario {
			t.Errorf("another system:\n%s", printed)
		}
	}
}

// overMeasured is a profile of a broker as the profiler writes it: times of requests of one message, and of ten.
func overMeasured() *profile.Profile {
	p := &profile.Profile{Schema: profile.Schema, Name: "brokers", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	for key, ns := range map[[2]string]float64{
		{profile.Produce, "broker"}: 600e3, {profile.Produce + profile.ClientSuffix, "cpu"}: 50e3, {profile.Produce + profile.ServerSuffix, "cpu"}: 150e3,
		{profile.Deliver, "broker"}: 1000e3, {profile.Fetch, "broker"}: 500e3, {profile.Fetch + profile.ClientSuffix, "cpu"}: 40e3, {profile.Fetch + profile.ServerSuffix, "cpu"}: 60e3,
	} {
		for _, batch := range []int{1, 10} {
			mean := ns * (1 + float64(batch-1)/9)
			p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: key[0], Resource: key[1], Broker: profile.KafkaAll, SizeBytes: 10000, Batch: batch},
				N: 1000, MeanNs: mean, Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{0.9 * mean, mean, 1.1 * mean}})
		}
	}
	return p
}

// meansOf adds up the mean times of a pool's steps over the broker, for so many messages.
func meansOf(p engine.Pool, messages int) (sum float64) {
	for _, s := range p.Steps {
		if strings.HasPrefix(s.Name, "b ") {
			sum += s.Service.At[0][messages-1].Mean()
		}
	}
	return sum
}

// TestMeasuredBroker: sending takes what was measured until the acknowledgement, sending and fetching together what was measured
// from the call to the delivery, at sizes and numbers of messages that were measured, lie between those or go beyond.
func TestMeasuredBroker(t *testing.T) {
	built := mustBuild(t, chained("batch_size = '200kB'", ""), FromProfile(overMeasured(), nil))
	send, fetch := built.System.Pools[poolsOf(built, "identify produce")[0]], built.System.Pools[poolsOf(built, "identify fetch")[0]]
	for messages, factor := range map[int]float64{1: 1, 4: 1 + 3.0/9, 10: 2, 19: 3} {
		if got := meansOf(send, messages); math.Abs(got/(600e3*factor)-1) > 1e-3 {
			t.Errorf("sending %d takes %v ns, want %v", messages, got, 600e3*factor)
		}
		if got := meansOf(send, messages) + meansOf(fetch, messages); math.Abs(got/(1000e3*factor)-1) > 1e-3 {
			t.Errorf("%d messages are delivered after %v ns, want %v", messages, got, 1000e3*factor)
		}
	}
	if got := step(t, send, "b append").Service.At[0][0].Mean(); math.Abs(got/150e3-1) > 1e-3 {
		t.Errorf("appending takes the broker %v ns", got)
	}
	if !strings.Contains(strings.Join(built.Warnings, "\n"), "beyond the known ones are extrapolated") || !strings.Contains(built.Profile, "brokers sha256") {
		t.Errorf("warnings %q, profile %q", built.Warnings, built.Profile)
	}
	for _, st := range built.Topology.Stages {
		if over := st.Name == "identify produce" || st.Name == "identify fetch"; (st.Broker == "b") != over || over && st.Steps[0].Broker != "b" {
			t.Errorf("stage %q is of broker %q: %+v", st.Name, st.Broker, st.Steps)
		}
	}
}

// TestElsewhereBroker: the CPU time of a broker that ran on another machine is not known, and is a part of what is left by the clock.
func TestElsewhereBroker(t *testing.T) {
	p := overMeasured()
	p.Services = slices.DeleteFunc(p.Services, func(s profile.Service) bool { return strings.HasSuffix(s.Stage, profile.ServerSuffix) })
	built := mustBuild(t, chained("", ""), FromProfile(p, nil))
	send := built.System.Pools[poolsOf(built, "identify produce")[0]]
	if got, append := meansOf(send, 1), step(t, send, "b append").Service.At[0][0].Mean(); math.Abs(got/600e3-1) > 1e-3 || append != 0 {
		t.Errorf("sending takes %v ns, of which appending %v", got, append)
	}
}

// TestBrokerIsNotMeasured: a broker without times, and one that the profile does not have.
func TestBrokerIsNotMeasured(t *testing.T) {
	for _, c := range []struct {
		broker string
		p      *Profiles
		want   string
	}{
		{"", nil, `broker.0.profile: broker "b" has no times; measure them with vsim profile --broker kafka-all -o FILE and name it there, or write send, append, read, fetch`},
		{"type = 'redis-list'", FromProfile(overMeasured(), nil), `no produce over redis-list`},
		{"cpu = 'cpu';idle_cores = 2", FromProfile(overMeasured(), nil), `use 2 of the 2 cores of "cpu"`},
	} {
		_, err := Build(load(t, chained(c.broker, "")), c.p)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Count(err.Error(), "\n") > 2 {
			t.Errorf("%q: %v, want %s", c.broker, err, c.want)
		}
	}
}

// TestFused: the stage before works on as many copies as are drawn, its max_batch in a call.
func TestFused(t *testing.T) {
	built := mustBuild(t, `
[[stage]]
name = "detect"
max_batch = 2
service = "20ms"
[[stage]]
name = "identify"
copies = {dist = "uniform", min = 0, max = 9}
fused = true
max_batch = 4
service = {mean = "1ms", per_image = "2ms"}
`, nil)
	p := built.System.Pools[0]
	own, fused := step(t, p, "detect"), step(t, p, "identify")
	if len(built.System.Pools) != 1 || own.Fan != nil || fused.Fan.Min() != 0 || fused.Fan.Max() != 9 || len(fused.Service.At[0]) != 4 || fused.Service.At[0][3].Mean() != 9e6 {
		t.Errorf("pools %+v", built.System.Pools)
	}
	if st := built.Topology.Stages[0]; len(st.Steps) != 2 || st.Steps[1].Name != "identify" || st.Steps[1].Times != topology.Inline {
		t.Errorf("stage %+v", st)
	}
}

// TestOutageOfBroker: Kafka's messages wait for it, Redis's are lost; its consumers go on with what they have in hand.
func TestOutageOfBroker(t *testing.T) {
	for kind, want := range map[string]struct {
		pools, waiting []string
		lose           bool
	}{
		"kafka-1":      {[]string{"identify produce", "identify fetch", "identify fetch"}, nil, false},
		"redis-stream": {[]string{"identify produce"}, []string{"identify"}, true},
	} {
		built := mustBuild(t, chained(brokerTimes+"type = '"+kind+"'", "workers = 2")+"\n[[outage]]\nbroker = 'b'\nat = '1s'\nfor = '1s'", nil)
		o := built.System.Outages[0]
		names := func(pools []int) (out []string) {
			for _, i := range pools {
				out = append(out, built.System.Pools[i].Name)
			}
			return out
		}
		if !slices.Equal(names(o.Pools), want.pools) || !slices.Equal(names(o.Waiting), want.waiting) || o.Lose != want.lose || o.Name != "b" {
			t.Errorf("%s: %+v takes down %q, and what waits for %q", kind, o, names(o.Pools), names(o.Waiting))
		}
	}
}

// TestBrokerAfterPauses: what is sent after a pause of the connection, and what is fetched after one of the consumer, take together what was
// measured of the whole way; CPU time of both sides that adds up to more than the clock shows is cut to that.
func TestBrokerAfterPauses(t *testing.T) {
	p := overMeasured()
	for key, ns := range map[[2]string]float64{
		{profile.Produce, "broker"}: 700e3, {profile.Produce + profile.ClientSuffix, "cpu"}: 400e3, {profile.Produce + profile.ServerSuffix, "cpu"}: 600e3,
		{profile.Deliver, "broker"}: 900e3, {profile.Deliver + profile.ClientSuffix, "cpu"}: 450e3, {profile.Deliver + profile.ServerSuffix, "cpu"}: 500e3,
	} {
		p.AfterIdles = append(p.AfterIdles, profile.AfterIdle{Key: profile.Key{Stage: key[0], Resource: key[1], Broker: profile.KafkaAll, SizeBytes: 10000, Batch: 1},
			IdleNs: 10e6, ExtraNs: ns, BaseNs: 1e6, N: 10})
	}
	p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: "idle-server", Resource: "cpu", Broker: profile.KafkaAll}, N: 10, MeanNs: 1.5e8})
	sys := mustBuild(t, chained("cpu = 'cpu'", ""), FromProfile(p, nil))
	pool := func(name string) engine.Pool { return sys.System.Pools[poolsOf(sys, name)[0]] }
	rest := func(pool engine.Pool, name string) float64 { return step(t, pool, name).Rest[0].At(10e6) }
	sent, fetched := pool("identify produce"), pool("identify fetch")
	if c, s, l := rest(sent, "b send"), rest(sent, "b append"), rest(sent, "b latency"); c != 280e3 || s != 420e3 || l != 0 || !sent.RestTogether {
		t.Errorf("sending takes %v, %v and %v ns longer, together %v", c, s, l, sent.RestTogether)
	}
	if c, s, l := rest(fetched, "b fetch"), rest(fetched, "b read"), rest(fetched, "b latency"); c != 50e3 || s != 0 || l != 150e3 || fetched.RestTogether {
		t.Errorf("fetching takes %v, %v and %v ns longer, together %v", c, s, l, fetched.RestTogether)
	}
	others := func(b *Built) float64 {
		return b.System.Resources[b.System.Pools[poolsOf(b, "detect")[0]].Steps[0].Resource[0]].Others
	}
	if n := others(sys); n != 0.15 {
		t.Errorf("the broker uses %v cores with nothing to do", n)
	}
	if n := others(mustBuild(t, chained("cpu = 'cpu';idle_cores = 0.5", ""), FromProfile(p, nil))); n != 0.5 {
		t.Errorf("the broker uses %v cores with nothing to do, want what is written", n)
	}
}

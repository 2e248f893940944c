package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// overBroker is a scenario whose second stage is reached over a broker; more keys of the broker and of the stage follow.
func overBroker(broker, stage string) string {
	return fmt.Sprintf("hardware = '2cpu'\n[[broker]]\nname = 'b'\nsend = '1ms'\n%s\n"+
		"[[stage]]\nname = 'detect'\nservice = '1ms'\n[[stage]]\nname = 'identify'\ncopies = 3\nvia = 'b'\nmessage = '10kB'\nservice = '1ms'\n%s\n"+
		"[[stage]]\nname = 'answer'\njoin = true\nservice = '1ms'\n",
		strings.ReplaceAll(broker, ";", "\n"), strings.ReplaceAll(stage, ";", "\n"))
}

// fusedInto is one whose second stage's work the first does.
func fusedInto(keys string, after ...string) string {
	return "[[stage]]\nname = 'detect'\nservice = '1ms'\n[[stage]]\nname = 'identify'\nfused = true\nservice = '1ms'\n" +
		strings.ReplaceAll(keys, ";", "\n") + "\n" + stages(after...)
}

func TestBrokersAreChecked(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no such broker", strings.Replace(overBroker("", ""), "via = 'b'", "via = 'bb'", 1), `stage.1.via = "bb": no [[broker]] has this name; did you mean "b"?`},
		{"no broker at all", "[[stage]]\nname = 'a'\nservice = '1ms'\nvia = 'b'\nmessage = '1kB'", `stage.0.via = "b": no [[broker]] has this name; there is none`},
		{"no message", strings.Replace(overBroker("", ""), "message = '10kB'", "", 1), `stage.1.message: missing; via needs it, for example message = "10kB"`},
		{"message alone", strings.Replace(overBroker("", ""), "via = 'b'", "", 1), "stage.1.message = \"10kB\": has no effect without via"},
		{"two of a name", overBroker("[[broker]];name = 'b'", ""), `broker.1.name = "b": stands twice; give each [[broker]] its own name`},
		{"Kafka's key", overBroker("type = 'redis-list';partitions = 2", ""), `broker.0.partitions: belongs to Kafka, and type = "redis-list"; remove it`},
		{"a type", overBroker("type = 'kafka'", ""), `broker.0.type = "kafka": must be one of "kafka-all", "kafka-1", "redis-list", "redis-stream"; did you mean "kafka-1"?`},
		{"times and a profile", overBroker("profile = 'b.toml'", ""), "broker.0.profile = \"b.toml\": stands beside times that are written; keep one of them"},
		{"cores", overBroker("cpu = 'cpus'", ""), `broker.0.cpu = "cpus": no [[resource]] has this name; did you mean "cpu"?`},
		{"a link", overBroker("link = 'cpu'", ""), `broker.0.link = "cpu": has no bandwidth; give it one`},
		{"workers", overBroker("consumers = 2", "workers = 3"), `broker.0.consumers = 2: do not share the 3 workers of stage "identify" equally; take a divisor of them`},
		{"partitions", overBroker("partitions = 2", "workers = 3"), `broker.0.partitions = 2: are fewer than the 3 consumers of stage "identify"`},
		{"too many consumers", overBroker("", "workers = 10001"), `stage.1.workers = 10001: are 10001 consumers of a broker, each with a partition, and more than 10000`},
		{"what no fetch holds", overBroker("fetch_min = '10MB'", ""), `broker.0.fetch_min = "10MB": is more than the 104 messages that a fetch of stage "identify" has at most; lower it, or raise fetch_max`},
		{"what Redis gives", overBroker("type = 'redis-stream';fetch_max = 5", "max_batch = 4"), `broker.0.fetch_max = 5: is more than stage "identify" has max_batch = 4`},
		{"a delay", overBroker("", "max_queue_delay = '1ms'"), "stage.1.max_queue_delay: has no place in a stage that is reached over a broker (via); remove it"},
		{"no limit of workers", overBroker("", "workers = 0"), "stage.1.workers = 0: is no number of consumers"},
		{"a group", overBroker("", "group = 'g'"), "stage.1.group: has no place"},
		{"several images", "[workload]\nitems = 4\n[[broker]]\nname = 'b'\n[[stage]]\nname = 'a'\nmax_batch = 4\nservice = '1ms'\nvia = 'b'\nmessage = '1kB'", "workload.items = 4: a request of several images is no message of a broker"},
		{"fused without copies", fusedInto(""), "stage.1.copies: missing; fused needs it, for example copies = 5"},
		{"fused over a broker", "[[broker]]\nname='b'\n" + fusedInto("copies = 2;via = 'b';message = '1kB'"), "stage.1.via: has no effect beside fused = true"},
		{"fused first", "[[stage]]\nname = 'a'\nfused = true\ncopies = 2\nservice = '1ms'", "stage.0.fused: no stage comes before it"},
		{"fused elsewhere", "[servers]\ngpus = 2\n" + fusedInto("copies = 2;per = 'gpu'"), `stage.1.per: is "gpu", and that of stage "detect", which does its work, is "server"`},
		{"fused workers", fusedInto("copies = 2;workers = 4"), "stage.1.workers: has no effect beside fused = true"},
		{"one after a fused one", fusedInto("copies = 2", "c"), `stage.2.join: missing; stage "identify" is fused, so that its copies go on together: set join = true`},
		{"an outage of none", overBroker("", "") + "[[outage]]\nbroker = 'c'\nat = '1s'\nfor = '1s'", `outage.0.broker = "c": no [[broker]] has this name; did you mean "b"?`},
		{"an outage of a GPU's broker", overBroker("", "") + "[[outage]]\nof = 'server'\nbroker = 'b'\nat = '1s'\nfor = '1s'", `outage.0.broker = "b": has no effect with of = "server"`},
		{"an outage's number", overBroker("", "") + "[[outage]]\nbroker = 'b'\nnumber = 0\nat = '1s'\nfor = '1s'", "outage.0.number = 0: has no effect: a broker fails on all servers"},
	} {
		if got := faultsOf(t, c.text); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	for _, text := range []string{overBroker("", ""), overBroker("type = 'redis-list'", "max_batch = 4"), overBroker("consumers = 2;partitions = 5", "workers = 4"), fusedInto("copies = 2", "c join=true")} {
		if got := faultsOf(t, text); got != "" {
			t.Errorf("%s\n%s", text, got)
		}
	}
}

// TestBrokersHaveTheirOwnDefaults: those of Kafka and of Redis, as the clients that are measured have them.
func TestBrokersHaveTheirOwnDefaults(t *testing.T) {
	for kind, want := range map[string]Broker{
		"kafka-all":    {BatchSize: 16384, InFlight: 5, FetchMin: 1, FetchMaxWait: Duration(500 * time.Millisecond), FetchMax: 500},
		"kafka-1":      {BatchSize: 16384, InFlight: 5, FetchMin: 1, FetchMaxWait: Duration(500 * time.Millisecond), FetchMax: 500},
		"redis-list":   {BatchSize: 1 << 20, InFlight: 1},
		"redis-stream": {BatchSize: 1 << 20, InFlight: 1},
	} {
		s, err := Parse("test.toml", []byte(overBroker("type = '"+kind+"'", "")), Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := s.General().Brokers[0]
		want.Name, want.Type, want.Send, want.CPU = "b", kind, got.Send, cpuName
		if got != want {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
	}
}

// lowered is the way through a scenario without brokers, and the names of all steps.
func lowered(t *testing.T, text string, set ...string) (route string, steps []string, s *Scenario) {
	t.Helper()
	s, err := Parse("test.toml", []byte(text), Options{Set: set})
	if err != nil {
		t.Fatal(err)
	}
	s = s.Lowered()
	stops, err := s.Graph()
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Stages {
		for _, step := range s.Stages[i].AllSteps() {
			steps = append(steps, step.Name)
		}
	}
	return way(s, stops, 0), steps, s
}

// TestLowered: what a stage that is reached over a broker, and one that is fused, become.
func TestLowered(t *testing.T) {
	for _, c := range []struct{ name, text, way, steps string }{
		{"Kafka", overBroker("", "workers = 2"), "detect > [identify produce > identify fetch > identify x3] > answer",
			"detect, b send, b append, b latency, b read, b fetch, b latency, identify, answer"},
		{"Redis", overBroker("type = 'redis-list'", ""), "detect > [identify produce > identify x3] > answer",
			"detect, b send, b append, b latency, b read, b fetch, b latency, identify, answer"},
		{"a disk and a network", overBroker("fsync = '2ms';link = 'net';[[resource]];name = 'net';bandwidth = '1GB/s'", ""), "detect > [identify produce > identify fetch > identify x3] > answer",
			"detect, b send, b bytes, b append, b fsync, b latency, b bytes, b read, b fetch, b latency, identify, answer"},
		{"a stage of the name", strings.Replace(overBroker("", "after = 'identify produce'"), "'detect'", "'identify produce'", 1),
			"identify produce > [identify produce > identify fetch > identify x3] > answer",
			"identify produce, b send, b append, b latency, b read, b fetch, b latency, identify, answer"},
		{"fused", fusedInto("copies = 2", "c join=true", "d"), "detect > c > d", "detect, identify, c, d"},
		{"fused twice", fusedInto("copies = 2", "c join=true;after='identify'", "d fused=true;copies=4", "e after='d';join=true"), "detect > c > e", "detect, identify, c, d, e"},
	} {
		route, steps, _ := lowered(t, c.text)
		if got := strings.Join(steps, ", "); route != c.way || got != c.steps {
			t.Errorf("%s: %s with %s\nwant %s with %s", c.name, route, got, c.way, c.steps)
		}
	}
}

// TestLoweredKeys: what a user would change is named by its key in the scenario.
func TestLoweredKeys(t *testing.T) {
	_, _, s := lowered(t, overBroker("", "workers = 2"))
	for i, want := range [][3]string{
		{"stage.x.workers", "x.max_batch", "x.max_queue_delay"},
		{"broker.b.in_flight", "broker.b.batch_size", "broker.b.linger"},
		{"broker.b.consumers", "broker.b.fetch_max", "broker.b.fetch_min"},
		{"stage.x.workers", "x.max_batch", "x.max_queue_delay"},
	} {
		st := &s.Stages[i]
		if got := [3]string{st.WorkersKey("stage.x"), st.Blame("x.max_batch"), st.DelayKey("x")}; got != want {
			t.Errorf("%s: %q, want %q", st.Name, got, want)
		}
	}
	if i, name := s.Stages[1].Origin(1); i != 1 || name != "identify" {
		t.Errorf("%s is of stage %d, %q", s.Stages[1].Name, i, name)
	}
}

// TestSetBrokers: keys of brokers and stages are set from outside by name, and another type takes the keys away that it lacks.
func TestSetBrokers(t *testing.T) {
	text := overBroker("partitions = 4;fetch_min = '20kB'", "workers = 2")
	_, _, s := lowered(t, text, "broker.b.linger=5ms", "stage.identify.message=40kB", "stage.identify.copies=9")
	leg := s.Stages[1].Leg()
	if leg.Linger.Duration() != 5*time.Millisecond || leg.Message != 40000 || leg.MaxMessages() != 1 || leg.MaxRequest() != 4 || s.Stages[1].Copies.Mean != 9 {
		t.Errorf("sends %+v, copies %+v", leg, s.Stages[1].Copies)
	}
	if leg := s.Stages[2].Leg(); leg.MinMessages() != 1 || leg.Consumers != 2 || leg.Workers != 1 {
		t.Errorf("fetches %+v", leg)
	}
	route, _, s := lowered(t, text, "broker.b.type=redis-stream")
	if route != "detect > [identify produce > identify x3] > answer" || s.Brokers[0].Partitions != 0 {
		t.Errorf("over Redis: %s, %+v", route, s.Brokers[0])
	}
}

package explain

import (
	"context"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// answersOf answers both questions about a scenario, without its elasticities.
func answersOf(t *testing.T, text string) (out []*Answer) {
	t.Helper()
	l, err := newLab(t.Context(), scenario.Text("s.toml", []byte(text)), scenario.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if l.full, err = l.saturated(t.Context(), variant{}); err != nil {
		t.Fatal(err)
	}
	for _, ask := range []func(context.Context) (*Answer, error){l.whyNoGrowth, l.whySlow} {
		a, err := ask(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

const (
	gpu  = "[[resource]]\nname = 'gpu'\ntype = 'gpu'\n"
	cpu2 = "[[resource]]\nname = 'cpu'\ncapacity = 2.0\n"
)

// instance is a stage of one worker on a GPU or on a resource of its own.
func instance(resource, service string) string {
	return "[[stage]]\nname = 'instance'\nworkers = 1\nsteps = [{name = 'infer'" + resource + ", service = {dist = 'lognormal', mean = '" + service + "', cv = 0.1}}]\n"
}

func closed(clients string) string { return "[workload]\nconcurrency = " + clients + "\n" }

// TestWhyThroughputDoesNotGrow: the same question has another answer in each scenario, and the numbers in it are those
// of the scenario.
func TestWhyThroughputDoesNotGrow(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cause      Cause
		words      []string
	}{
		{"instances share one GPU", closed("16") + gpu + instance(", resource = 'gpu'", "10ms"), SharedDevice,
			[]string{"capacity goes from 100/s to 100/s", "share gpu", "Infer takes 10.0 ms alone, and nothing more beside others with 1"}},
		{"instances share cores", closed("16") + cpu2 + strings.Replace(instance(", resource = 'cpu'", "10ms"), "workers = 1", "workers = 2", 1), SharedDevice,
			[]string{"capacity goes from 200/s to 200/s", "share cpu"}},
		{"instances take turns", closed("16") + "[[resource]]\nname = 'limiter'\ntype = 'engine'\ncapacity = 0.0\nslots = 1\n" + instance(", resource = 'limiter'", "5ms"), SharedDevice,
			[]string{"share limiter", "in line for it"}},
		{"instances slow each other down", closed("16") + gpu + "slowdown = [{neighbours = [1.0, 3.0], factors = [2.0, 4.0]}]\n" + instance(", resource = 'gpu'", "10ms"), SharedDevice,
			[]string{"share gpu", "10.0 ms more with 2"}},
		{"instances slow each other down a little", closed("16") + gpu + "slowdown = [{neighbours = [1.0], factors = [1.1]}]\n" + instance(", resource = 'gpu'", "10ms"), Grows, nil},
		{"one worker preprocesses", closed("16") + gpu + "[[stage]]\nname = 'preprocess'\nworkers = 1\nservice = '20ms'\n" + instance(", resource = 'gpu'", "5ms"), OtherStage,
			[]string{"preprocess workers are busy for 100.0 % with 1, 100.0 % with 2", "stage.preprocess.workers", "50.0/s to 50.0/s"}},
		{"preprocessing fills the cores", closed("16") + gpu + cpu2 + "[[stage]]\nname = 'preprocess'\nworkers = 8\nresource = 'cpu'\nservice = {dist = 'lognormal', mean = '20ms', cv = 0.1}\n" + instance(", resource = 'gpu'", "5ms"), OtherWork,
			[]string{"cpu (resource.cpu) is busy for 100.0 %", "preprocess", "instance does not need"}},
		{"preprocessing fills the cores of the instances", closed("32") + cpu2 + "[[stage]]\nname = 'decode'\nworkers = 8\nresource = 'cpu'\nservice = {dist = 'lognormal', mean = '20ms', cv = 0.1}\n[[stage]]\nname = 'instance'\nworkers = 8\nsteps = [{name = 'load', service = '40ms'}, {name = 'infer', resource = 'cpu', service = '5ms'}]\n", OtherWork,
			[]string{"decode"}},
		{"little arrives", "[workload]\nrate = '20/s'\n" + instance("", "10ms"), LittleLoad,
			[]string{"Throughput is what arrives, 20.0/s", "of the 100/s"}},
		{"one client", closed("1") + "[[stage]]\nname = 'client'\nworkers = 0\nservice = '20ms'\n" + instance("", "10ms"), LittleLoad,
			[]string{"1 client is too few", "33.3/s"}},
		{"nothing is in the way", closed("16") + instance("", "10ms"), Grows, []string{"100/s to 200/s (+100"}},
		{"everybody is let in", closed("16") + "[[stage]]\nname = 'delay'\nworkers = 0\nservice = '10ms'\n", NoInstances, nil},
	} {
		a := answersOf(t, c.text)[0]
		if a.Cause != c.cause {
			t.Errorf("%s: cause %q, want %q: %s", c.name, a.Cause, c.cause, a.Text)
		}
		for _, want := range c.words {
			if !strings.Contains(a.Text, want) {
				t.Errorf("%s: %q is not in: %s", c.name, want, a.Text)
			}
		}
	}
}

// batched is a stage that takes 2 ms for batches of up to 8.
func batched(delay string) string {
	return "[[stage]]\nname = 'instance'\nworkers = 1\nmax_batch = 8\nmax_queue_delay = '" + delay + "'\nservice = {dist = 'lognormal', mean = '2ms', cv = 0.1}\n"
}

// TestWhyP99IsHigh: likewise with a batcher's delay.
func TestWhyP99IsHigh(t *testing.T) {
	for _, c := range []struct {
		name, text string
		cause      Cause
		words      []string
	}{
		{"fewer clients than a batch", closed("3") + batched("50ms"), FewClients,
			[]string{"goes at 8 images, or after 50ms", "3 clients that wait for their answers can never have more than 3", "stage.instance.max_queue_delay = 0"}},
		{"too little arrives to fill a batch", "[workload]\nrate = '20/s'\n" + batched("100ms"), NeverFull,
			[]string{"within the delay of 100ms only 2 more come"}},
		{"batches fill", "[workload]\nrate = '1000/s'\n" + batched("50ms"), FullOnes, []string{"of 8"}},
		{"it is the service", "[workload]\nrate = '20/s'\n" + batched("10us"), ServiceItself, []string{"The delay is not why"}},
		{"it is the queue", closed("64") + batched("10us"), ForWorkers, []string{"The delay is not why", "waiting for a worker"}},
		{"there is no delay", "[workload]\nrate = '20/s'\n" + instance("", "10ms"), NoDelay, []string{"No stage waits for fuller batches"}},
		{"it cannot keep up", "[workload]\nrate = '9000/s'\n" + batched("1ms"), NoSteadyState, nil},
	} {
		a := answersOf(t, c.text)[1]
		if a.Cause != c.cause {
			t.Errorf("%s: cause %q, want %q: %s", c.name, a.Cause, c.cause, a.Text)
		}
		for _, want := range c.words {
			if !strings.Contains(a.Text, want) {
				t.Errorf("%s: %q is not in: %s", c.name, want, a.Text)
			}
		}
	}
}

package triton

import (
	"fmt"
	"strings"
	"testing"
)

// A rate limiter lets so many instances execute at once as its resources are there for, on each device or in all.
func TestRateLimiter(t *testing.T) {
	const r1, global = `rate_limiter { resources { name: "R1" count: 2 } }`, `rate_limiter { resources { name: "R1" global: true count: 2 } }`
	for _, c := range []struct {
		groups  string
		opt     Options
		workers int
		warns   string
	}{
		{"instance_group { count: 2 gpus: 0 " + r1 + " }", Options{}, 1, "m/config.pbtxt:4: instance_group.0.rate_limiter.resources: 1 of its "},
		{"instance_group { count: 2 gpus: 0 " + r1 + " }", Options{RateLimit: "off"}, 2, "resources: left out, as by a server without --rate-limit"},
		{"instance_group { count: 5 gpus: 0 " + r1 + " }", Options{RateLimitResources: []string{"R1:5"}}, 2, "2 of its "},
		{"instance_group { count: 5 gpus: [ 0, 1 ] " + r1 + " }", Options{RateLimitResources: []string{"R1:6"}}, 6, "6 of its "},
		{"instance_group { count: 5 gpus: [ 0, 0 ] " + r1 + " }", Options{}, 1, "1 of its "},
		{"instance_group { count: 5 gpus: [ 0, 1 ] " + global + " }", Options{}, 1, "1 of its "},
		{"instance_group { count: 5 kind: KIND_CPU " + r1 + " }", Options{RateLimitResources: []string{"R1:8"}}, 4, "4 of its "},
		{`instance_group { count: 5 gpus: 0 rate_limiter { resources [ { name: "R1" count: 2 }, { name: "R2" count: 3 } ] } }`,
			Options{RateLimitResources: []string{"R1:8", "R2:6"}}, 2, "2 of its "},
		{"instance_group { count: 2 gpus: 0 rate_limiter { } }", Options{}, 2, ""},
		{`instance_group { count: 2 gpus: 0 rate_limiter { resources { name: "R1" count: 0 } } }`, Options{}, 2, ""},
	} {
		opt := c.opt
		opt.Hardware, opt.Times = "8gpu", []string{"1ms"}
		r := repository{"m": tensors + "\n" + c.groups}
		if st := stageOf(t, r["m"], opt); st.Workers != c.workers {
			t.Errorf("%s: %d workers, want %d", c.groups, st.Workers, c.workers)
		}
		result, err := r.importing("m", opt)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(result.Warnings); !strings.Contains(got, c.warns) || c.warns == "" && strings.Contains(got, "rate_limiter") {
			t.Errorf("%s warns %s, want %s", c.groups, got, c.warns)
		}
	}
	_, err := repository{"m": tensors + "instance_group { " + r1 + " }"}.importing("m", Options{RateLimitResources: []string{"R1:1"}})
	if want := `rate_limiter.resources.0.count = 2: there are 1 of resource "R1"; --rate-limit-resource says how many`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// A resource that several groups need is held by each of their batches: on each device, or once for all.
func TestSharedRateLimiter(t *testing.T) {
	const local, global = `rate_limiter { resources { name: "R1" count: 2 } }`, `rate_limiter { resources { name: "R1" count: 2 global: true } }`
	for _, c := range []struct {
		a, b, takes string
	}{
		{"gpus: 0 " + local, "gpus: 0 " + local, "a rate limiter's R1 of a 2, b rate limiter's R1 of a 2"},
		{"gpus: 0 " + global, "gpus: 1 " + global, "a rate limiter's R1 2, b rate limiter's R1 2"},
		{"gpus: 0 " + local, "gpus: 1 " + local, ""}, // each has it for itself
		{"gpus: 0 " + local, "gpus: 0 " + global, ""},
		{"kind: KIND_CPU " + local, "kind: KIND_CPU " + local, "a rate limiter's R1 on the CPU 2, b rate limiter's R1 on the CPU 2"},
	} {
		r := repository{"a": tensors + "instance_group { count: 3 " + c.a + " }", "b": tensors + "instance_group { " + c.b + " }"}
		result, err := r.all(Options{Hardware: "8gpu", Times: []string{"1ms"}, RateLimitResources: []string{"R1:3"}})
		if err != nil {
			t.Fatal(err)
		}
		var takes []string
		system := mustBuild(t, result.TOML).System
		for _, p := range system.Pools {
			if p.Take != nil && p.Take.Batch && len(p.Give) == 1 && system.Memories[p.Give[0]].SizeBytes == 3 {
				takes = append(takes, fmt.Sprint(p.Name, " ", system.Memories[p.Take.Memory].Name, " ", p.Take.SizeBytes[0]))
			}
		}
		if got := strings.Join(takes, ", "); got != c.takes {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.takes)
		}
		if workers := system.Pools[0].Workers; (workers == 3) != (c.takes != "") {
			t.Errorf("%s and %s: %d workers", c.a, c.b, workers)
		}
	}
}

// The batches of one queue hold the same; what does not fit that is told.
func TestUnevenRateLimiter(t *testing.T) {
	group := func(needs string) string {
		return "instance_group { gpus: 0 rate_limiter { resources [ " + needs + " ] } }\n"
	}
	one, two, other := `{ name: "R1" count: 1 }`, `{ name: "R1" count: 2 }`, `{ name: "R2" count: 1 }`
	for _, c := range []struct{ a, b, want string }{
		{group(one) + group(two), group(one), "rate_limiter.resources.0.count = 1: the model's groups need different counts"},
		{group(one + ", " + other), group(one + ", " + other), `rate_limiter.resources.1.name = "R2": left out; a batch holds one resource that other instance groups need, here "R1"`},
	} {
		result, err := repository{"a": tensors + c.a, "b": tensors + c.b}.all(Options{Hardware: "8gpu", Times: []string{"1ms"}})
		if err != nil {
			t.Fatal(err)
		}
		mustBuild(t, result.TOML)
		if got := fmt.Sprint(result.Warnings); !strings.Contains(got, c.want) {
			t.Errorf("warns %s\nwant %s", got, c.want)
		}
	}
}

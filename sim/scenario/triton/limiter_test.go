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

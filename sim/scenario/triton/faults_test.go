package triton

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// Every fault is one line with file, line, field, what was found, the rule and a remedy.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"max_batch_sze: 8", `m/config.pbtxt:1: max_batch_sze: no field of Triton's model configuration; did you mean "max_batch_size"?`},
		{"dynamic_batching {\n\n  prefered_batch_size: [ 4 ]\n}", `m/config.pbtxt:3: dynamic_batching.prefered_batch_size: no field of Triton's model configuration; did you mean "preferred_batch_size"?`},
		{"\nrate_limiter { priority: 3 }", "m/config.pbtxt:2: rate_limiter: belongs into instance_group { }, not at the top level; move it there"},
		{"max_queue_delay_microseconds: 100", "max_queue_delay_microseconds: belongs into dynamic_batching { }, not at the top level"},
		{"version_policy { latest { number: 2 } }", "version_policy.latest.number: no field of Triton's model configuration; fields here: num_versions"},
		{"max_batch_size: 8\nmax_batch_size: 9", "m/config.pbtxt:2: max_batch_size: stands twice, first on line 1"},
		{"max_batch_size: eight", "m/config.pbtxt:1: max_batch_size = eight: must be a whole number"},
		{"max_batch_size: 5000000000", "max_batch_size = 5000000000: does not fit into 32 bits"},
		{"max_batch_size: 08", "max_batch_size = 08: must be a whole number"},
		{"max_batch_size: -1", "max_batch_size = -1: must not be negative"},
		{"max_batch_size 8", "max_batch_size: has no colon before its value; write max_batch_size: 8"},
		{"max_batch_size { }", "max_batch_size: must be a single value"},
		{"max_batch_size: [ 8 ]", "max_batch_size: must be a single value"},
		{"dynamic_batching: 5", "dynamic_batching: must be a message in { }"},
		{"name: m", "name = m: must be a text in quotes"},
		{`name: "\xff"`, "is not UTF-8"},
		{"dynamic_batching { preserve_ordering: yes }", "preserve_ordering = yes: must be true or false"},
		{"instance_group { kind: KIND_GPUS }", "instance_group.0.kind = KIND_GPUS: is not a value of this field; did you mean KIND_GPU?"},
		{"instance_group { kind: 9 }", "values: KIND_AUTO, KIND_GPU, KIND_CPU, KIND_MODEL"},
		{"dynamic_batching { max_queue_delay_microseconds: -1 }", "max_queue_delay_microseconds = -1: must be from 0 to 18446744073709551615"},
		{"dynamic_batching { max_queue_delay_microseconds: 18446744073709551615 }", "must be at most 8640000000000, 100 days"},
		{"max_batch_size: 4 dynamic_batching { preferred_batch_size: [ 2, 8 ] }", "dynamic_batching.preferred_batch_size = 8: must be from 1 to max_batch_size = 4"},
		{"dynamic_batching { priority_levels: 3 }", "default_priority_level = 0: must be from 1 to priority_levels = 3; it is the level of requests that name none"},
		{"dynamic_batching { priority_levels: 99 default_priority_level: 1 }", "priority_levels = 99: at most 64 are simulated"},
		{"dynamic_batching { priority_levels: 2 default_priority_level: 1 priority_queue_policy { key: 3 } }", "priority_queue_policy = 3: its key must be from 1 to priority_levels = 2"},
		{"dynamic_batching { preserve_ordering: true priority_levels: 2 default_priority_level: 1 }", "preserve_ordering = true: contradicts priority_levels above 1"},
		{"dynamic_batching { preserve_ordering: true default_queue_policy { default_timeout_microseconds: 1 timeout_action: DELAY } }", "timeout_action = DELAY: contradicts preserve_ordering"},
		{"instance_group { kind: KIND_GPU gpus: [ 0, 3 ] }", "instance_group.0.gpus = 3: 1gpu-rtx4090 (embedded) has 1, numbered from 0; name a larger machine with --hardware"},
		{"instance_group { kind: KIND_CPU gpus: 0 }", "instance_group.0.gpus = [0]: stands beside kind: KIND_CPU, which takes none"},
		{"instance_group { passive: true }", "instance_group: all instances are passive"},
		{"instance_group { count: 2000000 }", "at most 1000000 instances are simulated"},
		{"dynamic_batching { } sequence_batching { }", "sequence_batching: stands beside dynamic_batching; a model has one scheduler"},
		{`platform: "ensemble"`, `platform = "ensemble": an ensemble needs ensemble_scheduling`},
		{`input { name: "x" data_type: TYPE_FP64 dims: [ 9223372036854775807, 9223372036854775807 ] }`, "a request's tensors have more than 1 TiB"},
		{`input { name: "x" dims: [ 3, -7 ] }`, "m/config.pbtxt:1: input.0.dims = -7: must be at least 1, or -1 for one of varying size"},
		{`output { name: "x" dims: 0 }`, "output.0.dims = 0: must be at least 1"},
		{"dynamic_batching {\n", "m/config.pbtxt:1: not in protobuf's text format: \"{\" is never closed"},
		{"\n}", "m/config.pbtxt:2: not in protobuf's text format: \"}\" closes nothing"},
		{"instance_group [\n{ count: 1 ]", "m/config.pbtxt:2: not in protobuf's text format: \"]\" closes the \"{\" of line 2"},
		{"name: \"m", "a string does not end on its line"},
		{"% max_batch_size: 1 %", "\"%\" outside of a string"},
		{strings.Repeat("a{", 50), "more than 32 brackets inside each other"},
		{"\xff\xfe", "is not UTF-8 text"},
		{strings.Repeat("#", 2<<20), "is longer than 1048576 bytes"},
		{"{ }", "a value without the name of a field"},
	} {
		_, err := repository{"m": c.text}.importing("m", Options{})
		var input *scenario.InputError
		if !errors.As(err, &input) || input.ExitCode() != 2 {
			t.Errorf("%.60q: error %v", c.text, err)
			continue
		}
		if got := err.Error(); !strings.Contains(got, c.want) || strings.Contains(got, "\n") || !strings.HasPrefix(got, "models/m/config.pbtxt:") {
			t.Errorf("%.60q\ngives %s\nwant one line with %s", c.text, got, c.want)
		}
	}
}

// All faults are told at once, in the order of the lines.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := repository{"m": "nam: \"m\"\nmax_batch_size: x\ninstance_group { cont: 1 }\n"}.importing("m", Options{})
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Fatalf("want three lines, got %v", err)
	}
	for i, line := range strings.Split(err.Error(), "\n") {
		if !strings.HasPrefix(line, "models/m/config.pbtxt:"+string(rune('1'+i))+":") {
			t.Errorf("line %d is %q", i, line)
		}
	}
}

func TestOptionFaults(t *testing.T) {
	for _, c := range []struct {
		opt  Options
		want string
	}{
		{Options{Hardware: "8gpus"}, `no machine of this name is embedded; did you mean "8gpu"?`},
		{Options{Hardware: "no/such.toml"}, "cannot be read: no such file or directory"},
		{Options{Image: "huge"}, `--image: "huge" is no size; take small, medium, large or bytes`},
		{Options{Image: "12"}, "has no unit"},
		{Options{Times: []string{"2"}}, `--times: "2": "2" is no time; write for example 2ms + 0.05ms/image`},
		{Options{Times: []string{"1ms + 2ms"}}, "has two parts of a kind"},
		{Options{Times: []string{"-1ms"}}, "is no time"},
		{Options{Times: []string{"90000h"}}, "is longer than an hour"},
		{Options{Times: []string{"m@tpu=1ms"}}, `after @ stands "tpu"; write @cpu or @gpu`},
		{Options{Times: []string{"m@cpu=1ms"}}, "--times: m@cpu: the model has no instances there"},
		{Options{Times: []string{"1:2ms,x:3ms"}}, `"x:3ms" is no batch size and time; write for example 1:2ms,8:5ms`},
		{Options{Times: []string{"1:2ms,8"}}, `"" is no time`},
		{Options{Times: []string{"1:2ms,1:3ms"}}, "has batch size 1 twice"},
		{Options{Times: []string{"2:2ms,4:3ms"}}, `--times: 2:2ms,4:3ms: batches of "m" are of 1 to 1`},
		{Options{Times: []string{"0:2ms"}}, "is no batch size and time"},
		{Options{Times: []string{""}}, `"" is no time`},
		{Options{Times: []string{"n=1ms"}}, `--times: "n" is no model of this configuration; did you mean "m"?`},
		{Options{Times: []string{"m=1ms", " m =2ms"}}, `--times: " m =2ms": "m=1ms" is of the same instances; keep one of them`},
		{Options{Times: []string{"1ms", "2ms"}}, `--times: "2ms": "1ms" is of the same instances; keep one of them`},
		{Options{RateLimit: "on"}, `--rate-limit: "on" is none of its values; take execution_count, off`},
		{Options{RateLimitResources: []string{"R1"}}, `--rate-limit-resource: "R1" is no name and count; write for example R1:4`},
		{Options{Shares: map[int]int{1: 1}}, "--shares: 1 = 1: the model has no priority_levels in dynamic_batching, among which to part the requests; drop --shares"},
		{Options{RateLimitResources: []string{"R:4", " R :2"}}, `--rate-limit-resource: "R" stands twice, with 4 and 2; keep one of them`},
	} {
		_, err := repository{"m": tensors}.importing("m", c.opt)
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v\ngives %v\nwant one line with %s", c.opt, err, c.want)
		}
	}
}

// Options without an effect have a warning.
func TestOptionsWithoutEffect(t *testing.T) {
	needs := tensors + `instance_group { rate_limiter { resources { name: "R1" count: 1 } } }`
	for _, c := range []struct {
		text string
		opt  Options
		want string
	}{
		{needs, Options{RateLimitResources: []string{"R2:3"}}, `--rate-limit-resource: R2 = 3: has no effect: no instance group needs this resource; did you mean "R1"?`},
		{needs, Options{RateLimitResources: []string{"R1:3"}, RateLimit: RateLimitOff}, "--rate-limit-resource: R1 = 3: has no effect with --rate-limit off"},
		{tensors, Options{RateLimitResources: []string{"R2:3"}}, "R2 = 3: has no effect: no instance group needs a resource"},
		{needs, Options{RateLimitResources: []string{"R1:3"}}, ""},
		{tensors, Options{Repository: "/nope"}, `--repository: "/nope" has no effect: "m" is no ensemble`},
		{tensors, Options{}, ""},
	} {
		c.opt.Times = []string{"1ms"}
		r, err := repository{"m": c.text}.importing("m", c.opt)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(r.Warnings)
		if !strings.Contains(got, c.want) || c.want == "" && strings.Contains(got, "no effect") {
			t.Errorf("%+v warns %s, want %q", c.opt, got, c.want)
		}
	}
	_, err := repository{"m": tensors}.all(Options{Repository: "/nope"})
	if want := `--repository: "/nope" stands beside "models", which is a folder of models itself; name one of them`; fmt.Sprint(err) != want {
		t.Errorf("%v, want %s", err, want)
	}
}

package triton

import (
	"fmt"
	"strings"
	"testing"
)

// The time of a model is the nearest of those given, as it was written.
func TestTimes(t *testing.T) {
	const batched = "max_batch_size: 8 dynamic_batching { }" + tensors
	for _, c := range []struct {
		times  []string
		groups string
		want   string // services of infer, stage by stage
	}{
		{[]string{"2ms"}, "", `"2ms"`},
		{[]string{"2ms + 0.5ms/image"}, "", `{dist = "constant", mean = "2ms", per_image = "500us"}`},
		{[]string{"40ms/image"}, "", `{dist = "constant", mean = "0ns", per_image = "40ms"}`},
		{[]string{"8: 5ms, 1:2ms"}, "", `{dist = "table", batches = [1, 8], means = ["2ms", "5ms"]}`},
		{[]string{"9ms", "m=1:2ms,8:5ms"}, "", `{dist = "table", batches = [1, 8], means = ["2ms", "5ms"]}`},
		{[]string{"9ms", "@gpu=3ms", "@cpu=7ms"}, "", `"3ms"`},
		{[]string{"@cpu=7ms/image", "m=9ms", "m@cpu=6ms"}, "instance_group { kind: KIND_CPU }", `"6ms"`},
		{[]string{"m@gpu=2ms", "@cpu=40ms/image"}, "instance_group [ { kind: KIND_GPU }, { kind: KIND_CPU } ]",
			`"2ms" {dist = "constant", mean = "0ns", per_image = "40ms"}`},
		{nil, "instance_group [ { kind: KIND_GPU }, { kind: KIND_CPU } ]",
			`{profile_stage = "infer", model = "m"} {profile_stage = "infer", model = "m", threads = 1}`},
	} {
		r, err := repository{"m": batched + c.groups}.importing("m", Options{Times: c.times})
		if err != nil {
			t.Errorf("%q: %v", c.times, err)
			continue
		}
		var got []string
		for line := range strings.Lines(string(r.TOML)) {
			if _, after, ok := strings.Cut(line, `{name = "infer"`); ok {
				_, service, _ := strings.Cut(after, "service = ")
				service = strings.TrimSuffix(strings.TrimSpace(service), "},")
				service, _, _ = strings.Cut(service, ", cores")
				got = append(got, service)
			}
		}
		if have := strings.Join(got, " "); have != c.want {
			t.Errorf("%q\ngives %s\nwant  %s", c.times, have, c.want)
		}
		if c.times != nil {
			mustBuild(t, r.TOML)
		}
	}
}

// One time for instances on both kinds of devices is refused in one line, however it was given.
func TestOneTimeForBothKinds(t *testing.T) {
	text := tensors + "\ninstance_group [ { kind: KIND_GPU }, { kind: KIND_CPU } ]"
	for _, times := range [][]string{{"2ms"}, {"m=2ms"}, {"m@gpu=2ms", "3ms"}, {"@cpu=2ms", "m=3ms"}} {
		_, err := repository{"m": text}.importing("m", Options{Times: times})
		want := "models/m/config.pbtxt:4: instance_group: has instances on GPUs and on the CPU, and --times does not say of which it is; give both: --times m@gpu=TIME --times m@cpu=TIME"
		if fmt.Sprint(err) != want {
			t.Errorf("%q: %v\nwant %s", times, err, want)
		}
	}
}

// A table that does not reach the largest batch is told at once, not when the scenario runs.
func TestTablesReachAllBatches(t *testing.T) {
	r := repository{"m": "max_batch_size: 8 dynamic_batching { }" + tensors}
	for _, times := range []string{"1:2ms,4:5ms", "2:2ms,8:5ms"} {
		_, err := r.importing("m", Options{Times: []string{times}})
		if want := `--times: ` + times + `: batches of "m" are of 1 to 8; give the first and the last of them a time, too`; fmt.Sprint(err) != want {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

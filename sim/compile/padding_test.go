package compile

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"vsim/sim/engine/random"
)

// means are a row's mean times in ms, rounded to the microsecond.
func means(row []*random.Sampler) string {
	var out []string
	for _, s := range row {
		out = append(out, fmt.Sprintf("%.5g", s.Mean()/1e6))
	}
	return strings.Join(out, " ")
}

// with gives cpuScenario, whose largest batch is 6, with allowed sizes.
func with(sizes string) string {
	return strings.Replace(cpuScenario, "max_batch = 6", "max_batch = 6\nallowed_batch_sizes = "+sizes, 1)
}

// A padded batch takes what the profile says of the size that is run, measured or interpolated; how well it is known
// counts the sizes that are run alone. What is done for each request stays as it is.
func TestPaddedTimesOfAProfile(t *testing.T) {
	p := FromProfile(measured(), nil) // inference takes 1 ms + 3 ms a picture, measured with 1, 2, 4 and 8
	for _, c := range []struct{ sizes, infer, origin, warning string }{
		{"[1, 2, 3, 4, 5, 6]", "4 7 10 13 16 19", "interpolated", "infer: 3 of 6 batch sizes are interpolated"},
		{"[1, 2, 6]", "4 7 19 19 19 19", "interpolated", "infer: 1 of 3 batch sizes is interpolated"},
		{"[2, 4, 6]", "7 7 13 13 19 19", "interpolated", "infer: 1 of 3 batch sizes is interpolated"},
		{"[3, 6]", "10 10 10 19 19 19", "interpolated", "infer: 2 of 2 batch sizes are interpolated"},
	} {
		built := mustBuild(t, with(c.sizes), p)
		inf := pool(t, built.System, "inference")
		if got := means(step(t, inf, "infer").Service.At[0]); got != c.infer {
			t.Errorf("%s: batches take %s ms, want %s", c.sizes, got, c.infer)
		}
		if got := strings.Join(built.Warnings, "\n"); !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %q, want %q", c.sizes, got, c.warning)
		}
		steps := built.Topology.Stages[1].Steps
		if got := steps[1].Times; string(got) != c.origin {
			t.Errorf("%s: times of %s are %s, want %s", c.sizes, steps[1].Name, got, c.origin)
		}
		plain := pool(t, mustBuild(t, cpuScenario, p).System, "inference")
		for _, name := range []string{"copy", "post"} {
			if !reflect.DeepEqual(step(t, inf, name).Service, step(t, plain, name).Service) {
				t.Errorf("%s: the time of %s has changed", c.sizes, name)
			}
		}
	}
	text := strings.Replace(with("[4, 8]"), "max_batch = 6", "max_batch = 8", 1)
	built := mustBuild(t, text, p)
	if got := built.Topology.Stages[1].Steps[1].Times; got != "measured" || strings.Contains(strings.Join(built.Warnings, "\n"), "interpolated") {
		t.Errorf("only measured sizes are run, but the times are %s, the warnings %q", got, built.Warnings)
	}
	_, err := Build(load(t, strings.Replace(with("[1, 9]"), "max_batch = 6", "max_batch = 9", 1)), p)
	if err == nil || !strings.Contains(err.Error(), "batcher.max_batch: a batch of 9 is beyond") || strings.Contains(err.Error(), "\n") {
		t.Errorf("beyond the profile: %v", err)
	}
}

// Written times follow the same rule, and a table needs to reach the sizes that are run alone.
func TestPaddedTimesAsWritten(t *testing.T) {
	for _, c := range []struct{ service, want string }{
		{"{mean='2ms', per_image='1ms'}", "4 4 7 7 7"},
		{"{dist='exponential', mean='2ms', per_image='1ms'}", "4 4 7 7 7"},
		{"{dist='table', batches=[2, 5], means=['3ms', '5ms'], cv=0.2}", "3 3 5 5 5"},
		{"{dist='table', batches=[2, 8], means=['3ms', '6ms']}", "3 3 4.5 4.5 4.5"},
		{"'1ms'", "1 1 1 1 1"},
	} {
		text := "[[stage]]\nname='a'\nmax_batch=5\nallowed_batch_sizes=[2, 5]\nservice=" + c.service
		if got := means(mustBuild(t, text, nil).System.Pools[0].Steps[0].Service.At[0]); got != c.want {
			t.Errorf("%s: batches take %s ms, want %s", c.service, got, c.want)
		}
	}
}

// Times by class are padded in every class.
func TestPaddedTimesByClass(t *testing.T) {
	text := "[[class]]\nname='x'\n[[class]]\nname='y'\n[[stage]]\nname='a'\nmax_batch=3\nallowed_batch_sizes=3\n" +
		"service=[{class='x', mean='0ms', per_image='1ms'}, {class='y', mean='0ms', per_image='2ms'}]"
	at := mustBuild(t, text, nil).System.Pools[0].Steps[0].Service.At
	if x, y := means(at[0]), means(at[1]); x != "3 3 3" || y != "6 6 6" {
		t.Errorf("x takes %s ms, y %s", x, y)
	}
}

// Of a GPU's way through a batch the models' runs alone are padded: transfers, decoding and resizing are of the
// requests that are there, also where they are done once a batch.
func TestOnlyTheModelsArePadded(t *testing.T) {
	text := presets(t)["padded.toml"]
	var lines []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "allowed_batch_sizes") {
			lines = append(lines, line)
		}
	}
	tensors := strings.NewReplacer("[pipeline]", "[pipeline]\npreprocessing = 'none'") // uploads in one transfer a batch
	for _, change := range []*strings.Replacer{strings.NewReplacer(), tensors,
		strings.NewReplacer("[pipeline]", "[link]\nmemory = 'pageable'\n[pipeline]\npreprocessing = 'none'"), // a core copies a batch

		strings.NewReplacer("d2h = {mean = \"10us\", per_image = \"1us\"}\n", "")} {
		padded, plain := change.Replace(text), change.Replace(strings.Join(lines, ""))
		a, b := mustBuild(t, padded, embedded(t, padded)).System, mustBuild(t, plain, embedded(t, plain)).System
		changed := map[string]string{}
		for i := range a.Pools {
			for k := range a.Pools[i].Steps {
				if s := a.Pools[i].Steps[k]; !reflect.DeepEqual(s, b.Pools[i].Steps[k]) {
					changed[a.Pools[i].Name+" "+s.Name] = means(s.Service.At[0])
				}
			}
		}
		want := map[string]string{"detect infer": "26 26 58 58 58 58", "identify identify": "1.2 1.8 1.8 1.8 2.8 2.8 2.8 2.8 2.8"}
		if !reflect.DeepEqual(changed, want) {
			t.Errorf("%s\nchanges %v, want %v", padded, changed, want)
		}
	}
}

// Where decoding was measured with whole batches it is looked up by batch, but never padded.
func TestDecodingInBatchesIsNotPadded(t *testing.T) {
	p := FromProfile(batchDecoding(), nil)
	inf := pool(t, mustBuild(t, batchScenario+"\nallowed_batch_sizes=8", p).System, "inference")
	was := pool(t, mustBuild(t, batchScenario, p).System, "inference")
	for _, name := range []string{"decode", "resize"} {
		if got := step(t, inf, name); got.Service.PerItem {
			t.Fatalf("%s is of single images: this test wants it in batches", name)
		} else if !reflect.DeepEqual(got, step(t, was, name)) {
			t.Errorf("%s is padded: %s ms", name, means(got.Service.At[0]))
		}
	}
	written := "[cpu]\ncores=2\n[gpu]\ncount=1\n[link]\nbandwidth='10GB/s'\n[[stage]]\nname='a'\nper='gpu'\nmax_batch=8\nallowed_batch_sizes=8\n" +
		"steps=[{name='decode', resource='gpu', service={profile_stage='decode', image='medium'}}, {name='infer', resource='gpu', service='2ms'}]"
	if got := means(mustBuild(t, written, p).System.Pools[0].Steps[0].Service.At[0]); !strings.HasPrefix(got, "0.1 0.12 ") {
		t.Errorf("decoding once a batch takes %s ms", got)
	}
	if got := means(step(t, inf, "infer").Service.At[0]); got != "2 2 2 2 2 2 2 2" {
		t.Errorf("inference takes %s ms", got)
	}
}

// Metamorphic: with every size allowed nothing changes; with the largest alone every batch takes its time.
func TestEverySizeIsNone(t *testing.T) {
	p := FromProfile(measured(), nil)
	plain, every, largest := mustBuild(t, cpuScenario, p), mustBuild(t, with("[1, 2, 3, 4, 5, 6]"), p), mustBuild(t, with("[6]"), p)
	if !reflect.DeepEqual(plain.System, every.System) || !reflect.DeepEqual(plain.Warnings, every.Warnings) {
		t.Error("allowing every size changes the system or what is said of it")
	}
	full := step(t, pool(t, plain.System, "inference"), "infer").Service.At[0][5]
	for i, s := range step(t, pool(t, largest.System, "inference"), "infer").Service.At[0] {
		if !reflect.DeepEqual(s, full) {
			t.Errorf("a batch of %d has another distribution than one of 6", i+1)
		}
	}
}

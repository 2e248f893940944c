package build

import (
	"reflect"
	"strings"
	"testing"

	"vsim/experiments/scenario"
)

// presets are scenarios that use every part of the presets, none of which needs a measured profile.
var presets = map[string]string{
	"defaults":       "hardware = '8gpu'",
	"cpu for gpus":   "hardware = '8gpu'\n[pipeline]\npreprocessing = 'cpu'\nimages = [{size = 'small'}, {size = 'large', weight = 2}]",
	"tensors":        "hardware = '8gpu'\n[pipeline]\npreprocessing = 'none'\n[link]\nmemory = 'pageable'",
	"split":          "hardware = '8gpu'\n[pipeline]\npreprocessing = 'split'\nimages = [{size = 'mine', decoded = '1MB'}]\n[times]\ndecode = '1ms'\nresize = '2us'",
	"separate":       "hardware = '1gpu-rtx4090'\n[preprocess]\nseparate = true\nmemory = '64MiB'\n[gpu]\nmemory_full = 'evict'\ncopy_engines = 1\njpeg_decoders = 5",
	"bridges":        "hardware = '8gpu'\n[link]\ngpus_per_bridge = 4\nbridge_bandwidth = '50GB/s'",
	"two models":     "hardware = '8gpu'\n[pipeline]\nimages = [{size = 'medium', model = 'resnet50', priority = 1}, {size = 'small', model = 'vit-base'}]\n[batcher]\npriority_levels = 2",
	"batcher":        "hardware = '8gpu'\n[batcher]\npreferred_batch_sizes = [8, 16]\nprefetch = true\npriority_levels = 2\nmax_batch = 16\ndefault_queue_policy = {max_queue_size = 9}\nqueue_policies = {priority = 2, timeout = '5ms', timeout_action = 'delay'}",
	"servers":        "hardware = '8gpu'\n[servers]\ncount = 2\n[balance]\ngpus = 'random'\nservers = 'power-of-two'\n[[outage]]\nat = '5s'\nfor = '1s'\n[[outage]]\nof = 'server'\nnumber = 1\nmtbf = {dist = 'exponential', mean = '1min'}\nmttr = '10s'\nrequests = 'lost'",
	"faces":          "hardware = '8gpu'\n[pipeline]\npreset = 'detect-then-identify'\n[identify]\nfaces = {dist = 'poisson', mean = 5}\n[times]\ninfer = {mean = '10ms', per_image = '8ms'}\nidentify = {dist = 'gamma', mean = '1ms', per_image = '0.2ms', cv = 0.1}",
	"faces on a cpu": "[cpu]\ncores = 8\ncore_power = '9W'\nstage_power = {stage = 'decode', power = '12W'}\n[memory]\ncapacity = '1GB'\nfull = 'reject'\n[pipeline]\npreset = 'detect-then-identify'\n[identify]\nfaces = 3\n[server]\noverhead = '50us'\n[times]\ndecode = '2ms'\nresize = '1ms'\ncopy = '1us'\ninfer = '90ms'\nidentify = '9ms'\npost = '1us'",
	"no profile":     "[cpu]\ncores = 8\nslowdown = {neighbours = [1, 7], factors = [1.1, 1.5]}\n[pipeline]\nimages = [{size = 'a'}, {size = 'b'}]\n[times]\ndecode = [{class = 'a', mean = '2ms'}, {class = 'b', dist = 'lognormal', mean = '9ms', cv = 0.4}]\nresize = '1ms'\ncopy = '1us'\ninfer = {dist = 'table', batches = [1, 8], means = ['9ms', '50ms']}\npost = '1us'",
}

// A preset and its expansion, printed and read back, are the same system under the same hash.
func TestPresetAndItsExpansionAreTheSameSystem(t *testing.T) {
	for name, text := range presets {
		s := load(t, text)
		printed := string(s.General().TOML())
		built := mustBuild(t, text, embedded(t, text))
		again := mustBuild(t, printed, embedded(t, printed))
		if !reflect.DeepEqual(built.System, again.System) {
			t.Errorf("%s: the expansion is another system:\n%s", name, printed)
		}
		if built.Scenario != again.Scenario || built.Profile != again.Profile || !reflect.DeepEqual(built.Support, again.Support) {
			t.Errorf("%s: %s, %s, %v; expanded: %s, %s, %v", name, built.Scenario, built.Profile, built.Support, again.Scenario, again.Profile, again.Support)
		}
		if twice := string(load(t, printed).General().TOML()); twice != printed {
			t.Errorf("%s: expanded\n%s\nand again\n%s", name, printed, twice)
		}
	}
}

// A pipeline of one's own runs on the machine of a hardware file.
func TestOwnStagesOnAKnownMachine(t *testing.T) {
	text := `hardware = '8gpu'
[[stage]]
name = 'frames'
workers = 0
steps = [{name = 'decode', resource = 'cpu', service = {profile_stage = 'decode', image = 'medium'}, each = true}]
[[stage]]
name = 'model'
per = 'gpu'
max_batch = 8
steps = [{name = 'up', resource = 'link h2d', service = {bytes = '1MB'}}, {name = 'infer', resource = 'gpu', service = {profile_stage = 'infer', model = 'resnet50'}}]
`
	built := mustBuild(t, text, embedded(t, text))
	if got := names(built.System); !strings.HasPrefix(got, "frames: decode; model: up latency up infer; model: up") || len(built.System.Pools) != 9 {
		t.Errorf("pools are %q", got)
	}
	if pool := built.System.Pools[8]; pool.Place != 8 || built.System.Resources[pool.Steps[2].Resource[0]].Name != "gpu7" {
		t.Errorf("the last pool is %+v", pool)
	}
	want := []StageSupport{{"frames", "decode", "published"}, {"model", "up", "inline"}, {"model", "infer", "interpolated"}}
	if !reflect.DeepEqual(built.Support, want) {
		t.Errorf("support is %v, want %v", built.Support, want)
	}
}

func TestGeneralFormIsItself(t *testing.T) {
	text := "[[stage]]\nname = 'a'\nservice = '1ms'"
	s, err := scenario.Parse("t.toml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if string(s.General().TOML()) != string(s.TOML()) {
		t.Errorf("printed\n%s\nexpanded\n%s", s.TOML(), s.General().TOML())
	}
}

package scenario

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// without are scenarios that lack one key each, and the key in the schema.
var without = map[string]string{
	"cpu.cores":           "[pipeline]\nmodel = 'vit-base'",
	"link.bandwidth":      "[cpu]\ncores = 2\n[gpu]\ncount = 1",
	"memory.capacity":     "[cpu]\ncores = 2\n[memory]\nfull = 'wait'",
	"memory.bandwidth":    "[cpu]\ncores = 2\n[server]\ncopies = 2",
	"price.per_hour":      "[cpu]\ncores = 2\n[price]\ncurrency = 'EUR'",
	"slowdown.neighbours": "hardware = '2cpu'\n[cpu]\nslowdown = {factors = [1.5]}",
	"slowdown.factors":    "hardware = '2cpu'\n[cpu]\nslowdown = {neighbours = [1]}",
	"stage power.stage":   "hardware = '2cpu'\n[cpu]\nstage_power = {power = '9W'}",
	"stage power.power":   "hardware = '2cpu'\n[cpu]\nstage_power = {stage = 'decode'}",
	"class.name":          "[[class]]\nweight = 2\n[[stage]]\nname = 'a'\nservice = '1ms'",
	"resource.name":       "[[resource]]\ntype = 'cpu'\n[[stage]]\nname = 'a'\nservice = '1ms'",
	"resource.size":       "[[resource]]\nname = 'm'\ntype = 'memory'\n[[stage]]\nname = 'a'\nservice = '1ms'",
	"stage.name":          "[[stage]]\nservice = '1ms'",
	"stage.service":       "[[stage]]\nname = 'a'",
	"step.name":           "[[stage]]\nname = 'a'\nsteps = [{service = '1ms'}]",
	"step.service":        "[[stage]]\nname = 'a'\nsteps = [{name = 'b'}]",
	"hold.memory":         "[[stage]]\nname = 'a'\nservice = '1ms'\ntake = {bytes = '1kB'}",
	"hold.bytes":          "[[resource]]\nname = 'm'\ntype = 'memory'\nsize = '1MB'\n[[stage]]\nname = 'a'\nservice = '1ms'\ntake = {memory = 'm'}",
	"stage.message":       "[[broker]]\nname = 'k'\n[[stage]]\nname = 'a'\nservice = '1ms'\nvia = 'k'",
	"broker.name":         "[[broker]]\ntype = 'kafka-1'\n[[stage]]\nname = 'a'\nservice = '1ms'",
	"outage.broker":       "[[stage]]\nname = 'a'\nservice = '1ms'\n[[outage]]\nof = 'broker'\nat = '1s'\nfor = '1s'",
	"outage.for":          "[[stage]]\nname = 'a'\nservice = '1ms'\n[[outage]]\nof = 'server'\nat = '1s'",
	"outage.mttr":         "[[stage]]\nname = 'a'\nservice = '1ms'\n[[outage]]\nof = 'server'\nmtbf = '1s'",
	"image.size":          "hardware = '2cpu'\n[pipeline]\nimages = [{weight = 1}]",
	"state.rate":          "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\nstates = [{mean_time = '1s'}, {rate = '1/s', mean_time = '1s'}]",
	"state.mean_time":     "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\nstates = [{rate = '9/s'}, {rate = '1/s', mean_time = '1s'}]",
	"span.for":            "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\nspans = [{rate = '9/s'}]",
	"span.rate":           "[[stage]]\nname = 'a'\nservice = '1ms'\n[workload]\nspans = [{for = '9s'}]",
}

// TestNeededKeysAreMissed: a key that the reference calls needed is missed by name where it is not written, and no
// other key of the schema is without a default by mistake.
func TestNeededKeysAreMissed(t *testing.T) {
	check := func(table string, typ reflect.Type) {
		for _, f := range fieldsOf(typ) {
			at := join(table, f.name)
			text, listed := without[at]
			switch needed := f.tag.Get("needed") != ""; {
			case needed != listed:
				t.Errorf("%s: the schema says needed: %v, the test %v", at, needed, listed)
			case needed:
				if got := faultsOf(t, text); !strings.Contains(got, f.name+": missing") {
					t.Errorf("%s: without it: %q, want it to be missed by name", at, got)
				}
			}
		}
	}
	for _, f := range fieldsOf(reflect.TypeFor[Scenario]()) {
		if isTable(f.typ) {
			check(f.name, elementType(f.typ))
		}
	}
	for _, inner := range shared {
		check(inner.name, inner.typ)
	}
}

// TestAnnotatedScenario: the scenario on top of the reference is one.
func TestAnnotatedScenario(t *testing.T) {
	text, err := os.ReadFile("annotated.toml")
	if err != nil {
		t.Fatal(err)
	}
	if got := faultsOf(t, string(text)); got != "" {
		t.Error(got)
	}
}

// TestOneMistakeBringsOneError: rules about other tables hold their tongue while a key that they read is wrong.
func TestOneMistakeBringsOneError(t *testing.T) {
	const gpuStage = "\n[[stage]]\nname = 'a'\nper = 'gpu'\nservice = '1ms'"
	for _, text := range []string{
		"[servers]\ngpus = -1" + gpuStage,
		"[servers]\ngpus = 'two'" + gpuStage + "\n[[outage]]\nnumber = 1\nat = '1s'\nfor = '1s'",
		"[cpu]\ncores = 2\n[gpu]\ncount = -4\n[link]\nbandwidth = '1GB/s'\n[pipeline]\ninference = 'gpu'",
		"[cpu]\ncores = 2\n[gpu]\ncount = 1\n[link]\nbandwidth = 25",
		"[cpu]\ncores = 'many'\n[pipeline]\nmodel = 'vit-base'",
		"[[class]]\nname = 7\n[[stage]]\nname = 'a'\nclasses = 'x'\nservice = '1ms'",
		"[[resource]]\nname = 7\n[[stage]]\nname = 'a'\nresource = 'x'\nservice = '1ms'",
		"[servers]\ncount = 0" + strings.Replace(gpuStage, "'gpu'", "'server'", 1) + "\n[[outage]]\nof = 'server'\nat = '1s'\nfor = '1s'",
	} {
		if got := faultsOf(t, text); got == "" || strings.Contains(got, "\n") {
			t.Errorf("want one error of\n%s\ngot\n%s", text, got)
		}
	}
}

// TestSuggestionsAreNear: a name is only suggested when it may be a slip of the pen.
func TestSuggestionsAreNear(t *testing.T) {
	names := []string{"max_batch", "max_queue_delay", "preferred_batch_sizes", "workers", "detect-then-identify"}
	for written, want := range map[string]string{
		"max_bacth": "max_batch", "preferred_batch_size": "preferred_batch_sizes", "wrokers": "workers", "worker": "workers",
		"a completely different name": "", "detect-then-decode": "", "maximum_waiting_time": "", "w": "", "": "",
	} {
		if got := Nearest(written, names); got != want {
			t.Errorf("for %q it suggests %q, want %q", written, got, want)
		}
	}
}

// TestBlanksAndZeros: units may stand behind a blank, and no time at all is a time.
func TestBlanksAndZeros(t *testing.T) {
	for _, text := range []string{
		"[[stage]]\nname = 'a'\nservice = '0ms'\n[workload]\nthink_time = '2.5 ms'",
		"[[stage]]\nname = 'a'\nservice = {dist = 'exponential', mean = '2.5 ms'}\n[workload]\nthink_time = '0ms'",
		"[[stage]]\nname = 'a'\nmax_batch = 2\nservice = {dist = 'table', batches = [1, 2], means = ['0ms', '2.5 ms']}",
		"[[stage]]\nname = 'a'\nmax_batch = 2\nmax_queue_delay = '0 ms'\nservice = {mean = '0ms', per_image = '2.5 ms'}",
		"[[stage]]\nname = 'a'\nservice = {dist = 'uniform', min = '0 s', max = '0s'}\n[workload]\nrate = '12 /s'",
		"[[resource]]\nname = 'l'\nbandwidth = '24 GB/s'\nlatency = '0us'\n[[stage]]\nname = 'a'\nresource = 'l'\nservice = {bytes = '1 MB'}",
	} {
		if got := faultsOf(t, text); got != "" {
			t.Errorf("%s\n%s", text, got)
		}
	}
}

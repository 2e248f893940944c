package scenario

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/hardware"
	"vsim/sim/golden"
)

func TestAllFaultsOfAFileAreReportedAtOnce(t *testing.T) {
	for _, name := range []string{"faulty", "faulty-stages"} {
		_, err := Load("testdata/"+name+".toml", Options{})
		var input *InputError
		if !errors.As(err, &input) || input.ExitCode() != 2 {
			t.Fatalf("%s: got %v, want an InputError with exit code 2", name, err)
		}
		got := []byte(err.Error() + "\n")
		golden.Check(t, "testdata/"+name+".txt", got)
	}
}

// faultsOf returns the error text of a scenario given as text, "" when it is valid.
func faultsOf(t *testing.T, text string, set ...string) string {
	t.Helper()
	_, err := Parse("test.toml", []byte(text), Options{Set: set})
	if err == nil {
		return ""
	}
	var input *InputError
	if !errors.As(err, &input) {
		t.Fatalf("error %v is no InputError", err)
	}
	return err.Error()
}

// TestNamesAreListedOnce: what a text may be stands once in a message, and the machines where a file is missing alone.
func TestNamesAreListedOnce(t *testing.T) {
	if got := faultsOf(t, "hardware='8gpu'\n[workload]\narrivals='tuesdays'"); strings.Count(got, `"poisson"`) != 1 {
		t.Error(got)
	}
	for path, want := range map[string]int{t.TempDir(): 0, filepath.Join(t.TempDir(), "none"): 1} {
		if _, err := Load(path, Options{}); err == nil || strings.Count(err.Error(), `"8gpu"`) != want {
			t.Errorf("%v: the machines are not listed %d times", err, want)
		}
	}
}

func TestContradictionsBetweenKeys(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"no hardware", "", `test.toml: cpu.cores: missing; give the machine's cores`},
		{"gpu work without gpus", "hardware = '2cpu'\n[pipeline]\ninference = 'gpu'", `test.toml:3: pipeline.inference = "gpu": the machine has no GPUs`},
		{"gpu preprocessing for the cpu", "hardware = '8gpu'\n[pipeline]\ninference = 'cpu'\n", `test.toml:3: pipeline.inference = "cpu": GPU preprocessing with CPU inference`},
		{"no link", "[cpu]\ncores = 2\n[gpu]\ncount = 1", "test.toml: link.bandwidth: missing"},
		{"unknown machine", "hardware = '8gpus'", `test.toml:1: hardware = "8gpus": no machine of this name is embedded; did you mean "8gpu"?`},
		{"missing hardware file", "hardware = 'no/such.toml'", `test.toml:1: hardware = "no/such.toml": cannot be read: no such file`},
		{"image twice", "hardware = '8gpu'\n[pipeline]\nimages = [{size='small'}, {size='small'}]", `test.toml:3: pipeline.images.1.size = "small": stands twice`},
		{"image and images", "hardware = '8gpu'\n[pipeline]\nimage='small'\nimages = [{size='small'}]", `test.toml:3: pipeline.image = "small": stands beside`},
		{"no images", "hardware = '8gpu'\n[pipeline]\nimages = []", "test.toml:3: pipeline.images: is empty"},
		{"rate of a closed loop", "hardware = '8gpu'\n[workload]\narrivals = 'closed'\nrate = '5/s'", "test.toml:4: workload.rate: has no effect with arrivals = \"closed\""},
		{"poisson without rate", "hardware = '8gpu'\n[workload]\narrivals = 'poisson'", `workload.rate: missing; arrivals = "poisson" needs it`},
		{"a day and concurrency", "hardware = '8gpu'\n[workload]\narrivals = 'diurnal'\nrate = '5/s'\npeak = '6/s'\nconcurrency = 3", "test.toml:6: workload.concurrency: has no effect with arrivals = \"diurnal\"; remove one of the two"},
		{"rate and concurrency", "hardware = '8gpu'\n[workload]\nrate = '5/s'\nconcurrency = 3", "test.toml:4: workload.concurrency: has no effect"},
		{"too many threads", "hardware = '2cpu'\n[inference]\nintra_op_threads = 3", "test.toml:3: inference.intra_op_threads = 3: is more than cpu.cores = 2"},
		{"stages beside a pipeline", "[pipeline]\nmodel='x'\n[[stage]]\nname='a'\nservice='1ms'", "test.toml:1: pipeline: has no place beside [[stage]]"},
		{"stage without service", "[[stage]]\nname='a'", "test.toml:1: stage.0.service: missing"},
		{"second stage without name", "[[stage]]\nname='a'\nservice='1ms'\n[[stage]]\nservice='1ms'", "test.toml:4: stage.1.name: missing"},
		{"unknown resource", "[[resource]]\nname='disk'\n[[stage]]\nname='a'\nresource='disc'\nservice='1ms'", `test.toml:5: stage.0.resource = "disc": no [[resource]] has this name; did you mean "disk"?`},
		{"resources alone", "[[resource]]\nname='disk'", "stage: missing; resources alone do nothing"},
		{"lognormal without cv", "[[stage]]\nname='a'\nservice={dist='lognormal', mean='1ms'}", `stage.0.service.cv: missing; dist = "lognormal" needs mean and cv`},
		{"exponential with cv", "[[stage]]\nname='a'\nservice={dist='exponential', mean='1ms', cv=2}", `stage.0.service.cv = 2: dist = "exponential" does not take it`},
		{"hyperexponential below 1", "[[stage]]\nname='a'\nservice={dist='hyperexponential', mean='1ms', cv=0.5}", "stage.0.service.cv = 0.5: must be 1 to 10"},
		{"empirical quantiles", "[[stage]]\nname='a'\nservice={dist='empirical', probabilities=[0,1], quantiles=['2ms','1ms']}", "stage.0.service.quantiles: must ascend"},
		{"bare integer as a service", "[[stage]]\nname='a'\nservice=5", "stage.0.service = 5: must be a time in quotes"},
		{"separate preprocessing on the cpu", "hardware='8gpu'\n[pipeline]\npreprocessing='cpu'\n[preprocess]\nseparate=true", `test.toml:5: preprocess.separate = true: preprocessing = "cpu" does nothing on the GPU`},
		{"instances without separate", "hardware='8gpu'\n[preprocess]\ninstances=2", "test.toml:3: preprocess.instances: has no effect without preprocess.separate"},
		{"host threads on the cpu", "hardware='8gpu'\n[pipeline]\npreprocessing='cpu'\n[preprocess]\nthreads=4", `test.toml:5: preprocess.threads = 4: has no effect with pipeline.preprocessing = "cpu"`},
		{"host threads beyond the cores", "[cpu]\ncores=2\n[gpu]\ncount=1\n[link]\nbandwidth='9GB/s'\n[preprocess]\nthreads=3", `test.toml:8: preprocess.threads = 3: is more than cpu.cores = 2`},
		{"no host threads", "hardware='8gpu'\n[preprocess]\nthreads=0", `test.toml:3: preprocess.threads = 0: must be`},
		{"huffman on the cpu", "hardware='8gpu'\n[pipeline]\npreprocessing='split'\n[times]\nhuffman='1ms'", `test.toml:5: times.huffman: has no effect with pipeline.preprocessing = "split"`},
		{"launching on the cpu", "[cpu]\ncores=2\n[pipeline]\npreprocessing='cpu'\ninference='cpu'\n[times]\nlaunch='1ms'", `test.toml:7: times.launch: has no effect with pipeline.inference = "cpu"`},
		{"handing on in the instance", "hardware='8gpu'\n[times]\nforward='1ms'", `test.toml:3: times.forward: has no effect with pipeline.preprocessing = "gpu", whose images no stage hands on`},
		{"threads of a whole batch", "[[stage]]\nname='a'\nsteps=[{name='x', service='1ms', threads=2}]", `stage.0.steps.0.threads = 2: has no effect without each = true`},
		{"threads beside parallel", "[[stage]]\nname='a'\nsteps=[{name='x', service='1ms', each=true, threads=2, parallel=2}]", `stage.0.steps.0.threads = 2: stands beside parallel; keep one of them`},
		{"threads on slots", "[[resource]]\nname='r'\nslots=2\n[[stage]]\nname='a'\nsteps=[{name='x', resource='r', service='1ms', each=true, threads=2}]", `threads = 2: would take the slots of "r", where jobs wait in order; set parallel instead`},
		{"split of unknown images", "hardware='8gpu'\n[pipeline]\npreprocessing='split'\nimage='mine'", `pipeline.images.0.decoded: missing; the size of "mine" images is not known`},
		{"copies of unknown images", "hardware='8gpu'\n[pipeline]\nimage='mine'\n[server]\ncopies=2\n[memory]\nbandwidth='9GB/s'", `pipeline.images.0.bytes: missing; the size of "mine" images is not known, and server.copies = 2 copies them`},
		{"memory below a batch", "hardware='8gpu'\n[preprocess]\nseparate=true\nmemory='1MB'", `test.toml:4: preprocess.memory = "1MB": is less than a batch of 32 inputs of 602.112kB`},
		{"engines behind a bridge", "hardware='8gpu'\n[gpu]\ncopy_engines=1\n[link]\ngpus_per_bridge=2", "test.toml:3: gpu.copy_engines = 1: is not modelled behind a shared bridge"},
		{"closed without prefetch", "hardware='8gpu'\n[batcher]\nformation='closed'", "test.toml:3: batcher.formation = \"closed\": has no effect without prefetch = true"},
		{"bridge of one", "hardware='8gpu'\n[link]\nbridge_bandwidth='9GB/s'", "test.toml:3: link.bridge_bandwidth: has no effect with one GPU a bridge"},
		{"two detectors", "hardware='8gpu'\n[pipeline]\npreset='detect-then-identify'\nimages={size='small', model='x'}", `pipeline.images.0.model = "x": preset = "detect-then-identify" has one model`},
		{"identify alone", "hardware='8gpu'\n[identify]\nfaces=3", `test.toml:2: identify: has no effect with preset = "classify"`},
		{"priority without levels", "hardware='8gpu'\n[pipeline]\nimages={size='small', priority=2}", "pipeline.images.0.priority = 2: has no effect without batcher.priority_levels"},
		{"times of one class", "hardware='8gpu'\n[pipeline]\nimages=[{size='small'},{size='large'}]\n[times]\ndecode=[{class='small', mean='1ms'}]", `test.toml:5: times.decode: has no entry for class "large"`},
		{"policy beyond the levels", "hardware='8gpu'\n[batcher]\nqueue_policies={priority=2, max_queue_size=3}", "test.toml:3: batcher.queue_policies.0.priority = 2: is beyond batcher.priority_levels = 1"},
		{"preferred size beyond the batch", "hardware='8gpu'\n[batcher]\npreferred_batch_sizes=64", "test.toml:3: batcher.preferred_batch_sizes: must ascend and not exceed max_batch = 32"},
		{"gamma without rate", "hardware='8gpu'\n[workload]\narrivals='gamma'", `workload.rate: missing; arrivals = "gamma" needs it`},
		{"one state", "hardware='8gpu'\n[workload]\nstates={rate='1/s', mean_time='1s'}", "test.toml:3: workload.states: has 1 states"},
		{"silent schedule", "hardware='8gpu'\n[workload]\nspans={for='1s', rate='0/s'}", "test.toml:3: workload.spans: the highest rate is 0/s"},
		{"outage both ways", "hardware='8gpu'\n[[outage]]\nat='1s'\nfor='1s'\nmtbf='9s'\nmttr='1s'", "test.toml:2: outage.0: has a schedule and random failures"},
		{"overlapping outages", "hardware='8gpu'\n[[outage]]\nat=['1s','2s']\nfor='5s'", "test.toml:3: outage.0.at: must ascend by at least for = 5s, but 2s follows 1s"},
		{"slow-down with a batch and without", "hardware='8gpu'\n[gpu]\nslowdown=[{batch=1, neighbours=[1], factors=[1.1]}, {neighbours=[1], factors=[1.2]}]", "test.toml:3: gpu.slowdown.1: of the same stages another slowdown gives a batch and this one does not, or the other way round; give all of them one, or none"},
		{"slow-down of the same batches twice", "hardware='8gpu'\n[gpu]\nslowdown=[{batch=1, neighbours=[1], factors=[1.1]}, {batch=1, neighbours=[2], factors=[1.2]}]", "test.toml:3: gpu.slowdown.1: another slowdown is of the same stages and batches; write all neighbours of them in one"},
		{"slow-down out of order", "hardware='8gpu'\n[gpu]\nslowdown={neighbours=[2, 1], factors=[1.1, 1.2]}", "test.toml:3: gpu.slowdown.0.neighbours: must ascend from above 0, but 1 follows 2"},
		{"gpus twice", "hardware='8gpu'\n[servers]\ngpus=2", "test.toml:3: servers.gpus = 2: stands beside gpu.count = 8"},
		{"too many gpus", "hardware='8gpu'\n[servers]\ncount=1000", "test.toml:3: servers.count = 1000: makes 8000 GPUs in all"},
		{"not a whole count", "hardware='8gpu'\n[pipeline]\npreset='detect-then-identify'\n[identify]\nfaces={mean=2.5}", "test.toml:5: identify.faces.mean = 2.5: must be a whole number"},
		{"reload of nothing", "[servers]\ngpus=1\n[[resource]]\nname='l'\nbandwidth='1GB/s'\n[[stage]]\nname='a'\nsteps=[{name='x', resource='l', each=true, reload=true, service={bytes='1kB'}},{name='y', service='1ms'}]", "test.toml:8: stage.0.steps.0.reload = true: no stage takes memory"},
		{"not toml", "a = [1,", "test.toml:1: not valid TOML"},
		{"long span", "[[stage]]\nname='a'\nservice='9999h'", `stage.0.service.mean = "9999h": must be at most 2400h`},
	}
	for _, c := range cases {
		if got := faultsOf(t, c.text); !strings.Contains(got, c.want) || strings.Contains(got, "\n") != strings.Contains(c.want, "\n") {
			t.Errorf("%s: got\n%s\nwant it to contain\n%s", c.name, got, c.want)
		}
	}
}

func TestSetFollowsTheRulesOfTheFile(t *testing.T) {
	text := "hardware = '8gpu'\n[pipeline]\nimages = [{size = 'small', weight = 3}, {size = 'large'}]\n[workload]\nconcurrency = 7"
	s, err := Parse("test.toml", []byte(text), Options{Set: []string{
		"pipeline.model=resnet50", "cpu.cores=4", "pipeline.images.large.weight=2", "workload.rate=200/s",
		`batcher.max_queue_delay="3ms"`, "scaling.allow_extrapolation=true"}})
	if err != nil {
		t.Fatal(err)
	}
	if s.Pipeline.Model != "resnet50" || s.CPU.Cores != 4 || s.Pipeline.Images[1].Weight != 2 ||
		s.Workload.Arrivals != "poisson" || s.Workload.Rate != 200 || s.Batcher.MaxQueueDelay != 3e6 || !s.Scaling.AllowExtrapolation {
		t.Errorf("not all settings arrived: %+v %+v %+v %+v", s.Pipeline, s.CPU, s.Workload, s.Batcher)
	}
	cases := []struct{ set, want string }{
		{"batcher.max_bach=3", `--set: batcher.max_bach: unknown key; did you mean "max_batch"?`},
		{"batcher.max_batch=x", `--set: batcher.max_batch = "x": must be a whole number`},
		{"workload.rate=200", "--set: workload.rate = 200: has no unit"},
		{"batcher", `must be key=value`},
		{"=3", `must be key=value`},
		{"batcher.max_batch.x=3", "--set: batcher.max_batch.x: leads through a value that is not a table"},
		{"hardware=9gpu", `no machine of this name is embedded`},
		{"pipeline.images.medium.weight=1", "leads through a value that is not a table"},
		{"name=a\nb=3", "must have no control characters"}, // a line break does not smuggle in a second key
	}
	for _, c := range cases {
		got := faultsOf(t, "hardware = '8gpu'\n[batcher]\nmax_batch = 8\n[pipeline]\nimages = [{size = 'small'}]", c.set)
		if c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("--set %s: got %q, want %q", c.set, got, c.want)
		}
	}
}

func TestSetOfOneImageReplacesTheMix(t *testing.T) {
	s, err := Parse("t.toml", []byte("hardware='8gpu'\n[pipeline]\nimages=[{size='small'}]"), Options{Set: []string{"pipeline.image=large"}})
	if err != nil || len(s.Pipeline.Images) != 1 || s.Pipeline.Images[0].Size != "large" {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestHardwareKeysLieUnderTheScenarios(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "machines", "m.toml"), "name='m'\n[cpu]\ncores=8\nmodel='x'\nprofile='p.toml'")
	write(t, filepath.Join(dir, "s.toml"), "hardware='machines/m.toml'\n[cpu]\ncores=2")
	s, err := Load(filepath.Join(dir, "s.toml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.CPU.Cores != 2 || s.CPU.Model != "x" {
		t.Errorf("cpu = %+v, want the scenario's 2 cores and the machine's model", s.CPU)
	}
	if got, want := s.Path(s.CPU.Profile), filepath.Join(dir, "machines", "p.toml"); got != want {
		t.Errorf("the machine's profile is looked for at %s, want %s, beside the machine", got, want)
	}
	write(t, filepath.Join(dir, "machines", "m.toml"), "[cpu]\ncores='8'\n[workload]\nconcurrency=1")
	write(t, filepath.Join(dir, "s.toml"), "hardware='machines/m.toml'")
	_, err = Load(filepath.Join(dir, "s.toml"), Options{})
	for _, want := range []string{"m.toml:2: cpu.cores = \"8\": must be a whole number", "m.toml:3: workload: not a key of a hardware file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestEveryEmbeddedMachineIsAScenario(t *testing.T) {
	for _, name := range hardware.Machines() {
		s, err := Load(name, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Workload.Arrivals != "closed" || s.Pipeline.Images[0].Size != "medium" {
			t.Errorf("%s: the default pipeline and workload do not apply: %+v %+v", name, s.Pipeline, s.Workload)
		}
	}
}

// TestDefaultsFollowWhatProfilesHave: a GPU that nobody has decoded on leaves that to the CPU, and the model is the usual one,
// else the one that most machines have.
func TestDefaultsFollowWhatProfilesHave(t *testing.T) {
	machine := func(gpu string) string {
		return "[cpu]\ncores = 4\nprofile = 'x86-core-published'\n[gpu]\ncount = 1\nprofile = '" + gpu + "'\n[link]\nbandwidth = '12GB/s'\n"
	}
	for _, c := range []struct {
		text, preprocessing, model string
		set                        []string
	}{
		{machine("rtx4090-published"), "gpu", "vit-base", nil},
		{machine("a100-sxm-80gb-published"), "gpu", "resnet50-fp16", nil},
		{machine("t4-published"), "cpu", "resnet50-fp16", nil},
		{machine("l4-published"), "cpu", "resnet50-int8", nil},
		{machine("t4-published"), "gpu", "resnet50-int8", []string{"pipeline.preprocessing=gpu", "pipeline.model=resnet50-int8"}},
		{machine("t4-published"), "gpu", "resnet50-fp16", []string{"times.decode=1ms"}},
		{strings.Replace(machine("t4-published"), "profile = 'x86-core-published'\n", "", 1), "gpu", "resnet50-fp16", nil},
	} {
		s, err := Parse("t.toml", []byte(c.text), Options{Set: c.set})
		if err != nil {
			t.Errorf("%s%v: %v", c.text, c.set, err)
			continue
		}
		if s.Pipeline.Preprocessing != c.preprocessing || s.Pipeline.Model != c.model {
			t.Errorf("%s%v: preprocessing %s, model %s; want %s, %s", c.text, c.set, s.Pipeline.Preprocessing, s.Pipeline.Model, c.preprocessing, c.model)
		}
	}
}

func TestExpandedScenarioReadsBackWithTheSameHash(t *testing.T) {
	for _, text := range []string{
		"hardware='8gpu'", "hardware='2cpu'\nname='mine'\n[inference]\nintra_op_threads=2",
		"hardware='8gpu'\n[pipeline]\npreprocessing='cpu'\nimages=[{size='small',weight=2},{size='x',bytes='7kB'}]\n[workload]\nrate='12000/min'",
		"[[resource]]\nname='r'\ncapacity=0\n[[stage]]\nname='a'\nresource='r'\nworkers=0\nservice={dist='gamma',mean='1.234567ms',cv=0.3,per_image='50us'}\nmax_batch=4\n[workload]\nconcurrency=3\nthink_time='1s'",
	} {
		s, err := Parse("t.toml", []byte(text), Options{})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		printed := s.TOML()
		again, err := Parse("t.toml", printed, Options{})
		if err != nil {
			t.Fatalf("the expanded scenario is not valid: %v\n%s", err, printed)
		}
		reprinted := again.TOML()
		if !bytes.Equal(printed, reprinted) {
			t.Errorf("printed\n%s\nand after reading back\n%s", printed, reprinted)
		}
		h1, h2 := s.Hash(), again.Hash()
		if h1 != h2 || !strings.HasPrefix(h1, "sha256:") {
			t.Errorf("hashes %s and %s differ", h1, h2)
		}
	}
}

func TestHashSeesTheSystemAndNothingElse(t *testing.T) {
	hash := func(text string) string {
		s, err := Parse("t.toml", []byte(text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s.Hash()
	}
	base := hash("hardware='8gpu'")
	for _, same := range []string{"hardware='8gpu'\nname='x'", "hardware='8gpu'\nprofile='p.toml'", "hardware='8gpu'\n[batcher]\nmax_batch=32"} {
		if hash(same) != base {
			t.Errorf("%q is the same system but has another hash", same)
		}
	}
	for _, other := range []string{"hardware='1gpu-rtx4090'", "hardware='8gpu'\n[batcher]\nmax_batch=31", "hardware='8gpu'\n[run]\nseed=2"} {
		if hash(other) == base {
			t.Errorf("%q is another system but has the same hash", other)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

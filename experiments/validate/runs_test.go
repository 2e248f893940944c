package validate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/sim/scenario"
)

// What a live run does not do is refused with the file, the case, the key, what was found and a remedy.
func TestRefusals(t *testing.T) {
	gpu := "[gpu]\ncount = 1\n[link]\nbandwidth = \"25GB/s\"\n[pipeline]\ninference = \"gpu\"\npreprocessing = \"gpu\"\n"
	for want, text := range map[string]string{
		`server.overhead: case "as written": a live run does not obey it; a live server has no front end`: "[server]\noverhead = \"40us\"\n",
		`server.frontend = 3`: "[server]\nfrontend = 3\n",
		`times.infer: case "as written": a live run does not obey it; a live server takes the time`: "[times]\ninfer = \"1ms\"\n",
		`servers.count = 4: case`:                                    "[servers]\ncount = 4\n",
		`outage: case`:                                               "[[outage]]\nof = \"server\"\nat = [\"1s\"]\nfor = \"1s\"\n",
		`memory.full = "reject"`:                                     "[memory]\ncapacity = \"1GB\"\nfull = \"reject\"\n",
		`memory.full = "wait"`:                                       "[memory]\ncapacity = \"1GB\"\nfull = \"wait\"\n",
		`preprocess.separate = true`:                                 gpu + "[preprocess]\nseparate = true\nmemory = \"1GB\"\n",
		`preprocess.instances = 2`:                                   gpu + "[preprocess]\nseparate = true\ninstances = 2\nmemory = \"1GB\"\n",
		`preprocess.workers = 2`:                                     gpu + "[preprocess]\nworkers = 2\n",
		`inference.intra_op_threads`:                                 gpu + "[inference]\nintra_op_threads = 1\n",
		`pipeline.preset = "detect-then-identify"`:                   "[pipeline]\npreset = \"detect-then-identify\"\n",
		`identify.model = "facenet"`:                                 "[pipeline]\npreset = \"detect-then-identify\"\n[identify]\nmodel = \"facenet\"\n",
		`pipeline.preprocessing = "split"`:                           strings.Replace(gpu, `preprocessing = "gpu"`, `preprocessing = "split"`, 1),
		`pipeline.images.1.model = "resnet50"`:                       "[pipeline]\nimages = [{size=\"small\"}, {size=\"small\", model=\"resnet50\"}]\n",
		`pipeline.images.bytes = "4kB"`:                              "[pipeline]\nimages = {size=\"small\", bytes=\"4kB\"}\n",
		`pipeline.tensor = "1kB"`:                                    "[pipeline]\ntensor = \"1kB\"\n",
		`cpu.cores = 999: case "as written": a live run has this ma`: "[cpu]\ncores = 999\n",
		`cpu.slowdown`:                                               "[cpu]\nslowdown = {neighbours = [1], factors = [1.5]}\n",
		`cpu.idle_power = "30W"`:                                     "[cpu]\nidle_power = \"30W\"\n",
		`gpu.count = 2`:                                              strings.Replace(gpu, "count = 1", "count = 2", 1),
		`link.gpus_per_bridge = 4`:                                   strings.Replace(gpu, "[link]\n", "[link]\ngpus_per_bridge = 4\n", 1),
		`link.memory = "pageable"`:                                   strings.Replace(gpu, "[link]\n", "[link]\nmemory = \"pageable\"\n", 1),
		`gpu.copy_engines = 1`:                                       strings.Replace(gpu, "count = 1\n", "count = 1\ncopy_engines = 1\n", 1),
		`profile = "cpu.toml"`:                                       "profile = \"cpu.toml\"\n",
		`write [pipeline] instead`:                                   "[[stage]]\nname = \"a\"\nservice = \"1ms\"\n",
		`workload.period: case "as written": the traffic lasts 24h0m0s, a live run 1s; measure`:                              "[workload]\narrivals = \"diurnal\"\nrate = \"10/s\"\npeak = \"15/s\"\n",
		`workload.skip = true: case "as written": a live run does not obey it; live cameras send every frame; remove it`:     "[workload]\ncameras = 4\nframe_rate = \"5/s\"\nskip = true\n",
		`workload.spans: case "as written": the traffic lasts 3s`:                                                            "[workload]\nspans = [{for=\"3s\", rate=\"10/s\"}]\n",
		`workload.items: case "as written": a live run does not obey it; a live client sends one image a request; remove it`: "[workload]\nitems = 4\n",
		`pipeline.images.items: case "as written": a live run does not obey it; a live client sends one image`:               "[pipeline]\nimages = {size=\"small\", items=4}\n",
		`load = ... replaces the workload`: "[workload]\nthink_time = \"1ms\"\n[[case]]\nname = \"a\"\nload = 0.5\n",
	} {
		_, err := Read(write(t, text), nil, time.Second)
		var input *scenario.InputError
		if !errors.As(err, &input) {
			t.Errorf("%s: error %v, want an InputError (exit code 2)", text, err)
			continue
		}
		line := ""
		for _, l := range strings.Split(err.Error(), "\n") {
			if strings.Contains(l, want) {
				line = l
			}
		}
		if !strings.Contains(line, "matrix.toml: ") || !strings.Contains(line, "; ") {
			t.Errorf("%q:\n%v\nwant a line with the file, %q and a remedy", text, err, want)
		}
	}
}

// What a live run obeys is accepted: the finer rules of the queue, priorities, and any traffic.
func TestWhatRunsIsAccepted(t *testing.T) {
	trace := filepath.Join(t.TempDir(), "trace.csv")
	if err := os.WriteFile(trace, []byte("time_s\n0\n0.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"[batcher]\nmax_batch = 8\nallowed_batch_sizes = [2, 8]\n",
		"[batcher]\nmax_batch = 8\npreferred_batch_sizes = [2, 4]\nprefetch = true\n",
		"[batcher]\npriority_levels = 2\ndefault_queue_policy = {max_queue_size = 9, timeout = \"1ms\", timeout_action = \"delay\"}\nqueue_policies = [{priority = 1, timeout = \"5ms\"}]\n[pipeline]\nimages = [{size=\"small\", priority=1}, {size=\"medium\"}]\n",
		"[batcher]\nqueue_policies = {priority = 1, max_queue_size = 9}\n",
		"[workload]\nthink_time = {dist = \"exponential\", mean = \"5ms\"}\nbackoff = \"2ms\"\n",
		"[workload]\narrivals = \"gamma\"\nrate = \"10/s\"\ncv = 2.0\n[[case]]\nname = \"a\"\nload = 0.5\n",
		"[workload]\ngap = {dist = \"erlang\", mean = \"5ms\", shape = 3}\n",
		"[workload]\nstates = [{rate = \"1/s\", mean_time = \"1s\"}, {rate = \"9/s\", mean_time = \"1s\"}]\n",
		"[workload]\nspans = [{for = \"500ms\", rate = \"10/s\", to = \"20/s\"}]\nrepeat = true\n",
		"[workload]\nfile = \"" + trace + "\"\ntime_scale = 2.0\n",
		"[workload]\ncameras = 4\nframe_rate = \"5/s\"\nphases = \"random\"\njitter = 0.1\nwander = 0.02\nskip = false\n",
		"[servers]\ncount = 1\n[balance]\nservers = \"random\"\n[run]\nseed = 7\nreplications = 4\n[scaling]\nallow_extrapolation = true\n",
	} {
		if _, err := Read(write(t, text), nil, time.Second); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

package results

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vsim/experiments/machinefile"
	"vsim/experiments/validate"
	"vsim/hardware"
	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/profile/measure/gpu/probe"
	"vsim/profile/measure/input"
	"vsim/sim"
	"vsim/sim/scenario"
)

// measured is the text of a profile that was measured on the fake GPU, once in a process.
var measured struct {
	once sync.Once
	text string
}

// fakeProfile is a real profile, as vsim profile saves it, of the fake GPU and of a network of its own.
func fakeProfile(t *testing.T) string {
	t.Helper()
	measured.once.Do(func() {
		_, d := fakegpu.Device(t)
		s := measuregpu.Selection{Selection: input.Selection{Models: []string{fakegpu.Model(t)}, Images: []string{"medium"}, Batches: []int{1, 2, 4}},
			Sizes: []int{4096, 1 << 20}, Beside: 1, EnergySpan: time.Millisecond}
		cfg, err := measuregpu.Find(t.Context(), s, d, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		cfg.Precision, cfg.Burst, cfg.Budget, cfg.Command = 0.9999, time.Microsecond, 1, "vsim profile --gpu 0 --quick"
		b, err := measuregpu.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
			if err := b.Slice(t.Context(), time.Millisecond); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		p := b.Profile()
		p.Provenance.CPU, p.Provenance.Cores, p.Provenance.MemoryGiB = "A CPU", 16, 128
		if len(p.Energy) == 0 { // a test without NVML: what the fake would have told
			p.Energy = []profile.Energy{{Key: profile.Key{Stage: "idle", Resource: "gpu"}, Watts: 100, SpanS: 1},
				{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 4}, Watts: 100, JobJ: 0.1, N: 100, SpanS: 1}}
		}
		measured.text = encode(t, p)
	})
	if measured.text == "" {
		t.Skip("no profile of the fake GPU was measured: the first test says why")
	}
	return measured.text
}

func parse(t *testing.T, text string) *profile.Profile {
	t.Helper()
	p, err := profile.Parse("test", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func encode(t *testing.T, p *profile.Profile) string {
	t.Helper()
	text, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edited is a profile with some of it changed.
func edited(t *testing.T, text string, edit func(*profile.Profile)) string {
	p := parse(t, text)
	edit(p)
	return encode(t, p)
}

// fakeReport is a validation's report of two cases on the fake GPU.
func fakeReport(t *testing.T) string {
	t.Helper()
	r := validate.Report{Machine: "A CPU, 16 cores, " + fakegpu.Name + ", 4.0 GiB", Date: "2026-11-27T00:00:00Z", Profile: "sha256:x", Warnings: []string{"one run was disturbed"},
		Cases: []validate.Row{
			{Case: "zero load", Metric: "throughput_rps", Predicted: 104, Interval95: [2]float64{99, 109}, Measured: 100, Error: 0.04, Inside: true},
			{Case: "zero load", Metric: "latency_p99_s", Predicted: 0.010, Interval95: [2]float64{0.009, 0.011}, Measured: 0.0125, Error: -0.2},
			{Case: "zero load", Metric: "stage.infer_s", Predicted: 0.002, Interval95: [2]float64{0.002, 0.002}, Measured: 0.002},
		},
		Summary: validate.Summary{MedianError: map[string]float64{"throughput_rps": 0.04, "latency_p99_s": 0.2}, MaxError: map[string]float64{"throughput_rps": 0.04, "latency_p99_s": 0.2}, Coverage95: 0.5},
		Energy:  []validate.Joules{{Case: "zero load", GPUJ: 1.5}},
	}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// fakeProbe is what vsim probe --json prints: an answer a line.
func fakeProbe(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	lines := json.NewEncoder(&b)
	for _, a := range []probe.Answer{
		{Probe: "plan switch", Figures: []probe.Figure{{Name: "resnet50, batch 1, more after the other size", Value: 55.25, Unit: "ms"}, {Name: "resnet50, batch 8", Value: 3, Unit: "ms"}}, TookS: 1.5},
		{Probe: "jpeg", Figures: []probe.Figure{{Name: "engines", Value: 7}}, Notes: []string{"decodes small by engines"}},
		{Probe: "capture", Figures: []probe.Figure{}, Error: "another instance\nallocates"},
	} {
		must(t, lines.Encode(a))
	}
	return b.String()
}

// whole is all that a campaign leaves.
func whole(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"log.txt": "gpu.sh: ...\n", "gpu.txt": fakegpu.Name + "\n", "smi.txt": "Attached GPUs                             : 2\n",
		"doctor.txt": "GPU 0 found\n", "quick.toml": fakeProfile(t), "quick.done": "",
		"validate/report.json": fakeReport(t), "validate/live.jsonl": "{}\n", "validate/profile.toml": fakeProfile(t), "validate/cases/zero-load.toml": "[pipeline]\n",
		"probe.txt":      fakeProbe(t),
		"crosscheck.txt": "device\tx\ttorch 2\tcudnn 9\nh2d 1048576\t0.000001\tGB/s\tpinned\ninfer tiny batch 2\t1e12\timg/s\teager\ninfer tiny batch 64\t5\timg/s\teager\n",
	}
}

// pack writes an archive as gpu.sh does.
func pack(t *testing.T, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	out := tar.NewWriter(z)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		must(t, out.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(files[name]))}))
		_, err := out.Write([]byte(files[name]))
		must(t, err)
	}
	must(t, out.Close())
	must(t, z.Close())
	return save(t, b.Bytes())
}

func save(t *testing.T, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "results.tgz")
	must(t, os.WriteFile(path, text, 0o644))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// land lands an archive in a folder of its own; the machine beside it is the embedded 8gpu.
func land(t *testing.T, files map[string]string) (l *Landing, root string) {
	t.Helper()
	text, _ := hardware.Machine("8gpu")
	a, err := Open(pack(t, files))
	must(t, err)
	l, err = a.Land(Options{AllowFake: true, Machine: string(text)})
	must(t, err)
	root = t.TempDir()
	must(t, l.Write(root))
	return l, root
}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	must(t, err)
	return string(text)
}

const slug = "vsim-fake-gpu-0"

// A whole archive becomes a profile and a machine that vsim reads, and a page that says how far off predictions were.
func TestWholeArchiveIsLanded(t *testing.T) {
	files := whole(t)
	l, root := land(t, files)
	p, err := profile.Load(filepath.Join(root, "hardware/profiles", slug+"-measured.toml"))
	must(t, err)
	if q := parse(t, files["quick.toml"]); p.Name != slug+"-measured" || p.Figures() != q.Figures() || p.Provenance.GPU != q.Provenance.GPU {
		t.Errorf("profile %q of %q with %d figures, measured were %d", p.Name, p.Provenance.GPU, p.Figures(), q.Figures())
	}
	s, err := scenario.Load(filepath.Join(root, "hardware", "2gpu-"+slug+".toml"), scenario.Options{})
	must(t, err)
	small, large := p.Ends("h2d")
	if s.CPU.Cores != 16 || s.CPU.Model != "A CPU" || s.GPU.Count != 2 || s.GPU.Memory != 4<<30 || s.GPU.Profile != p.Name || s.CPU.Profile != machinefile.OtherCPU || s.Memory.Capacity != 128<<30 {
		t.Errorf("CPU %+v, GPU %+v, memory %+v", s.CPU, s.GPU, s.Memory)
	}
	near(t, "bandwidth", float64(s.Link.Bandwidth), 1e9*float64(large.SizeBytes)/large.MeanNs)
	near(t, "latency", float64(s.Link.Latency), small.MeanNs)
	near(t, "idle power", float64(s.GPU.IdlePower), p.Energy[0].Watts)
	page := read(t, root, "experiments/accuracy", slug, "README.md")
	wantIn(t, page, "| zero load | throughput | 104.0/s | 99.0/s – 109.0/s | 100.0/s | +4.0 % |  |", "|  | latency p99 | 10.00 ms | 9.00 ms – 11.00 ms | 12.50 ms | -20.0 % | outside |",
		"| throughput, closed loops | 4.0 % | 4.0 % | median within 5 %: yes |", "| p99 latency | 20.0 % | 20.0 % | median within 15 %: no |",
		"1.5 J a request", "Warning: one run was disturbed", "| h2d 1048576 | ", "| infer tiny batch 2 | ", "0 of 2 within 10 %",
		"| plan switch | resnet50, batch 1, more after the other size | 55.25 ms |\n|  | resnet50, batch 8 | 3 ms |\n| jpeg | engines | 7 |\n",
		"- jpeg: decodes small by engines\n- capture failed: another instance allocates\n", "sha256 ")
	if got := read(t, root, "experiments/accuracy", slug, "probe.jsonl"); got != files["probe.txt"] {
		t.Errorf("probe.jsonl is not as it was printed: %q", got)
	}
	if strings.Contains(page, "stage") {
		t.Error("stages stand in the page, too")
	}
	for _, name := range []string{"report.json", "live.jsonl", "profile.toml", "cases/zero-load.toml"} {
		if got := read(t, root, "experiments/accuracy", slug, name); got != files["validate/"+name] {
			t.Errorf("%s is not as it was measured: %.80q", name, got)
		}
	}
	wantIn(t, strings.Join(l.Missing, "\n"), "the profile lacks what PyTorch measured: infer tiny batch 64", "probe capture: another instance allocates", "no decoding and resizing on the CPU")
	wantIn(t, strings.Join(l.Can, "\n"), "bin/vsim simulate hardware/2gpu-"+slug+".toml --set pipeline.model=tiny --set batcher.max_batch=4")
}

// near allows for the three digits that a machine file has.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(got >= 0.994*want && got <= 1.006*want) {
		t.Errorf("%s is %g, measured was %g", what, got, want)
	}
}

// The other machine's lines are told exactly, and only those that differ.
func TestChangesOfTheOtherMachine(t *testing.T) {
	l, _ := land(t, whole(t))
	text := strings.Join(l.Changes, "\n")
	wantIn(t, text, `line 11, [gpu]: model = "`+fakegpu.Name+`" (now "NVIDIA GeForce RTX 4090")`, `line 13, [gpu]: memory = "4.0GiB" (now "24GB")`,
		`line 15, [gpu]: profile = "`+slug+`-measured" (now "rtx4090-published")`, "line 18, [link]: bandwidth = ", "new in [gpu]: idle_power = ")
	if strings.Contains(text, "count") || strings.Contains(text, "[cpu]") || strings.Contains(text, "x86") {
		t.Errorf("what is the other machine's own would be changed:\n%s", text)
	}
	machine, _ := hardware.Machine("8gpu")
	changed := strings.NewReplacer("rtx4090-published", slug+"-measured").Replace(string(machine))
	a, err := Open(pack(t, whole(t)))
	must(t, err)
	if l, err = a.Land(Options{AllowFake: true, Machine: changed}); err != nil || strings.Contains(strings.Join(l.Changes, "\n"), "profile") {
		t.Errorf("%v, %v", err, l.Changes)
	}
}

// An archive of a call that was cut gives what it has, and says what it lacks.
func TestIncompleteArchiveGivesWhatItHas(t *testing.T) {
	l, root := land(t, map[string]string{"log.txt": "", "smoke.toml": fakeProfile(t), "validate.txt": "{ cut o"})
	if len(l.Files) != 3 {
		t.Errorf("files %v", l.Files)
	}
	wantIn(t, strings.Join(l.Missing, "\n"), "no live case", "no figure of PyTorch", "no probe")
	wantIn(t, read(t, root, "experiments/accuracy", slug, "README.md"), "## Missing", "- no probe")
	l, _ = land(t, map[string]string{"smoke.toml": edited(t, fakeProfile(t), func(p *profile.Profile) {
		p.Services = slices.DeleteFunc(p.Services, func(s profile.Service) bool { return s.Resource == "link" })
	})})
	wantIn(t, strings.Join(l.Missing, "\n"), "no machine file: no transfer over the link was measured")
	if len(l.Files) != 2 {
		t.Errorf("files %v", l.Files)
	}
	files := whole(t) // a report that was printed only, and one of an earlier call that has more
	delete(files, "validate/report.json")
	files["validate.txt"], files["figure-6.1/report.json"] = fakeReport(t), fakeReport(t)
	_, root = land(t, files)
	wantIn(t, read(t, root, "experiments/accuracy", slug, "README.md"), "live runs: validate", "live runs: figure-6\n")
	wantIn(t, read(t, root, "experiments/accuracy", slug, "report.json"), `"zero load"`)
	wantIn(t, read(t, root, "experiments/accuracy", slug, "figure-6", "report.json"), `"zero load"`)
}

// Of a probe that was cut, the lines that are whole count; of two attempts that with more answers.
func TestProbeThatWasCut(t *testing.T) {
	lines := strings.SplitAfter(fakeProbe(t), "\n")
	files := whole(t)
	files["probe.txt"], files["probe.1.txt"] = lines[0]+lines[1][:20], "no JSON\n"
	_, root := land(t, files)
	if got := read(t, root, "experiments/accuracy", slug, "probe.jsonl"); got != lines[0] {
		t.Errorf("probe.jsonl has %q", got)
	}
	files["probe.1.txt"] = lines[0] + lines[1]
	if _, root = land(t, files); read(t, root, "experiments/accuracy", slug, "probe.jsonl") != lines[0]+lines[1] {
		t.Error("the attempt with more answers does not count")
	}
	files["probe.txt"] = lines[1] + lines[2] // as many: the last call's
	if _, root = land(t, files); read(t, root, "experiments/accuracy", slug, "probe.jsonl") != lines[1]+lines[2] {
		t.Error("of as many answers those of an earlier call count")
	}
	files["probe.1.txt"], files["probe.txt"] = "", "{"
	l, _ := land(t, files)
	wantIn(t, strings.Join(l.Missing, "\n"), "no probe: step probe gave no answer")
}

// The profile with the most figures counts; others fill in what it lacks, and one that adds nothing leaves no trace.
func TestProfilesAreMerged(t *testing.T) {
	files := whole(t)
	files["validate/profile.toml"] = edited(t, files["quick.toml"], func(p *profile.Profile) { p.Services = p.Services[1:]; p.Provenance.Notes = []string{"adds nothing"} })
	files["more-other.toml"] = edited(t, files["quick.toml"], func(p *profile.Profile) {
		p.Services = slices.DeleteFunc(p.Services, func(s profile.Service) bool { return s.Model == "" })
		for i := range p.Services {
			p.Services[i].MeanNs *= 2
			if p.Services[i].Batch == 4 {
				p.Services[i].Model = "other"
			}
		}
	})
	files["more-cpu.toml"] = edited(t, files["quick.toml"], func(p *profile.Profile) {
		p.Contention, p.Energy, p.Footprints, p.Provenance.GPU, p.Provenance.Notes = nil, nil, nil, "", nil
		p.Services = slices.DeleteFunc(p.Services, func(s profile.Service) bool { return (s.Stage != "decode" && s.Stage != "resize") || s.Batch != 0 })
		for i := range p.Services {
			p.Services[i].Resource = "cpu"
		}
	})
	quick := parse(t, files["quick.toml"])
	_, root := land(t, files)
	p, err := profile.Load(filepath.Join(root, "hardware/profiles", slug+"-measured.toml"))
	must(t, err)
	key := profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 4}
	other := key
	other.Model = "other"
	if p.Find(other) == nil || p.Find(key).MeanNs != quick.Find(key).MeanNs || p.Find(profile.Key{Stage: "decode", Resource: "cpu", Image: "medium"}) == nil {
		t.Errorf("merged %+v", p.Services)
	}
	notes := strings.Join(p.Provenance.Notes, "; ")
	wantIn(t, notes, "figures are of quick.toml (vsim profile --gpu 0 --quick)", "3 figures are of more-other.toml", "2 figures are of more-cpu.toml")
	if strings.Contains(notes, "adds nothing") {
		t.Errorf("notes %q", notes)
	}
	wantIn(t, read(t, root, "hardware", "2gpu-"+slug+".toml"), "[cpu]\nmodel = \"A CPU\"\ncores = 16\nprofile = \""+slug+"-measured\"")
}

// Of slow-downs of the same jobs the most precise counts, whichever part has it, and never one that means nothing; those of
// a part whose note tells the batches do not mix with others.
func TestSharpestSlowdownsCount(t *testing.T) {
	infer := func(p *profile.Profile) *profile.Contention {
		for i := range p.Contention {
			if c := &p.Contention[i]; c.Stage == "infer" && c.Beside == "infer" && c.Batch == c.BesideBatch {
				return c
			}
		}
		t.Fatal("inference was not measured beside itself")
		return nil
	}
	set := func(slowdown, low, high float64) func(*profile.Profile) {
		return func(p *profile.Profile) {
			c := infer(p)
			c.Slowdown, c.SlowdownCI95 = slowdown, [2]float64{low, high}
		}
	}
	whole := whole(t)
	first := edited(t, whole["quick.toml"], set(151, -194, 497))
	files := map[string]string{"quick.toml": first,
		"more-a.toml": edited(t, first, func(p *profile.Profile) { set(1.5, 1.1, 1.9)(p); p.Services = p.Services[1:] }),
		"more-b.toml": edited(t, first, func(p *profile.Profile) { set(1.4, 1.3, 1.5)(p); p.Services = p.Services[2:] }),
		"more-old.toml": edited(t, first, func(p *profile.Profile) {
			p.Services, p.Contention = p.Services[3:], []profile.Contention{{Resource: "gpu", Stage: "infer", Beside: "infer", Neighbours: 1, Slowdown: 1.8, SlowdownCI95: [2]float64{1.79, 1.81}, N: 9},
				{Resource: "link", Stage: "h2d", Beside: "infer", Neighbours: 1, Slowdown: 1.01, SlowdownCI95: [2]float64{1, 1.02}, N: 9}}
			p.Provenance.Notes = []string{`contention and energy: transfers of 1048576 bytes, "medium" images and tiny in batches of 64, each worker in a stream of its own`}
		}),
	}
	_, root := land(t, files)
	p, err := profile.Load(filepath.Join(root, "hardware/profiles", slug+"-measured.toml"))
	must(t, err)
	if c := infer(p); c.Slowdown != 1.4 {
		t.Errorf("the merged slow-down is %+v, want 1.4 of more-b.toml", c)
	}
	all := p.Slowdowns("gpu", "infer", "infer", "tiny")
	if batches := profile.Batches(all, true); !slices.Contains(batches, 64) || !slices.Contains(all, profile.Slowdown{Batch: 64, BesideBatch: 64, Neighbours: 1, Factor: 1.8}) {
		t.Errorf("slow-downs %v", all)
	}
	if !slices.ContainsFunc(p.Contention, func(c profile.Contention) bool {
		return c.Stage == "h2d" && c.Batch == 0 && c.BesideBatch == 64 && c.Model == "tiny"
	}) {
		t.Errorf("the old transfers' slow-downs: %+v", p.Contention)
	}
	wantIn(t, strings.Join(p.Provenance.Notes, "; "), "of the slow-downs, 1 are those of more-b.toml")
}

// What was changed by hand, cut off or mixed up is refused in one line with exit code 2.
func TestBadArchivesAreRefused(t *testing.T) {
	good := whole(t)
	with := func(name, old, new string) string {
		files := maps.Clone(good)
		if files[name] = strings.Replace(files[name], old, new, 1); files[name] == good[name] {
			t.Fatalf("%s has no %q", name, old)
		}
		return pack(t, files)
	}
	text := []byte(read(t, pack(t, good)))
	flipped := bytes.Clone(text)
	flipped[len(flipped)/2] ^= 1
	published := edited(t, good["quick.toml"], func(p *profile.Profile) {
		p.Origin = profile.Published
		for i := range p.Services {
			p.Services[i].Source = "a paper"
		}
	})
	only := map[string]string{"quick.toml": published}
	for name, c := range map[string]struct{ file, want string }{
		"no file":            {filepath.Join(t.TempDir(), "no.tgz"), "cannot be read"},
		"no gzip":            {save(t, []byte("hello")), "no gzip archive"},
		"no tar":             {save(t, zipped(t, "hello")), "not a whole tar archive"},
		"flipped":            {save(t, flipped), "cut off or changed"},
		"another error":      {with("validate/report.json", `"error":0.04`, `"error":0.01`), `case "zero load", throughput_rps: error 0.01`},
		"inside after all":   {with("validate/report.json", `"inside":false`, `"inside":true`), "inside is true"},
		"a sparse file":      {sparse(t), "unpacks to more than 1024 MiB"},
		"report of another":  {with("validate/report.json", fakegpu.Name, "NVIDIA X"), "one archive holds one GPU"},
		"profile of another": {with("validate/profile.toml", `gpu = "`+fakegpu.Name, `gpu = "NVIDIA X`), "one archive holds one GPU"},
		"published":          {pack(t, only), "a campaign measures its profiles"},
		"nothing measured":   {pack(t, map[string]string{"log.txt": ""}), "holds no profile of a GPU"},
		"outside":            {pack(t, map[string]string{"../x.toml": ""}), "no plain file below it"},
	} {
		a, err := Open(c.file)
		if err == nil {
			_, err = a.Land(Options{AllowFake: true})
		}
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.want)
		}
	}
	for n := 0; n < len(text); n += 1 + len(text)/50 {
		if _, err := Open(save(t, text[:n])); err == nil {
			t.Errorf("cut after %d of %d bytes and accepted", n, len(text))
		}
	}
	a, err := Open(pack(t, good))
	must(t, err)
	if _, err := a.Land(Options{}); err == nil || !strings.Contains(err.Error(), "the fakes' times mean nothing") {
		t.Errorf("results of the fake GPU: %v", err)
	}
}

// Files that cannot be read are named and left out; the rest is landed.
func TestBrokenFilesAreLeftOut(t *testing.T) {
	files := whole(t)
	files["more-x.toml"], files["figure-6/report.json"] = "", `{"cas`
	files["validate/profile.toml"] = strings.Replace(files["quick.toml"], "[[service]]", "[[footprint]]", 1)
	l, _ := land(t, files)
	wantIn(t, strings.Join(l.Missing, "\n"), "unreadable: more-x.toml: ", "unreadable: figure-6/report.json: not a whole report", "unreadable: validate/profile.toml: ")
	if want, _ := land(t, whole(t)); len(l.Files) < len(want.Files) {
		t.Errorf("%d files of %d", len(l.Files), len(want.Files))
	}
}

// sparse is an archive of one file that is six gigabytes of holes.
func sparse(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	must(t, w.WriteHeader(&tar.Header{Name: "x.toml", Mode: 0o644, Size: 5, Format: tar.FormatPAX,
		PAXRecords: map[string]string{"VSI.sparse.size": "6442450944", "VSI.sparse.numblocks": "1", "VSI.sparse.map": "0,5"}}))
	_, err := w.Write([]byte("hello"))
	must(t, err)
	must(t, w.Close())
	return save(t, gzipped(t, bytes.ReplaceAll(b.Bytes(), []byte("VSI.sparse"), []byte("GNU.sparse"))))
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	return gzipped(t, []byte(strings.Repeat(text, 500)))
}

func gzipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

// A file that cannot be written takes the others back: what was there before is there again.
func TestAllIsWrittenOrNothing(t *testing.T) {
	a, err := Open(pack(t, whole(t)))
	must(t, err)
	l, err := a.Land(Options{AllowFake: true})
	must(t, err)
	root := t.TempDir()
	old := filepath.Join(root, l.Files[0].Path)
	must(t, os.MkdirAll(filepath.Dir(old), 0o755))
	must(t, os.WriteFile(old, []byte("old"), 0o644))
	must(t, os.MkdirAll(filepath.Join(root, l.Files[len(l.Files)-1].Path), 0o755)) // a folder in the way
	if err := l.Write(root); err == nil {
		t.Fatal("written over a folder")
	}
	var left []string
	must(t, filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			left = append(left, path)
		}
		return err
	}))
	if len(left) != 1 || left[0] != old || read(t, old) != "old" {
		t.Errorf("left %v, the old file has %q", left, read(t, old))
	}
}

// Like is set beside like: what PyTorch launched kernel by kernel beside the network as it is, its graphs beside the graph. Of
// several such ways the fastest counts; both limits of the agreement are its own.
func TestCrosscheck(t *testing.T) {
	p := &profile.Profile{Services: []profile.Service{
		{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: "m", Batch: 8}, MeanNs: 8e6},
		{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: "m-graph", Batch: 8}, MeanNs: 4e6},
		{Key: profile.Key{Stage: "h2d", Resource: "link", SizeBytes: 1000}, MeanNs: 100},
		{Key: profile.Key{Stage: "decode-wall", Resource: "gpu", Image: "medium"}, MeanNs: 1e6},
	}}
	checks, absent := crosscheck("infer m batch 8\t900\timg/s\teager\ninfer m batch 8\t1111\timg/s\teager NHWC\ninfer m batch 8\t2000\timg/s\tgraph\nh2d 1000\t9.05\tGB/s\tpinned\nd2h 1000\t9\tGB/s\tpinned\n"+
		"d2h 1000\t9\tGB/s\tagain\ndecode medium batch 1\tnan\timg/s\tx\ndevice\ta\tb\tc\ninfer m batch 99999999999999999999\t1\timg/s\tx\n", p)
	if len(checks) != 3 || checks[0].way != "eager NHWC" || !checks[0].agrees() || checks[0].vsim != 1000 || checks[1].vsim != 2000 || checks[2].vsim != 10 || checks[2].agrees() {
		t.Errorf("checks %v", checks)
	}
	if !slices.Equal(absent, []string{"d2h 1000", "infer m batch 99999999999999999999"}) {
		t.Errorf("absent %q", absent)
	}
}

// PyTorch's decoding is that of a whole picture: the host phase counts, where the profile has it apart.
func TestCrosscheckOfDecodingInTwoPhases(t *testing.T) {
	p := &profile.Profile{Services: []profile.Service{
		{Key: profile.Key{Stage: "decode-wall", Resource: "gpu", Image: "medium", Batch: 8}, MeanNs: 1e6},
		{Key: profile.Key{Stage: "huffman", Resource: "cpu", Image: "medium", Batch: 8}, MeanNs: 3e6},
	}}
	if checks, _ := crosscheck("decode medium batch 8\t2000\timg/s\ttorchvision\n", p); len(checks) != 1 || checks[0].vsim != 2000 || !checks[0].agrees() {
		t.Errorf("checks %v", checks)
	}
}

// standardArchive is one whose network is measured as the standard model in float16, up to that batch.
func standardArchive(t *testing.T, batch int) map[string]string {
	t.Helper()
	text := edited(t, fakeProfile(t), func(p *profile.Profile) {
		for i := range p.Services {
			if s := &p.Services[i]; s.Batch == 4 {
				s.Batch = batch
			}
			if s := &p.Services[i]; s.Model == "tiny" {
				s.Model = "vit-base-fp16"
			}
		}
		for i := range p.Footprints {
			if f := &p.Footprints[i]; f.Model == "tiny" {
				f.Model = "vit-base-fp16"
			}
		}
	})
	return map[string]string{"quick.toml": text}
}

// A landed machine can be simulated as it is, and scenarios can name it as their hardware.
func TestLandedMachineIsSimulatedAsItIs(t *testing.T) {
	l, root := land(t, standardArchive(t, 32))
	name := "1gpu-" + slug
	if l.Can[0] != "bin/vsim simulate hardware/"+name+".toml" || len(l.Can) != 2 || !strings.Contains(l.Can[1], "model=vit-base-fp16 --set batcher.max_batch=32") {
		t.Errorf("can %q", l.Can)
	}
	path := filepath.Join(root, "hardware", name+".toml")
	text := strings.ReplaceAll(read(t, path), slug+"-measured", "profiles/"+slug+"-measured.toml") // not embedded in this test
	must(t, os.WriteFile(path, []byte(text), 0o644))
	own := filepath.Join(root, "own.toml")
	must(t, os.WriteFile(own, []byte("hardware = \"hardware/"+name+".toml\"\n[workload]\nconcurrency = 3\n"), 0o644))
	for _, file := range []string{path, own} {
		s, err := scenario.Load(file, scenario.Options{})
		must(t, err)
		if _, err := sim.Compile(sim.Of(s)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	p, err := profile.Load(filepath.Join(root, "hardware/profiles", slug+"-measured.toml"))
	must(t, err)
	wantIn(t, strings.Join(p.Provenance.Notes, "; "), "vit-base, the model of scenarios that name none, is vit-base-fp16 here")
	l, _ = land(t, standardArchive(t, 8))
	if l.Can[0] != "bin/vsim simulate hardware/"+name+".toml" { // with batches of up to 8, the profile's largest
		t.Errorf("can %q", l.Can)
	}
	wantIn(t, strings.Join(l.Can, "\n"), "model=vit-base-fp16 --set batcher.max_batch=8")
}

// Power of a GPU that hardly worked says nothing of another machine's.
func TestPowerOfAnIdlingGPUIsNoChange(t *testing.T) {
	for watts, want := range map[float64]bool{150: false, 450: true} {
		files := map[string]string{"quick.toml": edited(t, fakeProfile(t), func(p *profile.Profile) {
			p.Energy = []profile.Energy{{Key: profile.Key{Stage: "idle", Resource: "gpu"}, Watts: 100, SpanS: 1},
				{Key: profile.Key{Stage: "infer", Resource: "gpu", Model: "tiny", Batch: 4}, Watts: watts, JobJ: 0.1, N: 100, SpanS: 1}}
		})}
		l, root := land(t, files)
		if text := strings.Join(l.Changes, "\n"); strings.Contains(text, "active_power") != want || strings.Contains(text, "stage_power") != want || !strings.Contains(text, "idle_power") {
			t.Errorf("%g W: %s", watts, text)
		}
		wantIn(t, read(t, root, "hardware", "1gpu-"+slug+".toml"), "active_power = ")
	}
}

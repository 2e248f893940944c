package profile

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// sample is a small valid profile.
func sample() *Profile {
	return &Profile{
		Name: "bench", Origin: Measured,
		Provenance: Provenance{Date: "2026-01-02T03:04:05Z", CPU: "some CPU", Cores: 2, Load1: 0.5, Complete: true,
			Libraries: map[string]string{"onnxruntime": "1.29.0"}, Notes: []string{"a note"}},
		Services: []Service{
			{Key: Key{Stage: "decode", Resource: "cpu", Image: "medium"}, N: 100, MeanNs: 2e6, SDNs: 1e5, MeanCI95Ns: [2]float64{1.9e6, 2.1e6},
				Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{1e6, 2e6, 3e6}, Warnings: []string{"drift: ..."}},
			{Key: Key{Stage: "infer", Resource: "cpu", Model: "m", Batch: 4, Threads: 1}, N: 10, MeanNs: 1e7,
				Probabilities: []float64{0, 1}, QuantilesNs: []float64{9e6, 1.1e7}},
		},
		Contention: []Contention{{Resource: "cpu", Stage: "decode", Beside: "infer", Neighbours: 1, Slowdown: 1.2, SlowdownCI95: [2]float64{1.1, 1.3}, N: 50}},
	}
}

func text(t testing.TB, p *Profile) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestSavedProfileIsReadBackAsItWas(t *testing.T) {
	p := sample()
	got, err := Parse("p.toml", []byte(text(t, p)))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Errorf("read\n%+v\nwritten\n%+v", got, p)
	}
}

// TestCutOffFileIsNoticed cuts the file after every byte: an error of one line each time that names it.
func TestCutOffFileIsNoticed(t *testing.T) {
	whole := text(t, sample())
	for n := range len(whole) {
		_, err := Parse("cut.toml", []byte(whole[:n]))
		switch {
		case err == nil:
			t.Fatalf("cut after %d of %d bytes and accepted; missing: %.60q", n, len(whole), whole[n:])
		case !strings.Contains(err.Error(), "cut.toml") || strings.Contains(err.Error(), "\n"):
			t.Fatalf("cut after %d bytes: %q should be one line and name the file", n, err)
		}
	}
}

func TestWrongProfileIsRefusedInPlainWords(t *testing.T) {
	good := text(t, sample())
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown key", "n = 100\n", "n = 100\nmeam_ns = 3.0\n", `line 31: service.0.meam_ns: unknown key; did you mean "mean_ns"?`},
		{"service lacks", "service = 2\n", "service = 3\n", "entries.service = 3: 2 [[service]] tables follow"},
		{"contention lacks", "contention = 1\n", "contention = 0\n", "entries.contention = 0: 1 [[contention]] tables follow"},
		{"other schema", "schema = 1\n", "schema = 99\n", "schema = 99"},
		{"unknown origin", `"measured"`, `"guessed"`, `origin = "guessed"`},
		{"NaN mean", "mean_ns = 2e+06", "mean_ns = nan", "service.0.mean_ns = NaN: must be a number"},
		{"infinite mean", "mean_ns = 2e+06", "mean_ns = inf", "service.0.mean_ns = +Inf: must be a number"},
		{"negative mean", "mean_ns = 2e+06", "mean_ns = -1.0", "service.0.mean_ns = -1: must be above 0"},
		{"NaN quantile", "[1e+06, 2e+06, 3e+06]", "[1e+06, nan, 3e+06]", "service.0.quantiles_ns.1 = NaN: must be a number"},
		{"unordered quantiles", "[1e+06, 2e+06, 3e+06]", "[2e+06, 1e+06, 3e+06]", "service.0.quantiles_ns.1 = 1e+06: must ascend: the one before it is 2e+06"},
		{"quantile lacks", "[1e+06, 2e+06, 3e+06]", "[1e+06, 3e+06]", "3 probabilities but 2 quantiles"},
		{"no maximum", "[0.0, 0.5, 1.0]", "[0.0, 0.5, 0.9]", "service.0.probabilities: must run from 0 to 1, not from 0 to 0.9"},
		{"no samples", "n = 100\n", "n = 0\n", "service.0.n = 0: a measured figure needs samples"},
		{"no stage", `stage = "decode"`, `stage = ""`, `service.0.stage = "": must be named`},
		{"slow-down 0", "slowdown = 1.2", "slowdown = 0.0", "contention.0.slowdown = 0: must be above 0"},
		{"slow-down NaN", "slowdown = 1.2", "slowdown = nan", "contention.0.slowdown = NaN: must be a number"},
		{"a word for a number", "n = 100\n", `n = "many"` + "\n", `service.0.n = "many": must be a whole number`},
		{"twice", `stage = "infer"`, `stage = "decode"`, ""},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%s: %q is not in the file:\n%s", c.name, c.old, good)
		}
		if c.name == "twice" { // the same key in both tables
			bad = strings.ReplaceAll(good, "\nbatch = 4\nthreads = 1", "")
			bad = strings.Replace(strings.Replace(bad, `model = "m"`, `image = "medium"`, 1), c.old, c.new, 1)
			c.want = "service.1: service decode medium at batch 0 on cpu stands twice"
		}
		_, err := Parse("bad.toml", []byte(bad))
		if err == nil {
			t.Errorf("%s: accepted", c.name)
		} else if got := err.Error(); !strings.Contains(got, c.want) || !strings.Contains(got, "bad.toml") || strings.Contains(got, "\n") {
			t.Errorf("%s: %q should name the file and say %q", c.name, got, c.want)
		}
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	bad := strings.NewReplacer("mean_ns = 2e+06", "mean_ns = nan", "slowdown = 1.2", "slowdown = 0.0", `"measured"`, `"x"`).Replace(text(t, sample()))
	_, err := Parse("bad.toml", []byte(bad))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"mean_ns", "slowdown", "origin"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

func TestMissingFileIsNamedWithARemedy(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "no.toml"))
	if err == nil || !strings.Contains(err.Error(), "no.toml") || !strings.Contains(err.Error(), "vsim profile") {
		t.Errorf("error %v", err)
	}
}

// TestFailedSaveLeavesTheOldFile and no other file beside it.
func TestFailedSaveLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.toml")
	if err := os.Mkdir(path, 0o755); err != nil { // a folder stands in the way of the rename
		t.Fatal(err)
	}
	if err := sample().Save(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("error %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left over: %v, error %v", entries, err)
	}
	if err := sample().Save(filepath.Join(dir, "no", "p.toml")); err == nil {
		t.Error("saved into a folder that is not there")
	}
}

// What is no regular file stays what it is.
func TestWriteFileRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{dir: "it is a folder", os.DevNull: "it is a device"} {
		if err := WriteFile(path, []byte("a")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", path, err, want)
		}
	}
}

// TestWriteFileKeepsPermissions: a new file is like any program's, an old one keeps what its owner gave it.
func TestWriteFileKeepsPermissions(t *testing.T) {
	dir := t.TempDir()
	plain, path := filepath.Join(dir, "plain"), filepath.Join(dir, "p.toml")
	if err := os.WriteFile(plain, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	mode := func(path string) os.FileMode {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode()
	}
	if err := WriteFile(path, []byte("a")); err != nil || mode(path) != mode(plain) {
		t.Errorf("error %v, a new file has mode %v, want %v", err, mode(path), mode(plain))
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(path, []byte("b")); err != nil || mode(path) != 0o600 {
		t.Errorf("error %v, an old file of mode 0600 has %v now", err, mode(path))
	}
	if data, err := os.ReadFile(path); string(data) != "b" {
		t.Errorf("content %q, error %v", data, err)
	}
}

func TestAtBatch(t *testing.T) {
	p := sample()
	k := Key{Stage: "infer", Resource: "cpu", Model: "m", Threads: 1}
	if b, err := p.AtBatch(k, 4); err != nil || b.Support != Exact || b.Weight != 0 {
		t.Errorf("batch 4: %+v, error %v", b, err)
	}
	if _, err := p.AtBatch(k, 5); err == nil || !strings.Contains(err.Error(), "two batch sizes") {
		t.Errorf("batch 5 from one point: error %v", err)
	}
	eight := p.Services[1]
	eight.Batch = 8
	p.Services = append(p.Services, eight)
	for batch, want := range map[int]struct {
		weight  float64
		support Support
	}{4: {0, Exact}, 5: {0.25, Interpolated}, 8: {0, Exact}, 16: {3, Extrapolated}, 1: {-0.75, Extrapolated}} {
		b, err := p.AtBatch(k, batch)
		if err != nil || b.Support != want.support || math.Abs(b.Weight-want.weight) > 1e-12 {
			t.Errorf("batch %d: %+v, error %v; want weight %v, %s", batch, b, err, want.weight, want.support)
		}
	}
	k.Threads = 2
	if _, err := p.AtBatch(k, 4); err == nil || !strings.Contains(err.Error(), "it has: infer m (1 threads)") {
		t.Errorf("error %v should say what there is", err)
	}
}

// FuzzParse: any text gives an error of one line that names the file, or a profile that survives being
// written and read again.
func FuzzParse(f *testing.F) {
	good := text(f, sample())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add("schema = 1\norigin = \"published\"\n[entries]\nservice = 1\ncontention = 0\n" +
		"[[service]]\nstage = \"decode\"\nresource = \"gpu\"\nmean_ns = 1.0\nsource = \"a paper\"\n")
	f.Add("[[service]]\nstage = 1")
	f.Add("\"a\\nb\" = 1\n")
	f.Fuzz(func(t *testing.T, input string) {
		p, err := Parse("fuzz.toml", []byte(input))
		if err != nil {
			if !strings.Contains(err.Error(), "fuzz.toml") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q does not name the file in one line", err)
			}
			return
		}
		written, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Parse("again.toml", written); err != nil || len(again.Services) != len(p.Services) {
			t.Errorf("accepted, but not once written: %v", err)
		}
	})
}

// What a GPU's profile has besides times is counted, checked and read back, too.
func TestEnergyAndFootprints(t *testing.T) {
	p := sample()
	p.Energy = []Energy{{Key: Key{Stage: "idle", Resource: "gpu"}, Watts: 70, SpanS: 2}, {Key: Key{Stage: "h2d", Resource: "link", SizeBytes: 1 << 20}, Watts: 90, JobJ: 0.001, N: 3, SpanS: 2}}
	p.Footprints = []Footprint{{Resource: "gpu", Of: "instance", Model: "m", Batch: 8, SizeBytes: 1 << 30}}
	good := text(t, p)
	read, err := Parse("p.toml", []byte(good))
	if err != nil || !reflect.DeepEqual(read.Energy, p.Energy) || !reflect.DeepEqual(read.Footprints, p.Footprints) {
		t.Fatalf("%v, %+v", err, read)
	}
	for want, change := range map[string][2]string{
		"entries.energy = 3":                             {"energy = 2", "energy = 3"},
		"entries.footprint = 0":                          {"footprint = 1", "footprint = 0"},
		"energy.0.watts = -70: must be at least 0":       {"watts = 70", "watts = -70"},
		"footprint.0.size_bytes = 0: must be at least 1": {"size_bytes = 1073741824", "size_bytes = 0"},
	} {
		if _, err := Parse("p.toml", []byte(strings.Replace(good, change[0], change[1], 1))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", change[1], err, want)
		}
	}
	for _, size := range []int{64, 4, 16} {
		p.Services = append(p.Services, Service{Key: Key{Stage: "h2d", SizeBytes: size}}, Service{Key: Key{Stage: "h2d", SizeBytes: 2 * size, Memory: Pageable}})
	}
	if small, large := p.Ends("h2d"); small == nil || small.SizeBytes != 4 || large.SizeBytes != 64 {
		t.Errorf("ends %+v, %+v", small, large)
	}
	if small, large := p.Ends("d2h"); small != nil || large != nil {
		t.Errorf("ends %+v, %+v of nothing", small, large)
	}
	if l := (Key{Stage: "h2d", Resource: "link", SizeBytes: 4096, Memory: Pageable}).label(); l != "h2d of 4096 bytes, pageable" {
		t.Errorf("label %q", l)
	}
}

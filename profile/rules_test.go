package profile

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// everything is a profile with tables of every kind, whose second is spoilt in turn.
const everything = `schema = 1
name = "all"
origin = "measured"
[entries]
service = 2
contention = 2
after_idle = 2
energy = 2
footprint = 2
[provenance]
date = "2026-01-02T03:04:05Z"
cores = 2
memory_gib = 8.0
load1 = 0.5
complete = true
other_cores = 0.1
steal_cores = 0.1
disturbed = 0.1
clock_mhz = [2000.0]
temperature_c = [50.0]
notes = ["one", "two"]
[provenance.libraries]
jpeg = "2.1"
[drift]
job = "a job"
job_ns = 1e6
at_s = [1, 2.5]
speed = [1.0, 1.0]
[[service]]
stage = "decode"
resource = "cpu"
image = "medium"
n = 3
mean_ns = 2e6
probabilities = [0, 1]
quantiles_ns = [1e6, 3e6]
[[service]]
stage = "infer"
resource = "cpu"
model = "m"
memory = ""
broker = ""
batch = 4
threads = 1
size_bytes = 0
only_batch = false
n = 3
mean_ns = 2e7
sd_ns = 1e5
mean_ci95_ns = [1e7, 3e7]
burst_means_ns = [2e7, 2e7]
burst_n = [1, 2]
probabilities = [0, 0.5, 1]
quantiles_ns = [1e7, 2e7, 3e7]
source = ""
[[contention]]
resource = "cpu"
stage = "infer"
beside = "decode"
neighbours = 1
slowdown = 1.2
n = 3
[[contention]]
resource = "cpu"
stage = "infer"
batch = 4
beside = "decode"
beside_batch = 4
model = "m"
neighbours = 2
same_core = false
slowdown = 1.1
slowdown_ci95 = [1.0, 1.2]
n = 3
[[after_idle]]
stage = "decode"
resource = "cpu"
idle_ns = 1e6
extra_ns = 1e5
base_ns = 2e6
n = 3
[[after_idle]]
stage = "infer"
resource = "cpu"
model = "m"
after_model = "k"
beside_model = "k"
after_batch = 1
idle_ns = 1e6
extra_ns = 1e5
extra_ci95_ns = [0.0, 2e5]
next_extra_ns = 1e4
base_ns = 2e6
n = 3
[[energy]]
stage = "idle"
resource = "gpu"
watts = 70.0
span_s = 2.0
[[energy]]
stage = "infer"
resource = "gpu"
watts = 90.0
job_j = 0.1
n = 3
span_s = 2.0
[[footprint]]
resource = "gpu"
of = "picture"
image = "medium"
size_bytes = 9
[[footprint]]
resource = "gpu"
of = "instance"
model = "m"
batch = 4
size_bytes = 9
[[residual]]
metric = "p50"
band = "0.8"
log_sd = 0.1
n = 3
[[residual]]
metric = "p99"
band = "0.8"
log_sd = 0.2
n = 3
`

// TestEveryKeyHasItsRule spoils a key of the second table of a kind, or adds one, and wants the line and the key of that very place.
func TestEveryKeyHasItsRule(t *testing.T) {
	if _, err := Parse("all.toml", []byte(everything)); err != nil {
		t.Fatal(err)
	}
	const most, text, list, whole, number = "must be at most", "must be a text in quotes", "must be a list in [ ]", "must be a whole number", "must be a number"
	const below0, above0, negative, control = "must be at least 0", "must be above 0", "must be above -base_ns", "must have no control characters"
	for _, c := range []struct{ table, key, value, rule string }{
		{"", "schema", "9", "this vsim reads schema 1"}, {"", "schema", "1.0", whole}, {"", "origin", `"x"`, `must be one of "measured", "published"`}, {"", "name", "1", text},
		{"entries", "service", "-1", below0}, {"entries", "energy", "true", whole}, {"entries", "extra", "1", "unknown key"},
		{"provenance", "date", `"today"`, "must be a time such as"}, {"provenance", "date", "2026-01-02T03:04:05Z", text}, {"provenance", "cores", "-2", below0}, {"provenance", "memory_gib", "inf", number},
		{"provenance", "load1", "-0.1", below0}, {"provenance", "complete", "1", "must be true or false"}, {"provenance", "other_cores", "-1", below0},
		{"provenance", "steal_cores", "nan", number}, {"provenance", "disturbed", "1.1", most + " 1"}, {"provenance", "clock_mhz", "[-1.0]", below0},
		{"provenance", "temperature_c", "[nan]", number}, {"provenance", "notes", `["a", 1]`, text}, {"provenance", "notes", `"a"`, list},
		{"provenance.libraries", "jpeg", "2.1", text}, {"provenance", "files", "1", "must be a table of keys"},
		{"drift", "job", `""`, "must be named"}, {"drift", "job_ns", "0", above0}, {"drift", "at_s", "[2, 1]", "must ascend"}, {"drift", "at_s", "[-1, 1]", below0},
		{"drift", "speed", "[1.0, 0]", above0}, {"drift", "at_s", "[1]", "1 times in at_s but 2 in speed"},

		{"service", "stage", `"inferr"`, `did you mean "infer"?`}, {"service", "stage", `"Infer"`, `did you mean "infer"?`},
		{"service", "stage", `"a\nb"`, control}, {"service", "stage", `""`, "must be named"}, {"service", "resource", `"engine"`, `must be one of "cpu"`},
		{"service", "model", `"\u001b[2J"`, control}, {"service", "image", `"\u202e"`, control}, {"service", "model", `"` + strings.Repeat("m", 1025) + `"`, "has 1025 bytes"},
		{"service", "batch", "-5", below0}, {"service", "batch", "1000001", most}, {"service", "batch", "1.5", whole}, {"service", "threads", "-1", below0}, {"service", "threads", `"x"`, whole},
		{"service", "size_bytes", "-1", below0}, {"service", "memory", `"unpinned"`, `must be one of "pageable"`}, {"service", "broker", `"kafka"`, `must be one of "kafka-all"`},
		{"service", "n", "0", "a measured figure needs samples"}, {"service", "n", "-1", below0}, {"service", "mean_ns", "0", above0}, {"service", "mean_ns", "-1.0", above0},
		{"service", "mean_ns", "1e300", most}, {"service", "mean_ns", "[1.0]", number}, {"service", "sd_ns", "-1", below0}, {"service", "sd_ns", "inf", number},
		{"service", "mean_ci95_ns", "[3.0, 2.0]", "two numbers that ascend"}, {"service", "mean_ci95_ns", "[1.0]", "must be a list of 2"}, {"service", "mean_ci95_ns", "[-inf, 1.0]", number},
		{"service", "burst_means_ns", "[1.0, 0.0]", above0}, {"service", "burst_n", "[3, 0]", "must be at least 1"}, {"service", "burst_n", "[1, 1]", "burst_n sums to 2, but n = 3"},
		{"service", "burst_n", "[3]", "2 burst_means_ns but 1 burst_n"}, {"service", "quantiles_ns", "[0, 0.5]", "3 probabilities but 2 quantiles"},
		{"service", "probabilities", "[0.1, 0.5, 1]", "must run from 0 to 1"}, {"service", "probabilities", "[0, 2, 1]", most + " 1"}, {"service", "quantiles_ns", "[1.0, 3.0, 2.0]", "must ascend"},
		{"service", "quantiles_ns", "[-1.0, 3.0, 4.0]", below0}, {"service", "quantiles_ns", "[0, 1, nan]", number}, {"service", "only_batch", "1", "must be true or false"},
		{"service", "source", "1", text}, {"service", "warnings", "[1]", text}, {"service", "Batch", "4", `did you mean "batch"?`},

		{"contention", "resource", `""`, "must be named"}, {"contention", "stage", `"inferr"`, `did you mean "infer"?`}, {"contention", "beside", `"decod"`, `did you mean "decode"?`},
		{"contention", "batch", "-1", below0}, {"contention", "beside_batch", "-1", below0}, {"contention", "model", `"a\u0000"`, control}, {"contention", "neighbours", "0", "must be at least 1"},
		{"contention", "neighbours", "10000000", most}, {"contention", "same_core", "true", "needs neighbours = 1, not 2"}, {"contention", "slowdown", "1e300", most + " 1e+06"},
		{"contention", "slowdown", "0", above0}, {"contention", "slowdown_ci95", "[2.0, 1.0]", "two numbers that ascend"}, {"contention", "slowdown_ci95", "[nan, 1.0]", number},
		{"contention", "n", "0", "a measured figure needs samples"},

		{"after_idle", "stage", `"inferr"`, `did you mean "infer"?`}, {"after_idle", "batch", "-1", below0}, {"after_idle", "after_model", `"\u0007"`, control}, {"after_idle", "beside_model", `"\u0007"`, control},
		{"after_idle", "after_batch", "-1", below0}, {"after_idle", "idle_ns", "-1", below0}, {"after_idle", "extra_ns", "-2e6", negative}, {"after_idle", "extra_ns", "1e300", most},
		{"after_idle", "next_extra_ns", "-1e15", negative}, {"after_idle", "next_extra_ns", "nan", number}, {"after_idle", "extra_ci95_ns", "[1, 0]", "two numbers that ascend"},
		{"after_idle", "base_ns", "0", above0}, {"after_idle", "n", "0", "must be at least 1"},

		{"energy", "stage", `"inferr"`, `did you mean "infer"?`}, {"energy", "watts", "-1", below0}, {"energy", "job_j", "nan", number}, {"energy", "n", "-1", below0}, {"energy", "span_s", "0", above0}, {"energy", "threads", "-1", below0},
		{"footprint", "resource", `"ram"`, "must be one of"}, {"footprint", "of", `"models"`, `must be one of "instance"`}, {"footprint", "batch", "-1", below0}, {"footprint", "size_bytes", "0", "must be at least 1"},
		{"residual", "metric", `"p98"`, "must be one of"}, {"residual", "band", `"0.7"`, "must be one of"}, {"residual", "log_sd", "1e300", most}, {"residual", "n", "0", "must be at least 1"},
	} {
		name := strings.TrimSpace(c.table + " " + c.key + " = " + c.value)
		bad, line := spoilt(t, c.table, c.key, c.value)
		_, err := Parse("bad.toml", []byte(bad))
		key := join(map[string]string{"service": "service.1", "contention": "contention.1", "after_idle": "after_idle.1", "energy": "energy.1", "footprint": "footprint.1", "residual": "residual.1"}[c.table], c.key)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		told, _, _ := strings.Cut(err.Error(), "; line ")
		if !strings.HasPrefix(told, fmt.Sprintf("profile bad.toml: line %d: ", line)) || !strings.Contains(told, key) || !strings.Contains(told, c.rule) || strings.Contains(told, "\n") {
			t.Errorf("%s: %q should name line %d and %s, and say %q", name, told, line, key, c.rule)
		}
	}
}

// spoilt writes another value for a key of the last table of a kind, and says on which line.
func spoilt(t *testing.T, table, key, value string) (text string, line int) {
	t.Helper()
	lines := strings.Split(everything, "\n")
	at := 0
	for i, l := range lines {
		if table != "" && strings.Trim(l, "[]") == table {
			at = i + 1
		}
	}
	if table != "" && at == 0 {
		t.Fatalf("no table %s", table)
	}
	for i := at; i < len(lines) && !strings.HasPrefix(lines[i], "["); i++ {
		if strings.HasPrefix(lines[i], key+" = ") {
			lines[i] = key + " = " + value
			return strings.Join(lines, "\n"), i + 1
		}
	}
	lines[at] = key + " = " + value + "\n" + lines[at]
	return strings.Join(lines, "\n"), at + 1
}

// What must be there is missed, at the table that lacks it.
func TestMissingKeysAreTold(t *testing.T) {
	for table, keys := range map[string]string{
		"": "schema origin", "drift": "job job_ns at_s speed", "service": "stage resource mean_ns", "contention": "resource stage beside neighbours slowdown",
		"after_idle": "stage resource idle_ns extra_ns base_ns n", "energy": "stage resource watts span_s", "footprint": "resource of size_bytes", "residual": "metric band log_sd n",
	} {
		for _, key := range strings.Fields(keys) {
			bad, _ := spoilt(t, table, key, "# gone")
			bad = strings.Replace(bad, key+" = # gone", "", 1)
			_, err := Parse("bad.toml", []byte(bad))
			if want := "lacks " + key + "; restore the file"; err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one with %q", table, err, want)
			}
		}
	}
}

// A wrong type is told where it stands, whichever table it is in and however that is written.
func TestWrongTypesAreToldWhereTheyStand(t *testing.T) {
	table := func(i int, batch string) string {
		return fmt.Sprintf("[[service]]\nstage = \"infer\"\nresource = \"cpu\"\nmodel = \"m%d\"\nbatch = %s\nn = 1\nmean_ns = 1.0\nprobabilities = [0, 1]\nquantiles_ns = [1, 1]\n", i, batch)
	}
	const head = "schema = 1\norigin = \"measured\"\n[entries]\nservice = 5\n" // 4 lines; a table has 9, the batch on its fifth
	for wrong := range 5 {
		text := head
		for i := range 5 {
			text += table(i, map[bool]string{true: `"x"`, false: "1"}[i == wrong])
		}
		want := fmt.Sprintf(`profile p.toml: line %d: service.%d.batch = "x": must be a whole number`, 4+9*wrong+5, wrong)
		if _, err := Parse("p.toml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	for text, want := range map[string]string{
		"service = [\n{stage = \"a\", batch = 1},\n{stage = \"b\", batch = \"x\"},\n{stage = \"c\", batch = 1}]\n": `line 3: service.1.batch = "x": must be a whole number`,
		"service = [{stage = \"a\"}, {stage = \"b\",\nbatch = \"x\"}]\n":                                           `line 2: service.1.batch = "x": must be a whole number`,
		"service = [1, {stage = \"a\"}]\n":                                                                         "line 1: service.0 = 1: must be a table of keys",
		"\n[service]\nstage = \"a\"\n":                                                                             "line 2: service = a table: must be a list of tables; write each as [[service]], with two brackets",
		"[[drift]]\njob = \"a\"\n":                                                                                 "line 1: drift = a list of 1: must be a table of keys",
		"[[service]]\nstage = \"a\"\n[[service]]\nbatch.a = 1\n":                                                   "line 4: service.1.batch = a table: must be a whole number",
		"[[service]]\nquantiles_ns = [1,\n2,\n\"x\",\n4]\n":                                                        `line 4: service.0.quantiles_ns.2 = "x": must be a number`,
		"[[service]]\nwarnings = [\"\"\"\n[[service]]\n\"\"\"]\nbatch = []\n":                                      "line 5: service.0.batch = a list of 0: must be a whole number",
	} {
		if _, err := Parse("p.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// What TOML itself refuses has its line, too.
func TestKeysThatStandTwice(t *testing.T) {
	bad := strings.Replace(everything, "threads = 1\n", "threads = 1\nthreads = 2\n", 1)
	if _, err := Parse("p.toml", []byte(bad)); err == nil || !strings.Contains(err.Error(), "line 45") || !strings.Contains(err.Error(), "threads") {
		t.Errorf("error %v", err)
	}
}

// No figure of any kind may stand twice.
func TestFiguresThatStandTwice(t *testing.T) {
	tables := strings.Split(everything, "\n[[")
	for _, kind := range []string{"service", "contention", "after_idle", "energy", "footprint", "residual"} {
		var bad []string
		for _, table := range tables {
			bad = append(bad, table)
			if strings.HasPrefix(table, kind+"]]") {
				bad = append(bad, table)
			}
		}
		counted := strings.ReplaceAll(strings.Join(bad, "\n[[")+"\n", "\n"+kind+" = 2", "\n"+kind+" = 4")
		if _, err := Parse("p.toml", []byte(counted)); err == nil || !strings.Contains(err.Error(), ": "+kind+".1: ") || !strings.Contains(err.Error(), " stands twice, in "+kind+".0 too; leave one out") {
			t.Errorf("%s: error %v", kind, err)
		}
	}
}

// Stages may have any names that are no slips of the pen.
func TestStagesOfOnesOwn(t *testing.T) {
	for _, name := range []string{"d2d", "pack", "drop", "tokenise", "décode 2", "sharpen", "infer2x", "decode-phased-wall"} {
		good, _ := spoilt(t, "service", "stage", strconv.Quote(name))
		if _, err := Parse("p.toml", []byte(good)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of very many faults some are told, on one line.
func TestManyFaultsAreCounted(t *testing.T) {
	_, err := Parse("p.toml", []byte(strings.Repeat("[[service]]\nbatch = -1\n", 1000)))
	if err == nil || len(err.Error()) > 1000 || !strings.Contains(err.Error(), "and 1994 more") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v", err)
	}
}

// A key of a hostile file is shown on one line, and not all of it.
func TestKeysAreShownOnALine(t *testing.T) {
	for key, want := range map[string]string{`a\nb`: `line 1: "a\nb": unknown key`, strings.Repeat("k", 5000): `kkk"...: unknown key`, `\u001b[2J`: `line 1: "\x1b[2J": unknown key`} {
		_, err := Parse("p.toml", []byte("\""+key+"\" = 1\n"))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 500 || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q, want one with %q", err, want)
		}
	}
}

// Every profile that is kept in the repository can be read.
func TestProfilesOfTheRepository(t *testing.T) {
	n := 0
	for _, pattern := range []string{"../hardware/profiles/*.toml", "../experiments/accuracy/*/profile*.toml", "../experiments/paper/measured/*/*/profile.toml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			n++
			if _, err := Load(path); err != nil {
				t.Error(err)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d were found", n)
	}
}

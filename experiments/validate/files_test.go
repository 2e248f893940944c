package validate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/sim"
	"vsim/sim/scenario"
)

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readReport(t *testing.T, dir string) (r Report) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, dir, "report.json"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func readRecords(t *testing.T, dir string) (out []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "live.jsonl"))
	if err != nil && !os.IsNotExist(err) { // before the first live run it is missing
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r map[string]any
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// At any moment the folder has what was found until then: a process that is killed leaves it.
func TestFilesAreWrittenAsTheyCome(t *testing.T) {
	fakegpu.Use(t)
	m, opt := readFake(t), fakeOptions(t)
	opt.Output = filepath.Join(t.TempDir(), "new", "out")
	m.Cases[1].Load = 0.5 // its rate is found out
	earlier := writeEarlier(t, opt.Output)
	r, err := Run(t.Context(), m, opt, func(done, _ int, what string) {
		if what == "setting up" || what == "profiling" {
			return
		}
		if p, err := profile.Load(filepath.Join(opt.Output, "profile.toml")); err != nil || len(p.Services) == 0 {
			t.Errorf("%s: profile %v", what, err)
		}
		rounds := map[float64]bool{}
		for _, line := range readRecords(t, opt.Output) {
			if line["completed"].(float64) <= 0 || len(line["latencies_s"].([]any)) != int(line["completed"].(float64)) || line["seed"] != line["round"] {
				t.Errorf("%s: record %v", what, line)
			}
			rounds[line["round"].(float64)*10+float64(slices.IndexFunc(m.Cases, func(c *Case) bool { return c.Name == line["name"] }))] = true
		}
		if len(rounds) != done {
			t.Errorf("%s: %d live runs on record, want %d", what, len(rounds), done)
		}
		_, err := os.Stat(filepath.Join(opt.Output, "report.json"))
		if (err == nil) != (done >= 2) {
			t.Errorf("%s: report %v", what, err)
		}
		if err == nil && readReport(t, opt.Output).Complete {
			t.Errorf("%s: the report says that it is complete", what)
		}
	})
	if err != nil || !r.Complete {
		t.Fatalf("%v, %+v", err, r)
	}
	for name, old := range earlier {
		text, err := os.ReadFile(filepath.Join(opt.Output, name))
		if mine := strings.Contains(name, "mine"); mine != (string(text) == old) || mine && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	checkFiles(t, opt.Output, r)
}

// writeEarlier writes what an earlier validation left in a folder, and files of the user.
func writeEarlier(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{"report.json": "{}", "live.jsonl": "{}\n", "profile.toml": "old\n", "cases/07-old.toml": caseHead + "old\"\n", "mine.txt": "", "cases/mine.toml": "mine"}
	if err := os.MkdirAll(filepath.Join(dir, "cases"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// A validation that comes to nothing leaves what an earlier one wrote.
func TestEarlierFilesStayUntilThereIsSomethingNew(t *testing.T) {
	m, opt := fakeMatrix(t), fakeOptions(t)
	opt.Output, opt.Limit = t.TempDir(), time.Nanosecond
	earlier := writeEarlier(t, opt.Output)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, ctx := range []context.Context{t.Context(), ctx} { // the limit ends it, then an interrupt
		if r, err := Run(ctx, m, opt, func(int, int, string) {}); r != nil || err == nil {
			t.Fatalf("error %v, report %v", err, r)
		}
		for name, want := range earlier {
			if got := readFile(t, opt.Output, name); string(got) != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if left, err := filepath.Glob(filepath.Join(opt.Output, "*")); err != nil || len(left) != 5 {
			t.Errorf("%v, files %q", err, left)
		}
	}
}

// Whatever a case is called, its file lies in the folder of cases and can be simulated.
func TestAnyCaseNameMakesAFile(t *testing.T) {
	dir := t.TempDir()
	s, err := newStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := "[[case]]\nname = \"../../up\\\\\\n\u0007 \\\"q\\\"\"\n[[case]]\nname = \"Größe 図/٣\"\n[[case]]\nname = \"図\"\n[[case]]\nname = \"" + strings.Repeat("long/", 60) + "\"\n"
	text = strings.ReplaceAll(text, "\u0007", "\\u0007")
	m, err := Read(write(t, text), nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	m.File = "two\nlines\x00.toml"
	if err := s.cases(m, m.Cases); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range s.files.Cases {
		got = append(got, f.Path)
		if _, err := scenario.Load(filepath.Join(dir, f.Path), scenario.Options{}); err != nil {
			t.Error(err)
		}
	}
	want := []string{"cases/01-up-q.toml", "cases/02-gr-e.toml", "cases/03.toml", "cases/04-" + strings.Repeat("long-", 11) + "long.toml"}
	if earlier, err := s.earlierCases(); err != nil || !slices.Equal(got, want) || len(earlier) != 4 {
		t.Errorf("%v, files %q, of which are known again %q", err, got, earlier)
	}
}

// The last line names files and, however the folder is called, a command that a shell understands.
func TestKeptNamesACommand(t *testing.T) {
	r := &Report{}
	if got := r.Kept("out"); got != "" {
		t.Errorf("without files: %q", got)
	}
	r.Files = &Files{Profile: File{Path: "profile.toml"}, Cases: []CaseFile{{"X", "cases/01-x.toml"}}}
	for dir, want := range map[string]string{
		"out":     "the report, the profile and the live runs are in out; predict a case again: vsim simulate out/cases/01-x.toml --profile out/profile.toml",
		"it's $1": `the report, the profile and the live runs are in it's $1; predict a case again: vsim simulate 'it'\''s $1/cases/01-x.toml' --profile 'it'\''s $1/profile.toml'`,
	} {
		if got := r.Kept(dir); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// checkFiles simulates the cases' files with the profile's and wants the report's numbers.
func checkFiles(t *testing.T, dir string, r *Report) {
	t.Helper()
	written := readReport(t, dir)
	path := filepath.Join(dir, written.Files.Profile.Path)
	sum := sha256.Sum256(readFile(t, path))
	if hash := hex.EncodeToString(sum[:]); hash != written.Files.Profile.SHA256 || !strings.Contains(r.Profile, "sha256:"+hash) || written.Profile != r.Profile {
		t.Errorf("files %+v, profile %q", written.Files, r.Profile)
	}
	if got := compared(&written); len(got) != len(written.Files.Cases) || !slices.Equal(got, compared(r)) {
		t.Errorf("compared %q, files %+v", got, written.Files.Cases)
	}
	for _, c := range written.Files.Cases {
		p, err := sim.Predict(t.Context(), sim.File(filepath.Join(dir, c.Path), scenario.Options{Profile: path}), sim.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(readFile(t, dir, c.Path)), "\nrate") {
			continue // the report predicts open loops for the very arrivals of their live runs
		}
		for _, row := range r.Cases {
			for _, m := range metrics {
				if e := m.predicted(p); row.Case == c.Case && row.Metric == m.name && row.Predicted != e.Value {
					t.Errorf("%s: %s is %v again, %v in the report", c.Path, m.name, e.Value, row.Predicted)
				}
			}
		}
	}
}

// A case's file stands for itself: it names neither profiles nor files by relative paths.
func TestCaseFilesStandForThemselves(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"machine.toml": "[cpu]\nprofile = \"none.toml\"\ncores = 1\n",
		"trace.csv":    "time_s\n0\n0.5\n",
		"matrix.toml":  "hardware = \"machine.toml\"\n[workload]\nfile = \"trace.csv\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	m, err := Read("matrix.toml", nil, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	text, err := m.Cases[0].text(m.File)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "case.toml")
	if err := os.WriteFile(again, text, 0o644); err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Load(again, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Path(s.Workload.File) != filepath.Join(dir, "trace.csv") || s.CPU.Profile != "" || s.Profile != "" {
		t.Errorf("file %q, profile %q of %q\n%s", s.Workload.File, s.CPU.Profile, s.Profile, text)
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{"Poisson 50 %, delay 2 ms": "poisson-50-delay-2-ms", "../../etc": "etc", "": "", "größe": "gr-e", "٣": "", strings.Repeat("x", 59) + "/" + strings.Repeat("y", 300): strings.Repeat("x", 59)} {
		if got := slug(name); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}

// Many latencies are recorded by their quantiles; a file of live runs that is full takes records without them.
func TestRecordsStaySmall(t *testing.T) {
	dir := t.TempDir()
	s, err := newStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	c := &Case{Name: "c", Scenario: &scenario.Scenario{}}
	result := &load.Result{Completed: 100000}
	for i := range result.Completed {
		result.LatencyS = append(result.LatencyS, float64(i+1)/1e5)
	}
	for _, size := range []int{0, maxLive - 100} {
		s.size = size
		if err := s.live(newRecord(s, liveRun{c, 0}, 0, &around{}, result, nil)); err != nil {
			t.Fatal(err)
		}
	}
	records := readRecords(t, dir)
	q := records[0]["latency_quantiles_s"].([]any)
	if len(q) != latencyPoints || q[0] != 1e-5 || q[10] != 1e-3 || q[5000] != 0.5 || q[10000] != 1.0 || records[0]["latencies_s"] != nil {
		t.Errorf("%d quantiles: %v, %v, %v, %v", len(q), q[0], q[10], q[5000], q[10000])
	}
	if records[1]["latency_quantiles_s"] != nil || records[1]["completed"] != 100000.0 {
		t.Errorf("%v", records[1])
	}
	result.LatencyS = []float64{0.1234567891}
	if r := newRecord(s, liveRun{c, 0}, 0, &around{}, result, nil); len(r.Latencies) != 1 || math.Abs(float64(r.Latencies[0])-0.1234567891) > 1e-12 || r.Quantiles != nil {
		t.Errorf("%+v", r)
	}
}

// A folder that cannot be made is said before anything is measured; one that goes away meanwhile does not end the
// validation.
func TestFoldersThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := newStore(filepath.Join(file, "out"))
	input, ok := err.(*scenario.InputError)
	if !ok || !strings.HasPrefix(input.Error(), "--output "+file) {
		t.Errorf("error %v", err)
	}
	m, opt := fakeMatrix(t), fakeOptions(t)
	opt.Output = filepath.Join(t.TempDir(), "out")
	r, err := Run(t.Context(), m, opt, func(done, _ int, _ string) {
		if done == 1 {
			if err := os.RemoveAll(opt.Output); err != nil {
				t.Fatal(err)
			}
		}
	})
	if r == nil || err == nil || r.Complete || len(compared(r)) != 2 || !strings.Contains(err.Error(), "files failed") {
		t.Fatalf("error %v, report %+v", err, r)
	}
	wantWarning(t, r, opt.Output)
}

package sweep

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vsim/sim/scenario"
)

// The test's own program is the sweep that is killed.
const childDir, childFile = "VSIM_SWEEP_TEST_DIR", "VSIM_SWEEP_TEST_FILE"

// allPoints in the environment makes it 1,000 points instead of 200 (make sweep-test).
const allPoints = "VSIM_SWEEP_TEST_ALL"

// toBeKilled is a sweep of 40 points for each of some seeds.
func toBeKilled() (opt Options, points int) {
	seeds := 5
	if os.Getenv(allPoints) != "" {
		seeds = 25
	}
	return Options{Vary: []string{"stage.server.workers=1..4", "workload.rate=500/s,600/s,700/s,800/s,900/s,1000/s,1500/s,2000/s,3000/s,6000/s",
		fmt.Sprintf("run.seed=1..%d", seeds)}}, 40 * seeds
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		opt, _ := toBeKilled()
		s, err := New(os.Getenv(childFile), opt)
		if err == nil {
			_, err = s.Into(context.Background(), dir, nil)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// rowsIn is how many lines a file has.
func rowsIn(path string) int {
	text, _ := os.ReadFile(path) // not there yet: none
	return strings.Count(string(text), "\n")
}

// Killed ten times at random moments, a sweep ends with the bytes of one that nobody disturbed.
func TestKilledSweepEndsWithTheSameBytes(t *testing.T) {
	file, calm, killed := write(t, small), t.TempDir(), t.TempDir()
	opt, points := toBeKilled()
	into(t, file, opt, calm)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	start := func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childDir+"="+killed, childFile+"="+file)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	rows := filepath.Join(killed, rowsFile)
	kills := 0
	for i := range 10 {
		cmd := start()
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		until := (i*9 + chance.IntN(9)) * points / 100 // the first may be killed before it has a row
		for over := false; !over && rowsIn(rows) < until; {
			select {
			case err := <-ended:
				t.Fatalf("the sweep ended before row %d: %v", until, err)
			case <-time.After(time.Duration(chance.IntN(int(2 * time.Millisecond)))):
			}
		}
		time.Sleep(time.Duration(chance.IntN(int(3 * time.Millisecond))))
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Fatal("the sweep ended before it was killed")
		}
		kills++
	}
	before := rowsIn(rows)
	if err := start().Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d kills, the last at row %d of %d", kills, before, rowsIn(rows))
	if rowsIn(rows) != points {
		t.Errorf("%d rows", rowsIn(rows))
	}
	wantSame(t, contents(t, killed), contents(t, calm))
}

// Wherever the files of a sweep were cut off, the same command makes them whole.
func TestCutOffFilesAreMadeWhole(t *testing.T) {
	file, opt, dir := write(t, small), Options{Vary: []string{"name=a,b,c"}}, t.TempDir()
	into(t, file, opt, dir)
	want := contents(t, dir)
	all := want[rowsFile]
	for at := 0; at < len(all)+97; at += 97 {
		cut := min(at, len(all))
		for _, junk := range []string{"", "\x00\x00\x00", `{"point":2,"se`, `{"point":1,"set":{"name":"b"}}` + "\n"} {
			for name, text := range map[string]string{rowsFile: all[:cut] + junk, tableFile: want[tableFile][:len(want[tableFile])*cut/len(all)], aheadFile: junk, "." + planFile + "123": "{"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			into(t, file, opt, dir)
			wantSame(t, contents(t, dir), want)
		}
	}
}

// What a sweep has ended is not predicted again: rows that were changed stay as they are, in their place or ahead of it.
func TestNoPointIsRepeated(t *testing.T) {
	file, opt, dir := write(t, small), Options{Vary: []string{"stage.server.workers=1,2,3,4"}}, t.TempDir()
	into(t, file, opt, dir)
	lines := strings.SplitAfter(contents(t, dir)[rowsFile], "\n")
	mark := func(line string) string { return strings.Replace(line, `"bottleneck":"`, `"bottleneck":"marked `, 1) }
	for name, text := range map[string]string{rowsFile: mark(lines[0]), aheadFile: mark(lines[3]) + mark(lines[2]) + mark(lines[0])} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := into(t, file, opt, dir)
	got := contents(t, dir)
	if want := mark(lines[0]) + lines[1] + mark(lines[2]) + mark(lines[3]); got[rowsFile] != want {
		t.Errorf("%s\nwant\n%s", got[rowsFile], want)
	}
	if strings.Count(got[tableFile], "marked") != 3 || out.Earlier != 1 || out.Rows != 4 {
		t.Errorf("%+v\n%s", out, got[tableFile])
	}
	if out = into(t, file, opt, dir); out.Earlier != 4 {
		t.Errorf("a whole sweep is not known as one: %+v", out)
	}
}

// An interrupt keeps the rows that are there.
func TestInterruptedSweepGoesOn(t *testing.T) {
	file, opt, dir, calm := write(t, small), Options{Vary: []string{"stage.server.workers=1..40"}}, t.TempDir(), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := mustNew(t, file, opt).Into(ctx, dir, func(done float64) {
		if done > 0.3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "interrupted after ") || !strings.HasSuffix(err.Error(), " of 40 points; the same command goes on") {
		t.Fatal(err)
	}
	into(t, file, opt, dir)
	into(t, file, opt, calm)
	wantSame(t, contents(t, dir), contents(t, calm))
}

// A folder of another sweep is refused in one line, and stays as it is.
func TestFolderOfAnotherSweepIsRefused(t *testing.T) {
	file, opt, dir := write(t, small), Options{Vary: []string{"stage.server.workers=1,2"}}, t.TempDir()
	into(t, file, opt, dir)
	want := contents(t, dir)
	changed := filepath.Join(t.TempDir(), "s.toml")
	other := filepath.Join(t.TempDir(), "other.toml")
	for path, text := range map[string]string{changed: small + "jitter = 0.02\n", other: small} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file string
		opt  Options
		want string
	}{
		{file, Options{Vary: []string{"stage.server.workers=1,3"}}, "other keys or values are varied in it"},
		{file, Options{Vary: opt.Vary, Zip: true}, "other keys or values are varied in it"},
		{file, Options{Vary: opt.Vary, Set: []string{"run.seed=2"}}, "it was made with another --set or --profile"},
		{file, Options{Vary: opt.Vary, Shard: Shard{1, 2}}, "it has all points, and not shard 1/2"},
		{changed, opt, "s.toml, or a file that it names, has changed since"},
		{other, opt, "it is of s.toml, and not of other.toml"},
	} {
		_, err := mustNew(t, c.file, c.opt).Into(t.Context(), dir, nil)
		wantRefused(t, err, c.want)
	}
	wantSame(t, contents(t, dir), want)

	s := mustNew(t, file, opt)
	s.plan.Vsim = "another"
	s.plan.SHA256 = s.plan.sum()
	_, err := s.Into(t.Context(), dir, nil)
	wantRefused(t, err, "it was made by vsim ")

	for _, c := range []struct{ text, want string }{
		{strings.Replace(want[planFile], `"2"`, `"4"`, 1), "plan.json was edited"},
		{"nonsense", "plan.json is not the plan of a sweep"},
		{`{"schema": 99}`, "plan.json has schema 99, and this vsim reads 1"},
	} {
		bad := t.TempDir()
		if err := os.WriteFile(filepath.Join(bad, planFile), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := mustNew(t, file, opt).Into(t.Context(), bad, nil)
		wantRefused(t, err, c.want)
	}
	lonely := t.TempDir()
	if err := os.WriteFile(filepath.Join(lonely, rowsFile), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = mustNew(t, file, opt).Into(t.Context(), lonely, nil)
	wantRefused(t, err, "it has rows.jsonl but no plan.json")
	_, err = mustNew(t, file, opt).Into(t.Context(), file, nil)
	wantRefused(t, err, "name another folder")
}

func wantRefused(t *testing.T, err error, want string) {
	t.Helper()
	var wrong *scenario.InputError
	if !errors.As(err, &wrong) || len(wrong.Faults) != 1 || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}

// Two sweeps at a time do not write into one folder.
func TestAFolderIsOneSweepsAtATime(t *testing.T) {
	file, opt, dir := write(t, small), Options{Vary: []string{"stage.server.workers=1,2"}}, t.TempDir()
	s := mustNew(t, file, opt)
	f, err := openFolder(dir, &s.plan, s.points)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Into(t.Context(), dir, nil)
	f.close()
	wantRefused(t, err, "another sweep is writing into it")
	into(t, file, opt, dir)
}

// A name that is not UTF-8 is no reason to take a folder for another sweep's.
func TestNamesOfAnyBytesGoOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a\xff.toml")
	if err := os.WriteFile(file, []byte(small), 0o644); err != nil {
		t.Skip(err) // not every file system has such names
	}
	dir, opt := t.TempDir(), Options{Vary: []string{"stage.server.workers=1,2"}, Set: []string{"name=b\xff"}}
	into(t, file, opt, dir)
	if again := into(t, file, opt, dir); again.Earlier != 2 {
		t.Errorf("%d of 2 rows are taken over", again.Earlier)
	}
}

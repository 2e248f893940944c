package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const queue = "[workload]\nrate = '800/s'\n[[stage]]\nname = 'server'\nservice = {dist = 'exponential', mean = '1ms'}\n[run]\nreplications = 2\nmax_events = 4000\n"

func TestSweepPrintsATable(t *testing.T) {
	file := scenarioFile(t, "s.toml", queue)
	code, out, errOut := vsim("sweep", file, "--vary", "stage.server.workers=1..3")
	if table, _, _ := strings.Cut(out, "Warning"); code != 0 || errOut != "" || strings.Count(table, "\n") != 4 || !strings.Contains(out, "p99, ms") {
		t.Errorf("exit %d, %s\n%s", code, errOut, out)
	}
	code, out, _ = vsim("sweep", file, "--vary", "stage.server.workers=1..3", "--json")
	if code != 0 || strings.Count(out, "\n") != 3 || !strings.HasPrefix(out, `{"point":0,"set":{"stage.server.workers":1},"verdict":"backlogged","throughput_rps":`) {
		t.Errorf("exit %d\n%s", code, out)
	}
	code, out, _ = vsim("sweep", file, "--vary", "stage.server.workers=1..3", "--csv")
	if code != 0 || strings.Count(out, "\n") != 4 || !strings.HasPrefix(out, "point,stage.server.workers,verdict,throughput_rps,throughput_rps_low,throughput_rps_high,") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// Shards and their merger, by the commands that a person types.
func TestSweepShardsAndMerge(t *testing.T) {
	file, dir := scenarioFile(t, "s.toml", queue), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	sweep := []string{"sweep", file, "--vary", "stage.server.workers=1..3"}
	for _, args := range [][]string{
		append(sweep, "-o", at("single")), append(sweep, "--shard", "1/2", "-o", at("a")), append(sweep, "--shard", "2/2", "-o", at("b")),
		{"merge", at("a"), at("b"), "-o", at("merged")},
	} {
		if code, out, errOut := vsim(args...); code != 0 || errOut != "" || !strings.Contains(out, "rows.csv, rows.jsonl") {
			t.Fatalf("%q: exit %d, %s%s", args, code, out, errOut)
		}
	}
	for _, name := range []string{"rows.csv", "rows.jsonl", "plan.json", "lines.svg", "lines.png", "report.html"} {
		single, err := os.ReadFile(filepath.Join(at("single"), name))
		if err != nil {
			t.Fatal(err)
		}
		if merged, err := os.ReadFile(filepath.Join(at("merged"), name)); err != nil || !bytes.Equal(merged, single) {
			t.Errorf("%s differs: %v", name, err)
		}
	}
	wantLine(t, append(sweep, "--shard", "1/2", "-o", at("single")), "-o "+at("single")+": it is of another sweep: it has all points, and not shard 1/2; name another folder")
}

func TestSweepRefusesBadInput(t *testing.T) {
	file, dir := scenarioFile(t, "s.toml", queue), t.TempDir()
	vary := []string{"sweep", file, "--vary", "stage.server.workers=1,2"}
	with := func(args ...string) []string { return append(vary[:len(vary):len(vary)], args...) }
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"sweep"}, "takes one scenario or hardware file, but got 0"},
		{[]string{"sweep", file}, "--vary: \"\": nothing to vary; add --vary KEY=VALUES"},
		{[]string{"sweep", "no.toml", "--vary", "a=1"}, "no.toml: cannot be read"},
		{[]string{"sweep", file, "--vary", "stage.server.wrokers=1,2"}, `--vary: stage.0.wrokers: unknown key; did you mean "workers"?`},
		{[]string{"sweep", file, "--vary", "workload.rate=1..3"}, "--vary: workload.rate = 1: has no unit"},
		{[]string{"sweep", file, "--vary", "stage.server.workers=1..x"}, "the end of a range must be a whole number"},
		{[]string{"sweep", file, "--vary="}, "--vary: it is empty"},
		{with("--json", "--csv"), "--json and --csv: give one of them"},
		{with("--json", "-o", dir), "leave one out"},
		{with("--shard", "9/3"), `--shard: "9/3": must be I/N`},
		{with("--shards", "3"), "--shards and --image: they belong to --job"},
		{with("--job", "pbs", "-o", dir), "--job pbs: must be one of slurm, kubernetes"},
		{with("--job", "slurm"), "say with -o which folder"},
		{with("--job", "slurm", "--shard", "1/2", "-o", dir), "leave --shard out"},
		{with("--job", "slurm", "--shards", "0", "-o", dir), "--shards 0: a number from 1"},
		{with("--job", "kubernetes", "-o", dir), "--job kubernetes needs one"},
		{with("--job", "slurm", "--image", "x", "-o", dir), "--job kubernetes needs one"},
		{with("-o", file), "name another folder"},
		{[]string{"merge", "-o", dir}, "takes the folders of all shards, but got none"},
		{[]string{"merge", dir}, "say with -o which folder to write"},
		{[]string{"merge", dir, "-o", filepath.Join(dir, "out")}, "has no plan.json"},
	} {
		wantLine(t, c.args, c.want)
	}
	if _, err := os.Stat(filepath.Join(dir, "plan.json")); err == nil {
		t.Error("a refused sweep has begun a folder")
	}
}

// A sweep does not write over the files that it reads.
func TestSweepKeepsItsInputs(t *testing.T) {
	file := scenarioFile(t, "plan.json", queue)
	wantLine(t, []string{"sweep", file, "--vary", "stage.server.workers=1,2", "-o", filepath.Dir(file)}, "would write over "+file)
}

func TestInterruptedSweepSaysHowToGoOn(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	file, dir := scenarioFile(t, "s.toml", queue), t.TempDir()
	for want, more := range map[string][]string{"with -o DIR the same command could go on": nil, "the same command goes on": {"-o", dir}} {
		var out, errOut bytes.Buffer
		code := run(ctx, append([]string{"sweep", file, "--vary", "stage.server.workers=1..3"}, more...), strings.NewReader(""), &out, &errOut)
		if code != 1 || !strings.Contains(errOut.String(), "interrupted after 0 of 3 points; "+want) || strings.Count(errOut.String(), "\n") != 1 {
			t.Errorf("exit %d, %s", code, errOut.String())
		}
	}
}

func TestSweepJobs(t *testing.T) {
	dir := t.TempDir()
	code, out, errOut := vsim("sweep", "8gpu", "--vary", "gpu.count=1..4", "--job", "slurm", "-o", dir)
	script, _ := os.ReadFile(filepath.Join(dir, "sweep.slurm"))
	if code != 0 || !strings.Contains(out, "merge.slurm") || !strings.Contains(string(script), "#SBATCH --array=0-3\n") {
		t.Errorf("exit %d, %s%s\n%s", code, out, errOut, script)
	}
}

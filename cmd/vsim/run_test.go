package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/predict"
)

// vsim runs the program and returns its exit code and what it wrote.
func vsim(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// cpuProfile writes a small measured profile and returns its path.
func cpuProfile(t *testing.T, name string) string {
	t.Helper()
	p := &profile.Profile{Name: "bench", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true}}
	add := func(k profile.Key, meanNs float64) {
		k.Resource = "cpu"
		p.Services = append(p.Services, profile.Service{Key: k, N: 1000, MeanNs: meanNs,
			Probabilities: []float64{0, 0.5, 1}, QuantilesNs: []float64{0.5 * meanNs, meanNs, 1.5 * meanNs}})
	}
	add(profile.Key{Stage: "decode", Image: "medium"}, 2e6)
	add(profile.Key{Stage: "resize", Image: "medium"}, 3e5)
	add(profile.Key{Stage: "copy", Model: "vit-base"}, 6e4)
	add(profile.Key{Stage: "post", Model: "vit-base"}, 1e4)
	for _, batch := range []int{1, 8} {
		add(profile.Key{Stage: "infer", Model: "vit-base", Batch: batch, Threads: 1}, 1e6+float64(batch)*6e6)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSimulateHardwareFileAlone(t *testing.T) {
	code, out, errOut := vsim("simulate", "../../hardware/8gpu.toml")
	if code != 0 || errOut != "" {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	for _, want := range []string{"Defaults apply to pipeline, batcher, inference, workload", "published figures, not measured",
		"throughput", "p99.9", "Bottleneck: gpu", "events/s"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report lacks %q:\n%s", want, out)
		}
	}
}

// The report says what one run of the horizon will show, in text and JSON; an hour is told from a minute.
func TestSimulateOneRun(t *testing.T) {
	few := []string{"simulate", "2cpu", "--profile", cpuProfile(t, "p.toml"), "--set", "run.max_events=20000"}
	for horizon, want := range map[string]struct {
		title   string
		seconds float64
	}{"": {"one run of 60 s", 60}, "--horizon=1h": {"one run of 1 h", 3600}, "--horizon=1.5s": {"one run of 1.5 s", 1.5}} {
		args := few
		if horizon != "" {
			args = append(few[:len(few):len(few)], horizon)
		}
		if code, out, errOut := vsim(args...); code != 0 || !strings.Contains(out, want.title) || !strings.Contains(out, "as nobody knows: ") {
			t.Errorf("%s: exit %d, %s\n%s", horizon, code, errOut, out)
		}
		_, out, _ := vsim(append(args[:len(args):len(args)], "--json")...)
		var p predict.Prediction
		if err := json.Unmarshal([]byte(out), &p); err != nil || p.PI == nil || p.PI.HorizonS != want.seconds || !(p.PI.LatencyS.P99.Low > 0) {
			t.Errorf("%s: %v, %+v", horizon, err, p.PI)
		}
	}
	if code, _, errOut := vsim("simulate", "8gpu", "--horizon=-1s"); code != 2 || !strings.Contains(errOut, "--horizon -1s: must be 1ms at least") {
		t.Errorf("exit %d, %s", code, errOut)
	}
}

func TestSimulateWithMeasuredProfile(t *testing.T) {
	path := cpuProfile(t, "cpu.toml")
	code, out, errOut := vsim("simulate", "2cpu", "--profile", path, "--json")
	if code != 0 {
		t.Fatalf("exit %d, stderr %q", code, errOut)
	}
	var p predict.Prediction
	if err := json.Unmarshal([]byte(out), &p); err != nil {
		t.Fatal(err)
	}
	// The one instance spends 7.07 ms on a request alone and 6.195 ms in a batch of 8.
	if x := p.ThroughputRPS.Value; x < 1/7.07e-3 || x > 1/6.195e-3 {
		t.Errorf("throughput %v/s is not what one instance can do", x)
	}
	if !strings.HasPrefix(p.Run.Profile, "bench sha256:") || !strings.HasPrefix(p.Run.Scenario, "sha256:") {
		t.Errorf("run is labelled %q, %q", p.Run.Scenario, p.Run.Profile)
	}
}

// The same seed gives the same bytes but for wall_s; another seed another result.
func TestSameSeedSameBytes(t *testing.T) {
	wall := regexp.MustCompile(`"wall_s": [^,]*`)
	result := func(args ...string) string {
		code, out, errOut := vsim(append([]string{"simulate", "8gpu", "--set", "workload.rate=4000/s", "--json"}, args...)...)
		if code != 0 {
			t.Fatal(errOut)
		}
		return wall.ReplaceAllString(out, "")
	}
	if result() != result("--seed", "1") {
		t.Error("two runs with seed 1 differ")
	}
	if result() == result("--seed", "2") {
		t.Error("seed 2 gives the bytes of seed 1")
	}
}

// The scenario as printed, with its defaults or in the general form, gives the same bytes but for wall_s.
func TestPrintedScenarioPredictsTheSame(t *testing.T) {
	// What people are told differs, and so do the keys, which are those of the file.
	bare := func(text string) string {
		var p predict.Prediction
		if err := json.Unmarshal([]byte(text), &p); err != nil {
			t.Fatal(err)
		}
		p.Run.WallS, p.Notes, p.Warnings, p.Scenario = 0, nil, make([]string, len(p.Warnings)), ""
		p.BottleneckCause.Key, p.WhatIf.Key = "", ""
		for i := range p.AlsoTried {
			p.AlsoTried[i].Key = ""
		}
		out, err := json.Marshal(&p)
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	scenario := []string{"simulate", "8gpu", "--set", "batcher.max_batch=16", "--set", "workload.rate=3000/s", "--set", "run.p99_goal=0.5"}
	code, want, errOut := vsim(append(scenario, "--json")...)
	if code != 0 {
		t.Fatal(errOut)
	}
	for _, flag := range []string{"--print", "--expand"} {
		_, text, _ := vsim(append(scenario, flag)...)
		path := filepath.Join(t.TempDir(), "printed.toml")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		code, got, errOut := vsim("simulate", path, "--json")
		if code != 0 || bare(got) != bare(want) {
			t.Errorf("%s: exit %d, %s\n%s\nwant\n%s", flag, code, errOut, got, want)
		}
	}
}

func TestBadInputExits2WithOneLine(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	whole, err := os.ReadFile(cpuProfile(t, "whole.toml"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	cut := file("cut.toml", strings.Join(lines[:2*len(lines)/3], ""))
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown key", []string{"simulate", file("key.toml", "hardware='8gpu'\n[gpu]\ncuont=3")}, `key.toml:3: gpu.cuont: unknown key; did you mean "count"?`},
		{"no unit", []string{"simulate", file("unit.toml", "hardware='8gpu'\n[workload]\nrate=200")}, "unit.toml:3: workload.rate = 200: has no unit"},
		{"no unit in --set", []string{"simulate", "8gpu", "--set", "workload.rate=200"}, "--set: workload.rate = 200: has no unit"},
		{"missing file", []string{"simulate", "no/such.toml"}, "no/such.toml: cannot be read: no such file or directory"},
		{"a folder", []string{"simulate", dir}, "cannot be read: it is a folder"},
		{"not TOML", []string{"simulate", file("bad.toml", "[cpu\ncores=1")}, "bad.toml:2: not valid TOML"},
		{"binary", []string{"simulate", file("binary.toml", "\x00\xff\xd8")}, "binary.toml:1: not valid TOML"},
		{"cut-off profile", []string{"simulate", "2cpu", "--profile", cut}, "cut off or edited"},
		{"missing profile", []string{"simulate", "2cpu", "--profile", "none.toml"}, "profile none.toml cannot be read"},
		{"misspelt profile", []string{"simulate", "8gpu", "--set", "gpu.profile=rtx4090-publishd"}, `did you mean "rtx4090-published"`},
		{"no profile", []string{"simulate", "2cpu"}, "vsim profile --cpu -o FILE and pass it with --profile FILE"},
		{"unknown model", []string{"simulate", "8gpu", "--set", "pipeline.model=resnet51"}, "it has: infer vit-base, infer resnet50"},
		{"batch beyond the profile", []string{"simulate", "8gpu", "--set", "batcher.max_batch=300"}, "scaling.allow_extrapolation"},
		{"unknown command", []string{"simulat"}, `did you mean "simulate"?`},
		{"unknown flag", []string{"simulate", "--jsn"}, "unknown flag: --jsn"},
		{"bad flag value", []string{"simulate", "8gpu", "--seed", "-1"}, "--seed"},
		{"no argument", []string{"simulate"}, "takes one scenario or hardware file, but got 0"},
		{"two arguments", []string{"simulate", "8gpu", "2cpu"}, "but got 2 arguments"},
	} {
		code, out, errOut := vsim(c.args...)
		if code != 2 || out != "" {
			t.Errorf("%s: exit %d with output %q, want 2 and none", c.name, code, out)
		}
		if !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 || !strings.HasPrefix(errOut, "vsim: ") {
			t.Errorf("%s: stderr\n%swant one line with %q", c.name, errOut, c.want)
		}
	}
}

func TestInterruptEndsWithOneLineAndExit1(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var out, errOut bytes.Buffer
	code := run(ctx, []string{"simulate", "8gpu"}, strings.NewReader(""), &out, &errOut)
	if code != 1 || out.Len() > 0 || !strings.Contains(errOut.String(), "interrupted") || strings.Count(errOut.String(), "\n") != 1 {
		t.Errorf("exit %d, stdout %q, stderr %q", code, out.String(), errOut.String())
	}
}

func TestHelpNamesTheCommands(t *testing.T) {
	for _, args := range [][]string{{}, {"--help"}} {
		code, out, errOut := vsim(args...)
		if code != 0 || errOut != "" || !strings.Contains(out, "vsim simulate hardware/8gpu.toml") || !strings.Contains(out, "version") {
			t.Errorf("%v: exit %d, stderr %q, stdout %q", args, code, errOut, out)
		}
	}
	if code, out, _ := vsim("version"); code != 0 || !strings.HasPrefix(out, "vsim ") {
		t.Errorf("version: exit %d, %q", code, out)
	}
	if code, out, _ := vsim("simulate", "--keys"); code != 0 || !strings.Contains(out, "max_queue_delay") {
		t.Errorf("keys: exit %d, %q", code, out)
	}
}

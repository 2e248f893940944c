//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A command never writes over what it reads, by whatever name it is told to.
func TestNoCommandWritesOverItsInputs(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	text := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	write := func(name, text string) string {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	const stage = "[[stage]]\nname = 's'\nservice = '1ms'\n"
	scenario := write("scenario.svg", stage+"[workload]\nconcurrency = 1\n[run]\nmax_events = 10000\n")
	trace := write("trace.svg", "time_s\n0.1\n0.2\n")
	traced := write("traced.toml", stage+"[workload]\nfile = 'trace.svg'\n")
	measured := write("profile.svg", text("../../hardware/profiles/rtx4090-published.toml"))
	profiled := write("profiled.toml", "hardware = '8gpu'\n[run]\nmax_events = 10000\n")
	machine := write("machine.svg.toml", text("../../hardware/8gpu.toml"))
	if err := os.Symlink(machine, at("machine.svg")); err != nil {
		t.Skip(err)
	}
	onMachine := write("on-machine.toml", "hardware = './machine.svg'\n[run]\nmax_events = 10000\n")
	table := write("perf.csv", text(perfTable))
	if err := os.Link(table, at("hard-link.toml")); err != nil {
		t.Skip(err)
	}
	config := write("models/m/config.pbtxt", "max_batch_size: 2")
	step := write("models/step/config.pbtxt", `name: "step" max_batch_size: 1 input { name: "x" data_type: TYPE_FP32 dims: [ 8 ] } output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] }`)
	ensemble := write("models/e/config.pbtxt", `name: "e" platform: "ensemble" max_batch_size: 1 input { name: "x" data_type: TYPE_FP32 dims: [ 8 ] } output { name: "y" data_type: TYPE_FP32 dims: [ 8 ] }
		ensemble_scheduling { step { model_name: "step" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } }`)
	model := write("m.onnx", "model")
	picture := write("pictures/a.jpg", "picture")
	write("out/profile.toml", "hardware = '2cpu'\n[workload]\nconcurrency = 1\n")

	for output, args := range map[string][]string{
		scenario:               {"simulate", scenario, "--plot", scenario},
		trace:                  {"simulate", traced, "--plot", trace},
		measured:               {"simulate", profiled, "--profile", measured, "--plot", measured},
		at("machine.svg"):      {"simulate", onMachine, "--plot", at("machine.svg")},
		table:                  {"calibrate", table, "-o", table},
		at("hard-link.toml"):   {"calibrate", table, "-o", at("hard-link.toml")},
		config:                 {"import", "triton", config, "--times", "2ms", "-o", config},
		step:                   {"import", "triton", ensemble, "--times", "2ms", "-o", step},
		ensemble:               {"import", "triton", at("models"), "--times", "2ms", "-o", ensemble},
		machine:                {"import", "triton", config, "--times", "2ms", "--hardware", machine, "-o", machine},
		model:                  {"profile", "--cpu", "--model", model, "-o", model},
		picture:                {"profile", "--cpu", "--images", at("pictures"), "-o", picture},
		at("out/profile.toml"): {"validate", at("out/profile.toml"), "-o", at("out")},
	} {
		before := text(output)
		wantLine(t, args, "would write over")
		if text(output) != before {
			t.Errorf("%q wrote over it", args)
		}
	}
}

// What cannot be written is refused before any work is done for it, as wrong input.
func TestOutputsThatCannotBeWrittenAreRefused(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.svg")
	folder := filepath.Join(dir, "folder.svg")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for output, want := range map[string]string{
		pipe: "it is a pipe", folder: "it is a folder", filepath.Join(dir, "none", "x.svg"): "no such file or directory",
	} {
		for _, args := range [][]string{
			{"profile", "--cpu", "-o"}, {"calibrate", perfTable, "-o"}, {"simulate", "8gpu", "--plot"},
			{"import", "triton", config(t, "m", "max_batch_size: 2"), "--times", "2ms", "-o"},
		} {
			wantLine(t, append(args, output), output+": cannot be written: "+want)
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("left: %s, %v", strings.Join(left, " "), err)
	}
}

func TestProfileNeedsABudget(t *testing.T) {
	for _, budget := range []string{"0s", "-1s"} {
		wantLine(t, []string{"profile", "--cpu", "--budget", budget, "-o", "/no/such/folder/p.toml"}, "--budget "+budget+": a time above 0")
	}
}

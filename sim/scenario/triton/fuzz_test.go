package triton

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vsim/sim/scenario"
)

// FuzzConfig wants a scenario or an InputError from any configuration, of a model and of one that it may
// name in an ensemble, never a panic; and a scenario must load and build.
func FuzzConfig(f *testing.F) {
	files, err := filepath.Glob("testdata/models/*/config.pbtxt")
	if err != nil || len(files) == 0 {
		f.Fatal("no configurations to begin with: ", err)
	}
	composing, err := os.ReadFile("testdata/models/classifier/config.pbtxt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), string(composing))
	}
	for _, r := range []repository{graph("a: X > t", "a: t > Y"), graph("a: X > t", "a: X > u", "a: t > Y", "a: t u > Z")} {
		f.Add(r["e"], r["a"])
	}
	f.Fuzz(func(t *testing.T, config, composing string) {
		for _, c := range []struct {
			opt    Options
			folder bool
		}{{opt: Options{Hardware: "8gpu"}}, {opt: Options{Hardware: "2cpu"}}, {opt: Options{Hardware: "8gpu"}, folder: true}} {
			c.opt.Times = []string{"@gpu=1ms + 0.1ms/image", "@cpu=3ms"}
			im := &importer{opt: c.opt, folder: c.folder, list: func(string) (models, others []string, err error) { return []string{"m", "n"}, nil, nil }, read: func(file string) ([]byte, error) {
				if filepath.Base(filepath.Dir(file)) == "m" {
					return []byte(config), nil
				}
				return []byte(composing), nil
			}}
			file := "models/m/config.pbtxt"
			if c.folder {
				file = "models"
			}
			r, err := im.run(file)
			if err == nil {
				mustBuildSmall(t, r.TOML)
				continue
			}
			var input *scenario.InputError
			if !errors.As(err, &input) || len(input.Faults) == 0 {
				t.Fatalf("error %v is no InputError with faults", err)
			}
		}
	})
}

// mustBuildSmall loads a scenario and builds it, unless its batches are so large that a fuzzer would do little else.
func mustBuildSmall(t *testing.T, toml []byte) {
	s, err := scenario.Parse("imported.toml", toml, scenario.Options{})
	if err != nil {
		t.Fatalf("what was imported does not load: %v\n%s", err, toml)
	}
	for i := range s.Stages {
		if s.Stages[i].MaxBatch > 256 {
			return
		}
	}
	mustBuild(t, toml)
}

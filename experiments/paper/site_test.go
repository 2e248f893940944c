package paper

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

const (
	epyc = "../accuracy/amd-epyc-2cores/profile.toml"
	h200 = "1gpu-nvidia-h200"
)

// The paper's machine, by name or by its profile, is no other.
func TestThePapersMachineIsNoOther(t *testing.T) {
	for _, lab := range []*Lab{{}, {Machine: paperMachine}, {Profile: "i9-13900k-rtx4090-published"}} {
		if at, err := lab.Site(); at != nil || err != nil {
			t.Errorf("machine %q, profile %q: %v, %v", lab.Machine, lab.Profile, at, err)
		}
	}
}

// What a profile offers decides what figures ask.
func TestSites(t *testing.T) {
	cpu, err := (&Lab{Profile: epyc}).Site()
	if err != nil {
		t.Fatal(err)
	}
	if cpu.Device != "cpu" || cpu.GPUs != 0 || cpu.Main() != "mobilenetv2" || !slices.Equal(cpu.Images("cpu"), []string{"small", "medium", "large"}) || !slices.Equal(cpu.Ways(), []string{"cpu"}) {
		t.Errorf("%+v", cpu)
	}
	if few := cpu.Few(); !slices.Equal(few, []string{"mobilenetv2", "resnet50", "tinyvit-5m"}) {
		t.Errorf("models %q", few)
	}
	gpu, err := (&Lab{Machine: h200}).Site()
	if err != nil {
		t.Fatal(err)
	}
	if gpu.Device != "gpu" || gpu.GPUs != 1 || gpu.Main() != "vit-base-fp16" || gpu.Has("gpu", "large") || !gpu.Has("gpu", "small") || !slices.Equal(gpu.Ways(), []string{"cpu", "gpu"}) {
		t.Errorf("%+v", gpu)
	}
	byProfile, err := (&Lab{Profile: "nvidia-h200-measured"}).Site()
	if err != nil || byProfile.Name != gpu.Name {
		t.Errorf("its profile gives %+v, %v", byProfile, err)
	}
}

// A machine that cannot be found is one clear line and exit code 2.
func TestSitesThatAreNone(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.toml")
	if err := os.WriteFile(broken, []byte("not a profile"), 0o644); err != nil {
		t.Fatal(err)
	}
	for want, lab := range map[string]*Lab{
		`did you mean "1gpu-nvidia-h200"`: {Machine: "1gpu-nvidia-h100"},
		"cannot be read":                  {Profile: filepath.Join(t.TempDir(), "none.toml")},
		"broken.toml":                     {Profile: broken},
		"several machines have it":        {Profile: "x86-core-published"},
		"has figures of a GPU":            {Profile: "../accuracy/nvidia-h200/profile.toml"},
	} {
		_, err := lab.Site()
		if bad := new(scenario.InputError); !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want one line with %q", err, want)
		}
	}
}

// Every figure of another machine has what its profile has, or says in a line why it cannot be asked.
func TestFiguresElsewhere(t *testing.T) {
	for _, c := range []struct {
		lab     *Lab
		leftOut []string
	}{
		{&Lab{Profile: epyc, Set: []string{"run.max_events=20000", "run.replications=2"}}, []string{"fig3", "fig8", "fig9", "fig11", "open", "scaling"}},
		{&Lab{Machine: h200, Set: []string{"run.max_events=20000", "run.replications=2"}}, []string{"fig3", "fig11", "open", "scaling"}},
	} {
		var leftOut []string
		for _, f := range Figures() {
			sheet, err := f.Run(t.Context(), c.lab)
			if unasked := new(Unasked); errors.As(err, &unasked) {
				leftOut = append(leftOut, f.Name)
				if unasked.Figure != f.Name || unasked.ExitCode() != 2 {
					t.Errorf("%s: %v", f.Name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", f.Name, err)
				continue
			}
			if len(sheet.Table.Rows) == 0 || len(sheet.Plots) == 0 {
				t.Errorf("%s: %d rows, %d plots", f.Name, len(sheet.Table.Rows), len(sheet.Plots))
			}
			for _, row := range sheet.Table.Rows {
				if len(row) != len(sheet.Table.Columns) {
					t.Errorf("%s: a row of %d cells below %d columns", f.Name, len(row), len(sheet.Table.Columns))
				}
			}
			for i := range sheet.Plots {
				if _, err := sheet.Plots[i].Drawn(".svg"); err != nil {
					t.Errorf("%s: %v", sheet.Plots[i].Name, err)
				}
			}
		}
		if !slices.Equal(leftOut, c.leftOut) {
			t.Errorf("left out are %q, want %q", leftOut, c.leftOut)
		}
	}
}

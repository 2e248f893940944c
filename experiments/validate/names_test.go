package validate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vsim/experiments/machinefile"
	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/photo"
)

// machineOf writes a profile of a person's own model and pictures, and its machine beside it.
func machineOf(t *testing.T, network, pictures string) (path string) {
	t.Helper()
	p := &profile.Profile{Name: "test", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Cores: 1, Complete: true,
		Files: map[string]string{"mine": network, "holiday": pictures}}}
	for _, k := range []profile.Key{{Stage: "decode", Image: "holiday"}, {Stage: "resize", Image: "holiday"}, {Stage: "copy", Model: "mine"},
		{Stage: "infer", Model: "mine", Batch: 1, Threads: 1}, {Stage: "infer", Model: "mine", Batch: 4, Threads: 1}, {Stage: "post", Model: "mine"}} {
		k.Resource = "cpu"
		p.Services = append(p.Services, profile.Service{Key: k, N: 9, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e6, 1e6}})
	}
	at := filepath.Join(t.TempDir(), "cpu.toml")
	if err := p.Save(at); err != nil {
		t.Fatal(err)
	}
	path, err := machinefile.WriteBeside(p, at)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A validation finds a person's files by their names in the profile: of the machine that a file names, in a machine's own
// file, and by their paths.
func TestFilesByTheNamesOfTheProfile(t *testing.T) {
	network, pictures := fakegpu.Model(t), t.TempDir()
	files, err := photo.Set(t.Context(), t.TempDir(), "small", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		if err := os.WriteFile(filepath.Join(pictures, fmt.Sprint(i, ".jpg")), file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	machine := machineOf(t, network, pictures)
	named := write(t, fmt.Sprintf("hardware = %q\n[pipeline]\nmodel = \"mine\"\nimage = \"holiday\"\n", machine))
	silent := write(t, fmt.Sprintf("hardware = %q\n[batcher]\nmax_batch = 2\n", machine))
	paths := write(t, fmt.Sprintf("[pipeline]\nmodel = %q\nimage = %q\n", network, pictures))
	for file, want := range map[string][2]string{
		machine: {"mine", "holiday"}, named: {"mine", "holiday"}, silent: {"mine", "holiday"}, paths: {network, pictures},
	} {
		m, err := Read(file, nil, time.Second)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var k kit
		if err := k.add(t.Context(), m.Cases[0].Scenario, Options{CacheDir: t.TempDir()}); err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if k.models[0].Name != want[0] || k.models[0].Path != network || k.images[0].Name != want[1] || !slices.EqualFunc(k.images[0].Files, files, slices.Equal) {
			t.Errorf("%s: models %+v, images %q of %d", file, k.models, k.images[0].Name, len(k.images[0].Files))
		}
	}
}

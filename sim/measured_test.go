package sim

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/compile"
	"vsim/sim/scenario"
)

// measuredOf writes a profile of these models, image sets, batches and threads on the CPU.
func measuredOf(t *testing.T, models, images []string, batches, threads []int) string {
	t.Helper()
	p := &profile.Profile{Schema: profile.Schema, Name: "test", Origin: profile.Measured,
		Provenance: profile.Provenance{Date: "2026-01-02T03:04:05Z", Complete: true, Files: map[string]string{"mine": "/models/mine.onnx"}}}
	add := func(k profile.Key) {
		k.Resource = "cpu"
		p.Services = append(p.Services, profile.Service{Key: k, N: 1000, MeanNs: 1e6, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1e6, 1e6}})
	}
	for _, image := range images {
		add(profile.Key{Stage: "decode", Image: image})
		add(profile.Key{Stage: "resize", Image: image})
		p.Footprints = append(p.Footprints, profile.Footprint{Resource: "cpu", Of: profile.FileOf, Image: image, SizeBytes: 4321})
	}
	for _, model := range models {
		add(profile.Key{Stage: "copy", Model: model})
		add(profile.Key{Stage: "post", Model: model})
		for _, n := range threads {
			for _, batch := range batches {
				add(profile.Key{Stage: "infer", Model: model, Batch: batch, Threads: n})
			}
		}
	}
	path := filepath.Join(t.TempDir(), "cpu.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

var (
	one     = []int{1}
	usual   = []int{1, 2, 4, 8}
	kept    = scenario.Options{}.Set // nothing is set
	aloneOf = []string{"mine"}
)

// What a profile has alone is what a scenario that names none of it means.
func TestAProfileIsTheDefault(t *testing.T) {
	for _, c := range []struct {
		models, images   []string
		batches, threads []int
		set              []string
		model, image     string
		batch, intraOp   int
	}{
		{aloneOf, []string{"pictures"}, usual, one, kept, "mine", "pictures", 8, 1},
		{aloneOf, []string{"pictures"}, []int{1, 2}, []int{2}, kept, "mine", "pictures", 2, 2},
		{aloneOf, []string{"small", "medium"}, []int{1, 32}, one, kept, "mine", "medium", 8, 1},
		{[]string{"resnet50", "vit-base"}, []string{"small"}, usual, one, kept, "vit-base", "small", 8, 1},
		{[]string{"a", "b"}, []string{"c", "d"}, usual, one, []string{"pipeline.model=b", "pipeline.image=d", "batcher.max_batch=3"}, "b", "d", 3, 1},
		{aloneOf, []string{"pictures"}, []int{1, 2}, one, []string{"scaling.allow_extrapolation=true"}, "mine", "pictures", 8, 1},
	} {
		path := measuredOf(t, c.models, c.images, c.batches, c.threads)
		s, profiles, err := File("2cpu", scenario.Options{Profile: path, Set: c.set})()
		if err != nil {
			t.Errorf("%v: %v", c, err)
			continue
		}
		if p := s.Pipeline; p.Model != c.model || p.Images[0].Size != c.image || s.Batcher.MaxBatch != c.batch || s.Inference.IntraOpThreads != c.intraOp {
			t.Errorf("%v: %s, %s, %d, %d", c, p.Model, p.Images[0].Size, s.Batcher.MaxBatch, s.Inference.IntraOpThreads)
		}
		if _, err := Compile(func() (*scenario.Scenario, *compile.Profiles, error) { return s, profiles, nil }); err != nil {
			t.Errorf("%v: %v", c, err)
		}
	}
}

// Where a profile has several, one line for each key says which, and what it says to set is enough.
func TestSeveralAreToBeChosenFrom(t *testing.T) {
	path := measuredOf(t, []string{"a", "b"}, []string{"c", "d"}, usual, one)
	_, err := Compile(File("2cpu", scenario.Options{Profile: path}))
	var wrong *scenario.InputError
	if !errors.As(err, &wrong) || len(wrong.Faults) != 2 || !slices.Equal(wrong.Set(), []string{"pipeline.model=a", "pipeline.image=c"}) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{`pipeline.model: is not set, and profile "test" has several: a, b; set it`, `pipeline.image: is not set, and profile "test" has several: c, d; set it`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %v lacks %q", err, want)
		}
	}
	if _, err := Compile(File("2cpu", scenario.Options{Profile: path, Set: wrong.Set()})); err != nil {
		t.Error(err)
	}
}

// A profile that cannot be read is told as before, once; times that are written need no choice.
func TestNoChoiceWhereNoneIsNeeded(t *testing.T) {
	if _, err := Compile(File("2cpu", scenario.Options{Profile: "no/such.toml"})); err == nil || strings.Count(err.Error(), "\n") != 0 || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("error %v", err)
	}
	path := measuredOf(t, []string{"a", "b"}, []string{"c", "d"}, usual, one)
	written := []string{"times.infer=1ms", "times.copy=1us", "times.post=1us", "times.decode=1ms", "times.resize=1ms"}
	if _, err := Compile(File("2cpu", scenario.Options{Profile: path, Set: written})); err != nil {
		t.Error(err)
	}
}

// Pictures of one's own have the size that was measured, and a model of one's own the file.
func TestOwnFilesAreKnown(t *testing.T) {
	path := measuredOf(t, aloneOf, []string{"pictures", "medium"}, usual, one)
	s, _, err := File("2cpu", scenario.Options{Profile: path, Set: []string{"pipeline.image=pictures"}})()
	if err != nil {
		t.Fatal(err)
	}
	if im := s.Pipeline.Images[0]; im.Bytes != 4321 || s.OwnFile("mine") != "/models/mine.onnx" || s.OwnFile("pictures") != "" {
		t.Errorf("%+v, %q, %q", im, s.OwnFile("mine"), s.OwnFile("pictures"))
	}
	if s, _, err = File("2cpu", scenario.Options{Profile: path})(); err != nil || s.Pipeline.Images[0].Bytes != 0 {
		t.Errorf("a known size was replaced: %+v (%v)", s.Pipeline.Images, err)
	}
}

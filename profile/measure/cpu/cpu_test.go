package cpu

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// libraries opens what the tests below measure with.
func libraries(t *testing.T) *device.Libraries {
	t.Helper()
	nativetest.Require(t, native.TurboJPEG)
	l, err := device.Open(nativetest.Require(t, native.ONNXRuntime))
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	return l
}

func smallConfig(t *testing.T) Config {
	t.Helper()
	s := input.Selection{Models: []string{"mobilenetv2"}, Images: []string{"small", "medium"}, Batches: []int{1, 2}, Threads: []int{1, 2}}
	cfg, err := Find(t.Context(), s, libraries(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Workers, cfg.Burst = 2, time.Millisecond
	return cfg
}

// TestProfileOfSlices measures every point for real, a little, and reads the file back.
func TestProfileOfSlices(t *testing.T) {
	b, err := Open(t.Context(), smallConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Slice(t.Context(), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if p := b.Profile(); p.Provenance.Complete || len(p.Services) == 0 {
		t.Errorf("after one millisecond: complete %v, %d services", p.Provenance.Complete, len(p.Services))
	}
	for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Profile()
	path := filepath.Join(t.TempDir(), "cpu.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	read, err := profile.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, p) {
		t.Errorf("read back:\n%+v\nwritten:\n%+v", read, p)
	}
	checkKeys(t, read)
	if pr := read.Provenance; !pr.Complete || pr.Cores < 1 || pr.CPU == "" || pr.Libraries["onnxruntime"] == "" || pr.Clock == "" {
		t.Errorf("provenance %+v", pr)
	}
}

func checkKeys(t *testing.T, p *profile.Profile) {
	t.Helper()
	const m = "mobilenetv2"
	var want []profile.Key
	for _, image := range []string{"small", "medium"} {
		want = append(want, profile.Key{Stage: device.Decode, Resource: resource, Image: image}, profile.Key{Stage: device.Resize, Resource: resource, Image: image})
	}
	for _, threads := range []int{1, 2} {
		for _, batch := range []int{1, 2} {
			want = append(want, profile.Key{Stage: device.Infer, Resource: resource, Model: m, Batch: batch, Threads: threads})
		}
	}
	want = append(want, profile.Key{Stage: device.Copy, Resource: resource, Model: m}, profile.Key{Stage: device.Post, Resource: resource, Model: m})
	for _, k := range want {
		if p.Find(k) == nil {
			t.Errorf("%+v was not measured", k)
		}
	}
	if len(p.Services) != len(want) {
		t.Errorf("%d services, want %d", len(p.Services), len(want))
	}
	for _, of := range []string{device.Decode, device.Resize, device.Copy, device.Infer, device.Post} {
		for _, beside := range []string{device.Decode, device.Resize, device.Infer} {
			n := 1
			if of == device.Infer && beside == device.Infer {
				n = 2 // at batch 1, too
			}
			if c := p.Slowdowns(resource, of, beside, m); len(c) != n || c[0].Neighbours != 1 || beside == device.Infer && c[0].BesideBatch != 2 {
				t.Errorf("%s beside %s: %+v", of, beside, c)
			}
		}
	}
}

// A CPU that preprocesses for a GPU has no model; its workers slow each other down all the same.
func TestContentionWithoutAModel(t *testing.T) {
	cfg := smallConfig(t)
	cfg.Models, cfg.Batches, cfg.Threads = nil, nil, nil
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Profile()
	for _, of := range []string{device.Decode, device.Resize} {
		for _, beside := range []string{device.Decode, device.Resize} {
			if c := p.Slowdowns(resource, of, beside, ""); len(c) != 1 || c[0].Neighbours != 1 {
				t.Errorf("%s beside %s: %+v", of, beside, c)
			}
			if c := p.InTurn(resource, of, beside, ""); canPin() && (len(c) != 1 || c[0].Factor < 0.5 || c[0].Factor > 2) {
				t.Errorf("%s in turn with %s: %+v; by the clock it would be 2, of CPU time about 1", of, beside, c)
			}
		}
	}
	if notes := strings.Join(p.Provenance.Notes, "; "); len(p.Contention) < 4 || !strings.Contains(notes, `contention: "medium" images; every`) {
		t.Errorf("contention %+v, notes %s", p.Contention, notes)
	}
}

// TestInterruptedRunKeepsWhatWasMeasured cancels after the third visit.
func TestInterruptedRunKeepsWhatWasMeasured(t *testing.T) {
	b, err := Open(t.Context(), smallConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithCancel(t.Context())
	calls, points := 0, 0
	err = b.Run(ctx, func(p measure.Progress) {
		points = p.Points
		if p.Left <= 0 || p.Done < 0 || p.Done > 1 {
			t.Errorf("progress %+v", p)
		}
		if calls++; calls == 4 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	p := b.Profile()
	unmeasured, imprecise := b.Missing()
	if p.Provenance.Complete || len(unmeasured) != points-3 || points < 10 || len(imprecise) != 3 {
		t.Errorf("complete %v, unmeasured %q, imprecise %q", p.Provenance.Complete, unmeasured, imprecise)
	}
	path := filepath.Join(t.TempDir(), "part.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if _, err := profile.Load(path); err != nil {
		t.Error(err)
	}
	var table bytes.Buffer
	if err := measure.WriteTable(&table, p); err != nil || !strings.Contains(table.String(), "medium") {
		t.Errorf("error %v, table:\n%s", err, &table)
	}
}

// TestBadFilesAreNamed: each wrong file is refused by Open with its name and the reason.
func TestBadFilesAreNamed(t *testing.T) {
	lib := libraries(t)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	// The input's shape says 3, 224 (dim_value is field 1 of a dimension, which is field 1 of the shape).
	grey := bytes.Replace(graph, []byte("\x0a\x02\x08\x03\x0a\x03\x08\xe0\x01"), []byte("\x0a\x02\x08\x01\x0a\x03\x08\xe0\x01"), 1)
	if bytes.Equal(grey, graph) {
		t.Fatal("the graph's input shape was not found")
	}
	for _, c := range []struct{ name, model, image, want string }{
		{"missing model", filepath.Join(dir, "no.onnx"), "", "does not exist"},
		{"empty model", write("empty.onnx", nil), "", "empty"},
		{"cut model", write("cut.onnx", graph[:len(graph)/2]), "", "cut.onnx"},
		{"grey model", write("grey.onnx", grey), "", "grey.onnx"},
		{"PNG", good, write("png.jpg", []byte("\x89PNG\r\n\x1a\nabcdefgh")), "89 50 4e 47"},
		{"empty picture", good, write("empty.jpg", nil), "empty"},
	} {
		cfg := Config{Libraries: lib, Models: []input.Model{{Name: "m", Path: c.model}}}
		file := c.model
		if c.image != "" {
			data, _ := os.ReadFile(c.image)
			cfg.Images = []input.Images{{Name: "set", Files: [][]byte{data}, Paths: []string{c.image}}}
			file = c.image
		}
		b, err := Open(t.Context(), cfg)
		if err == nil {
			b.Close()
			t.Errorf("%s: accepted", c.name)
			continue
		}
		if text := err.Error(); !strings.Contains(text, file) || !strings.Contains(text, c.want) || strings.Contains(text, "\n") {
			t.Errorf("%s: %q should name %s, say %q and be one line", c.name, text, file, c.want)
		}
	}
}

// A detector reads frames and an identifier what is cut out of them: each set becomes tensors of the model that reads it, and
// a profile of both has all that a pipeline of the two does.
func TestDetectorAndIdentifier(t *testing.T) {
	s := input.Selection{Models: []string{"ssdlite-small", "facenet-small"}, Images: []string{"crop", "medium"}, Batches: []int{1, 2}, Threads: []int{1}}
	cfg, err := Find(t.Context(), s, libraries(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Workers, cfg.Burst = 2, time.Millisecond
	b, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for unmeasured, _ := b.Missing(); len(unmeasured) > 0; unmeasured, _ = b.Missing() {
		if err := b.Slice(t.Context(), time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	p := b.Profile()
	for _, k := range []profile.Key{
		{Stage: device.Decode, Image: "medium"}, {Stage: device.Resize, Image: "medium"}, {Stage: device.Crop, Image: "medium"},
		{Stage: device.Decode, Image: "crop"}, {Stage: device.Resize, Image: "crop"},
		{Stage: device.Infer, Model: "ssdlite-small", Batch: 2, Threads: 1}, {Stage: device.Infer, Model: "facenet-small", Batch: 2, Threads: 1},
		{Stage: device.Copy, Model: "facenet-small"},
	} {
		if k.Resource = resource; p.Find(k) == nil {
			t.Errorf("%+v was not measured", k)
		}
	}
	if p.Find(profile.Key{Stage: device.Crop, Resource: resource, Image: "crop"}) != nil {
		t.Error("faces were cut out of faces")
	}
	size := map[string]int{}
	for _, f := range p.Footprints {
		size[f.Of+" "+f.Image+f.Model] = f.SizeBytes
	}
	if n := size["file crop"]; size["tensor ssdlite-small"] != 4*3*288*288 || size["tensor facenet-small"] != 4*3*112*112 || n < 8_000 || n > 12_000 {
		t.Errorf("footprints %v", size)
	}
	if notes := strings.Join(p.Provenance.Notes, "; "); !strings.Contains(notes, "no network has found them") || !strings.Contains(notes, `resize: "crop" images into`) {
		t.Errorf("notes %s", notes)
	}
	if c := p.Slowdowns(resource, device.Crop, device.Infer, ""); len(c) != 1 || c[0].BesideBatch != 2 {
		t.Errorf("crop beside infer: %+v", c)
	}
	if c := p.Slowdowns(resource, device.Infer, device.Decode, "facenet-small"); len(c) != 1 || len(p.Slowdowns(resource, device.Infer, device.Decode, "ssdlite-small")) != 1 {
		t.Errorf("identification beside decode: %+v", c)
	}
	checkTurns(t, p)
}

// checkTurns asks what a profile of a detector and an identifier says of their turns: each in a worker of its own and both in one, without
// a pause, and each after every pause.
func checkTurns(t *testing.T, p *profile.Profile) {
	t.Helper()
	cut := profile.Key{Stage: device.Crop, Resource: resource, Image: "medium"}
	if at := p.AfterIdle(cut, 1, "ssdlite-small"); len(at) != 1 || at[0].IdleNs != 0 || len(p.AfterIdle(cut, 1, "")) != 0 {
		t.Errorf("crop in turn with its detector: %v", at)
	}
	changes := map[string]int{}
	for model, other := range map[string]string{"ssdlite-small": "facenet-small", "facenet-small": "ssdlite-small"} {
		var after []string
		idle, beside := 0, 0
		for _, a := range p.AfterIdles {
			switch {
			case a.Model != model:
			case a.AfterBatch > 0:
				changes[model]++
			case a.BesideModel != "":
				if beside++; a.BesideModel != other || a.IdleNs < 5e6 {
					t.Errorf("%s", a.Label())
				}
			case a.IdleNs > 0:
				idle++
			default:
				after = append(after, a.AfterModel)
			}
			if a.Model == model && !(a.BaseNs > 0 && a.BaseNs+a.ExtraNs > 0) {
				t.Errorf("%s: %+v", a.Label(), a)
			}
		}
		if slices.Sort(after); !slices.Equal(after, []string{"", other}) || idle != len(pauses) || beside != len(pauses)-1 {
			t.Errorf("%s in turn after %q, %d pauses, %d beside the other", model, after, idle, beside)
		}
	}
	if want := map[string]int{"ssdlite-small": 2}; !maps.Equal(changes, want) {
		t.Errorf("batches after others of another size: %v, want %v", changes, want)
	}
}

// Two models that read the same pictures at different sizes are refused, with the way out for a pipeline.
func TestModelsOfTwoSizesAreRefused(t *testing.T) {
	s := input.Selection{Models: []string{"ssdlite-small", "facenet-small"}, Images: []string{"small"}, Batches: []int{1}, Threads: []int{1}}
	cfg, err := Find(t.Context(), s, libraries(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if b, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "one size and type for the same pictures") || !strings.Contains(err.Error(), "--images medium,crop") {
		t.Errorf("bench %v, error %v", b != nil, err)
	}
}

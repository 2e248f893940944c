package cache

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vsim/model"
)

const small = "deit-tiny" // the smallest weight file

// generated returns the bytes of graph and weights of the small model.
func generated(t *testing.T, dir string, seed uint64) (graph, weights []byte) {
	t.Helper()
	path, err := Model(dir, small, seed)
	if err != nil {
		t.Fatal(err)
	}
	if graph, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	if weights, err = os.ReadFile(weightsOf(path)); err != nil {
		t.Fatal(err)
	}
	return graph, weights
}

func weightsOf(path string) string { return strings.TrimSuffix(path, ".onnx") + ".weights" }

func TestSameSeedSameBytes(t *testing.T) {
	dir := t.TempDir()
	graph, weights := generated(t, dir, 7)
	again, weightsAgain := generated(t, t.TempDir(), 7)
	if !bytes.Equal(graph, again) || !bytes.Equal(weights, weightsAgain) {
		t.Error("one seed gave two different models")
	}
	if _, other := generated(t, dir, 8); bytes.Equal(weights, other) {
		t.Error("two seeds gave the same weights")
	}
	if _, first := generated(t, dir, 7); !bytes.Equal(weights, first) {
		t.Error("a model of another seed overwrote this one")
	}
}

// The bytes are the same on every machine and Go version. Who changes them on purpose changes weightsFormat of package model too.
func TestWeightsKeepTheirBytes(t *testing.T) {
	_, weights := generated(t, t.TempDir(), 1)
	const want = "8190f39bf2277c6ca755850590bc785b648e7545ddf393ae9b6b92845063f1e4"
	if got := fmt.Sprintf("%x", sha256.Sum256(weights)); got != want {
		t.Errorf("SHA-256 of the weights of %s, seed 1: %s, want %s", small, got, want)
	}
}

func TestIntactFilesAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	path, err := Model(dir, small, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, weightsOf(path)} {
		before, _ := os.Stat(p)
		if _, err := Model(dir, small, 1); err != nil {
			t.Fatal(err)
		}
		if after, _ := os.Stat(p); !os.SameFile(before, after) {
			t.Errorf("%s was written again", filepath.Base(p))
		}
	}
}

func TestDamagedFilesAreWrittenAnew(t *testing.T) {
	damages := map[string]func(b []byte) []byte{
		"truncated": func(b []byte) []byte { return b[:len(b)/2] },
		"empty":     func(b []byte) []byte { return nil },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"one bit":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
		"no proof":  func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	}
	dir := t.TempDir()
	graph, weights := generated(t, dir, 1)
	path, _ := Model(dir, small, 1)
	for _, p := range []string{path, weightsOf(path)} {
		for name, damage := range damages {
			b, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, damage(b), 0o644); err != nil {
				t.Fatal(err)
			}
			if g, w := generated(t, dir, 1); !bytes.Equal(g, graph) || !bytes.Equal(w, weights) {
				t.Errorf("%s, %s: not repaired", filepath.Base(p), name)
			}
		}
		if err := os.Remove(p); err != nil {
			t.Fatal(err)
		}
		if g, w := generated(t, dir, 1); !bytes.Equal(g, graph) || !bytes.Equal(w, weights) {
			t.Errorf("%s, removed: not repaired", filepath.Base(p))
		}
	}
	leavesNothingElse(t, dir)
}

// Weights of another seed or layout under this name have a good digest, but not the one that is wanted.
func TestWeightsOfAnotherSeedAreNotAccepted(t *testing.T) {
	dir := t.TempDir()
	_, weights := generated(t, dir, 1)
	_, other := generated(t, dir, 2)
	path, _ := Model(dir, small, 1)
	if err := os.WriteFile(weightsOf(path), other, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, w := generated(t, dir, 1); !bytes.Equal(w, weights) {
		t.Error("the weights of seed 2 were taken for those of seed 1")
	}
}

func TestConcurrentCallers(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			path, err := Model(dir, small, 1)
			if err != nil {
				t.Error(err)
				return
			}
			info, err := os.Stat(weightsOf(path))
			if err != nil || info.Size() < 1<<20 {
				t.Errorf("Model returned before the weights were whole: %v", err)
			}
		})
	}
	wg.Wait()
	leavesNothingElse(t, dir)
}

func leavesNothingElse(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("the cache holds %v (%v), want one graph and one weight file", files, err)
	}
}

func TestModelErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, name, says string }{
		{t.TempDir(), "resnet", "resnet50"},
		{"", small, "no cache folder"},
		{filepath.Join(file, "sub"), small, file},
	} {
		if path, err := Model(c.dir, c.name, 1); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("Model(%q, %q) = %q, %v, want an error that says %q", c.dir, c.name, path, err, c.says)
		}
	}
}

func BenchmarkModel(b *testing.B) {
	for _, s := range model.Catalogue() {
		b.Run(s.Name+"/cold", func(b *testing.B) {
			for seed := uint64(0); b.Loop(); seed++ {
				path, err := Model(b.TempDir(), s.Name, seed)
				if err != nil {
					b.Fatal(err)
				}
				os.Remove(weightsOf(path))
			}
		})
		b.Run(s.Name+"/warm", func(b *testing.B) {
			dir := b.TempDir()
			for b.Loop() {
				if _, err := Model(dir, s.Name, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

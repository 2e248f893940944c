package model

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// weightsFormat changes when the same layout and seed would give other bytes; it goes into the digest of a weight file.
const weightsFormat = "vsim weights 1"

var ensuring sync.Mutex // one generation at a time in this process; other processes are kept apart by renames

// Ensure returns the path of the ONNX graph of the named network with weights drawn from seed, and writes what of it
// is not in cacheDir yet: NAME-seedSEED.onnx and, beside it, NAME-seedSEED.weights, which the graph refers to (ONNX
// external data). A name with a precision (see SplitPrecision) gives its graph, on the same weights. The bytes depend on
// name and seed alone. Files that are there are checked (the graph byte for byte,
// the weights by their digest) and written anew if they are damaged or of another version. Files appear whole or not
// at all, so any number of goroutines and processes may call at once.
func Ensure(cacheDir, name string, seed uint64) (path string, err error) {
	network, precision := SplitPrecision(name)
	i, err := find(network)
	if err != nil {
		return "", err
	}
	if cacheDir == "" {
		return "", errors.New("model: no cache folder given for the generated models")
	}
	ensuring.Lock()
	defer ensuring.Unlock()
	if err := os.MkdirAll(cacheDir, 0o755); err != nil {
		return "", fmt.Errorf("model: cannot make the cache folder: %w", err)
	}
	g := entries[i].build(imageNetInput)
	weightsFile := fmt.Sprintf("%s-seed%d.weights", network, seed)
	if err := ensureWeights(filepath.Join(cacheDir, weightsFile), &g.weights, seed); err != nil {
		return "", fmt.Errorf("model: cannot write the weights of %s: %w", name, err)
	}
	half := precision == FP16
	if half {
		network += "-" + string(FP16)
	}
	path = filepath.Join(cacheDir, fmt.Sprintf("%s-seed%d.onnx", network, seed))
	if err := ensureBytes(path, g.encode(network, weightsFile, half)); err != nil {
		return "", fmt.Errorf("model: cannot write the graph of %s: %w", name, err)
	}
	return path, nil
}

func ensureBytes(path string, want []byte) error {
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, want) {
		return nil
	}
	return writeAtomic(path, func(w io.Writer) error {
		_, err := w.Write(want)
		return err
	})
}

// ensureWeights keeps path only if it ends in the right digest, see weightsDigest.
func ensureWeights(path string, w *weights, seed uint64) error {
	if weightsIntact(path, w, seed) {
		return nil
	}
	return writeAtomic(path, func(out io.Writer) error {
		digest := weightsDigest(w, seed)
		if err := w.write(io.MultiWriter(out, digest), seed); err != nil {
			return err
		}
		_, err := out.Write(digest.Sum(nil))
		return err
	})
}

// weightsDigest begins the digest of a weight file, SHA-256 over how the file was made and its data. It stands behind
// the data, where no tensor points, so that a file and its proof cannot be separated.
func weightsDigest(w *weights, seed uint64) hash.Hash {
	h := sha256.New()
	fmt.Fprintln(h, weightsFormat, seed, w.blocks)
	return h
}

func weightsIntact(path string, w *weights, seed uint64) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, dataBytes := w.offsets()
	if info, err := f.Stat(); err != nil || info.Size() != dataBytes+sha256.Size {
		return false
	}
	digest := weightsDigest(w, seed)
	if _, err := io.CopyN(digest, f, dataBytes); err != nil {
		return false
	}
	stored, err := io.ReadAll(f)
	return err == nil && bytes.Equal(stored, digest.Sum(nil))
}

// writeAtomic writes a temporary file beside path and renames it, so that path is never seen half written.
func writeAtomic(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

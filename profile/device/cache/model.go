package cache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"vsim/model"
	"vsim/profile"
)

var ensuring sync.Mutex // one generation at a time in this process; other processes are kept apart by renames

// Model returns the path of the ONNX graph of the network of the catalogue called name, with weights drawn from seed,
// and writes what of its files (see model.ONNX) is not in dir yet. Files that are there are checked (the graph byte for
// byte, the weights by their digest) and written anew if they are damaged or of another version. Files appear whole or
// not at all, so any number of goroutines and processes may call at once.
func Model(dir, name string, seed uint64) (path string, err error) {
	files, err := model.ONNX(name, seed)
	if err != nil {
		return "", err
	}
	if dir == "" {
		return "", errors.New("model: no cache folder given for the generated models")
	}
	ensuring.Lock()
	defer ensuring.Unlock()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("model: cannot make the cache folder: %w", err)
	}
	weights := filepath.Join(dir, files.Weights)
	if have, err := os.ReadFile(weights); err != nil || !files.IntactWeights(have) {
		if err := profile.WriteFile(weights, files.WeightsBytes()); err != nil {
			return "", fmt.Errorf("model: weights of %s: %w", name, err)
		}
	}
	path = filepath.Join(dir, files.Graph)
	graph := files.GraphBytes()
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, graph) {
		return path, nil
	}
	if err := profile.WriteFile(path, graph); err != nil {
		return "", fmt.Errorf("model: graph of %s: %w", name, err)
	}
	return path, nil
}

package photo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// version changes when the generator does, so that older files in a cache are not taken for its.
const version = 1

// cached gives picture i of a set from dir, or generates it and keeps it there.
func cached(dir string, size Size, seed uint64, i int) ([]byte, error) {
	if dir == "" {
		return generate(size, seed, i)
	}
	path := filepath.Join(dir, fmt.Sprintf("photo-v%d-%s-seed%d-%03d.jpg", version, size.Name, seed, i))
	if data, err := os.ReadFile(path); err == nil && isWhole(data) {
		return data, nil
	}
	data, err := generate(size, seed, i)
	if err != nil {
		return nil, err
	}
	return data, writeAtomic(path, data)
}

// isWhole tells whether data starts and ends as a JPEG does.
func isWhole(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xFF, 0xD8}) && bytes.HasSuffix(data, []byte{0xFF, 0xD9})
}

func writeAtomic(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("image cache: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".photo-*")
	if err != nil {
		return fmt.Errorf("image cache: %w", err)
	}
	defer os.Remove(tmp.Name()) // gone already when the rename succeeded
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("image cache: %s: %w", path, err)
	}
	return nil
}

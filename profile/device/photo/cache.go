package photo

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"vsim/profile"
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
	return data, keep(path, data)
}

// isWhole tells whether data starts and ends as a JPEG does.
func isWhole(data []byte) bool {
	return bytes.HasPrefix(data, []byte{0xFF, 0xD8}) && bytes.HasSuffix(data, []byte{0xFF, 0xD9})
}

func keep(path string, data []byte) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = profile.WriteFile(path, data)
	}
	if err != nil {
		return fmt.Errorf("image cache: %w", err)
	}
	return nil
}

package results

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"vsim/profile"
)

// Write writes the files below a root, all or none: after a failure those that were there before are put back.
func (l *Landing) Write(root string) error {
	var undo []func() error
	for _, f := range l.Files {
		path := filepath.Join(root, filepath.FromSlash(f.Path))
		back, err := replace(path, f.Text)
		if err != nil {
			for _, u := range undo {
				err = errors.Join(err, u())
			}
			return err
		}
		undo = append(undo, back)
	}
	return nil
}

// replace writes a file, and gives what takes that back.
func replace(path string, text []byte) (undo func() error, err error) {
	old, err := os.ReadFile(path)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	if err := profile.WriteFile(path, text); err != nil {
		return nil, err
	}
	if isNew {
		return func() error { return os.Remove(path) }, nil
	}
	return func() error { return profile.WriteFile(path, old) }, nil
}

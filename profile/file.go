package profile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/BurntSushi/toml"
)

// Load reads a profile file strictly: an unknown key, a count that does not match (a file cut off in
// the middle) or an impossible value is an error that names the file, what was found and the remedy.
func Load(path string) (*Profile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("profile %s: cannot be read: %w; make one with vsim profile -o %s", path, unwrapPath(err), path)
	}
	return Parse(path, text)
}

// Parse reads a profile from text; name is used in errors.
func Parse(name string, text []byte) (*Profile, error) {
	var p Profile
	meta, err := toml.Decode(string(text), &p)
	if err != nil {
		return nil, fmt.Errorf("profile %s: not valid TOML: %s; restore it or profile again", name, oneLine(err))
	}
	var faults []string
	if !bytes.HasSuffix(text, []byte("\n")) {
		faults = append(faults, "it ends within a line: the file was cut off; restore it or profile again")
	}
	for _, k := range meta.Undecoded() {
		faults = append(faults, fmt.Sprintf("unknown key %q: remove it, or check its spelling", k.String()))
	}
	faults = append(faults, p.faults()...)
	if len(faults) > 0 {
		return nil, fmt.Errorf("profile %s: %s", name, strings.Join(faults, "; "))
	}
	return &p, nil
}

// Encode gives the text of the profile's file.
func (p *Profile) Encode() ([]byte, error) {
	var b bytes.Buffer
	p.Schema = Schema
	p.Entries = Entries{Service: len(p.Services), Contention: len(p.Contention), Energy: len(p.Energy), Footprint: len(p.Footprints)}
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	return b.Bytes(), nil
}

// Save writes the profile atomically: readers see the old file or the whole new one.
func (p *Profile) Save(path string) error {
	text, err := p.Encode()
	if err != nil {
		return err
	}
	return WriteFile(path, text)
}

// WriteFile writes data to path atomically, through a temporary file in the same folder.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", path, unwrapPath(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
			err = fmt.Errorf("%s: cannot be written: %w", path, unwrapPath(err))
		}
	}()
	if _, err = f.Write(data); err != nil {
		f.Close()
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func unwrapPath(err error) error {
	if pe, ok := err.(*os.PathError); ok {
		return pe.Err
	}
	return err
}

func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "toml: "), "\n", " ")
}

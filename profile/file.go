package profile

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/google/renameio/v2/maybe"

	"vsim/profile/userfile"
)

// Load reads a profile file strictly: an unknown key, a count that does not match (a file cut off in
// the middle) or an impossible value is an error that names the file, what was found and the remedy.
func Load(path string) (*Profile, error) {
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err != nil {
		return nil, fmt.Errorf("profile %s: cannot be read: %w; make one with vsim profile -o %s", path, cause(err), path)
	}
	return Parse(path, text)
}

// Parse reads a profile from text; name is used in errors.
func Parse(name string, text []byte) (*Profile, error) {
	if err := userfile.CheckNesting(text); err != nil {
		return nil, fmt.Errorf("profile %s: %w; restore it or profile again", name, err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		return nil, fmt.Errorf("profile %s: not valid TOML: %s; restore it or profile again", name, oneLine(err))
	}
	p, faults := fromTree(tree)
	if !bytes.HasSuffix(text, []byte("\n")) {
		faults = slices.Insert(faults, 0, fault{rule: "it ends within a line: the file was cut off; restore it or profile again"})
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("profile %s: %s", name, listed(faults, userfile.Lines(text)))
	}
	return p, nil
}

// fromTree makes a profile of a parsed text, or says all that is wrong with it: single keys first, and where those are as they must be, what they
// say together.
func fromTree(tree map[string]any) (*Profile, []fault) {
	var p Profile
	var c checker
	c.table("", tree, reflect.ValueOf(&p).Elem())
	if len(c.faults) == 0 {
		p.check(&c)
	}
	p.counts(&c)
	return &p, c.faults
}

// mostListed is how many faults are told; a file that another program wrote may have one in every table.
const mostListed = 8

// listed writes faults on one line, each with the line of the file, in its order.
func listed(faults []fault, line func(key string) int) string {
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(line(a.key), line(b.key)) })
	var out []string
	for _, f := range faults[:min(len(faults), mostListed)] {
		text := f.String()
		if n := line(f.key); n > 0 {
			text = fmt.Sprintf("line %d: %s", n, text)
		}
		out = append(out, text)
	}
	if more := len(faults) - len(out); more > 0 {
		out = append(out, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(out, "; ")
}

// Encode gives the text of the profile's file.
func (p *Profile) Encode() ([]byte, error) {
	var b bytes.Buffer
	p.Schema = Schema
	p.Entries = Entries{Service: len(p.Services), Contention: len(p.Contention), AfterIdle: len(p.AfterIdles), Energy: len(p.Energy), Footprint: len(p.Footprints)}
	enc := toml.NewEncoder(&b)
	enc.Indent = ""
	if err := enc.Encode(p); err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.Name, err)
	}
	return b.Bytes(), nil
}

// Save writes the profile with WriteFile.
func (p *Profile) Save(path string) error {
	text, err := p.Encode()
	if err != nil {
		return err
	}
	return WriteFile(path, text)
}

// WriteFile writes data to path atomically: readers see the old file or the whole new one. A new file's
// permissions are those that the umask leaves of rw-r--r--, as any program's; an old one's stay. (Windows
// has no atomic replacement; there the file is just written.) What is there and is no regular file is refused: a device or a
// pipe would become a file.
func WriteFile(path string, data []byte) error {
	err := replaceable(path)
	if err == nil {
		err = cause(maybe.WriteFile(path, data, 0o644))
	}
	if err != nil {
		return fmt.Errorf("%s: cannot be written: %w", path, err)
	}
	return nil
}

// replaceable refuses what is there and is no regular file.
func replaceable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("it is a %s, not a regular file; name a file", kindOf(info.Mode()))
	}
	return nil
}

func kindOf(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "folder"
	case mode&os.ModeNamedPipe != 0:
		return "pipe"
	}
	return "device or socket"
}

// Writable tells why WriteFile would fail, before long work is done for the file.
func Writable(path string) error {
	if err := replaceable(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".vsim-*")
	if err != nil {
		return cause(err)
	}
	f.Close()
	return os.Remove(f.Name())
}

// cause is an error of the file system without the name of a file, which may be a temporary one.
func cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "toml: "), "\n", " ")
}

// Package results turns the archive of a campaign on a GPU machine (gpu.sh) into what the repository keeps of it:
// a measured profile, a machine file, and how far predictions were off.
package results

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"path"
	"path/filepath"
	"slices"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// maxUnpacked is how much an archive may hold: it is a hundred times what a campaign leaves.
const maxUnpacked = 1 << 30

// Archive is a campaign's results.tgz, read to its end.
type Archive struct {
	File   string
	SHA256 string
	files  map[string][]byte // by their paths in it
	held   int64             // bytes of all files
	broken []string          // files that cannot be read, and why
}

// Open reads an archive. One that is cut off, changed or no campaign's is a *scenario.InputError.
func Open(file string) (*Archive, error) {
	text, err := userfile.Read(file, userfile.MaxArchiveBytes)
	if err != nil {
		return nil, scenario.BadInput(file, "cannot be read: %v; give the results.tgz of make gpu-campaign", userfile.Reason(err))
	}
	sum := sha256.Sum256(text)
	a := &Archive{File: file, SHA256: hex.EncodeToString(sum[:]), files: map[string][]byte{}}
	if err := a.unpack(text); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Archive) unpack(text []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return a.bad("no gzip archive: %v; give the results.tgz of make gpu-campaign", err)
	}
	all, err := io.ReadAll(io.LimitReader(z, maxUnpacked+1)) // up to the checksum
	if err != nil {
		return a.bad("cut off or changed: %v; copy it again", err)
	}
	if len(all) > maxUnpacked {
		return a.bad("unpacks to more than %d MiB: no campaign's archive", maxUnpacked>>20)
	}
	for in := tar.NewReader(bytes.NewReader(all)); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return a.bad("not a whole tar archive: %v; copy it again", err)
		}
		if err := a.take(h, in); err != nil {
			return err
		}
	}
}

func (a *Archive) take(h *tar.Header, in io.Reader) error {
	if h.Typeflag == tar.TypeDir {
		return nil
	}
	name := path.Clean(h.Name)
	if h.Typeflag != tar.TypeReg || !filepath.IsLocal(name) {
		return a.bad("holds %q, which is no plain file below it: no campaign's archive", h.Name)
	}
	if _, twice := a.files[name]; twice {
		return a.bad("holds %s twice: no campaign's archive", name)
	}
	if a.held += h.Size; a.held > maxUnpacked { // a sparse file's size is that of its holes too
		return a.bad("%s unpacks to more than %d MiB: no campaign's archive", name, maxUnpacked>>20)
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return a.bad("%s is cut off: %v; copy it again", name, err)
	}
	a.files[name] = text
	return nil
}

func (a *Archive) bad(format string, args ...any) error {
	return scenario.BadInput(a.File, format, args...)
}

// names lists the files that fit, sorted.
func (a *Archive) names(fits func(name string) bool) (out []string) {
	for name := range a.files {
		if fits(name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Package input finds the models and pictures that a user names, for whatever measures with them.
package input

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/crop"
	"vsim/profile/device/photo"
	"vsim/profile/device/vision"
)

const seed = 1 // of generated models and pictures

// maxFolderFiles limits how many pictures of a folder are measured: they are kept in memory.
const maxFolderFiles = 64

// picturesBySize is how many different pictures a generated set has: enough that their contents
// average out, few enough to generate in seconds.
var picturesBySize = map[string]int{"small": 64, "medium": 16, "large": 4}

// Model is an ONNX model.
type Model struct {
	Name    string // stands in the profile
	Path    string
	Own     bool           // a person's, not of the catalogue
	Launch  string         // what followed the path in the user's words
	Options vision.Options // what its file does not say
}

// WithOptions gives each model the same options.
func WithOptions(models []Model, o vision.Options) []Model {
	for i := range models {
		models[i].Options = o
	}
	return models
}

// Images is a kind of request: JPEG files that a point decodes one after another, in random order.
type Images struct {
	Name  string // stands in the profile
	Files [][]byte
	Paths []string // of Files, for errors; nil for generated ones
	Own   string   // a person's folder; "" for generated ones
}

// Fault says which file of the set was to blame; nil for no error.
func (set *Images) Fault(i int, err error) error {
	switch {
	case err == nil:
		return nil
	case i < len(set.Paths):
		return fmt.Errorf("image %s: %w", set.Paths[i], err)
	}
	return fmt.Errorf("image %d of %q: %w", i, set.Name, err)
}

// DecodedBytes is what a decoded picture of the set takes on average, three bytes a pixel. The error is that of a file
// that is no JPEG.
func (set *Images) DecodedBytes() (int, error) {
	total := 0
	for i, file := range set.Files {
		config, err := jpeg.DecodeConfig(bytes.NewReader(file))
		if err != nil {
			return 0, set.Fault(i, err)
		}
		total += 3 * config.Width * config.Height
	}
	return total / max(len(set.Files), 1), nil
}

// Middle is the set that contention and energy are measured with: "medium", else the first.
func Middle(sets []Images) *Images {
	for i := range sets {
		if sets[i].Name == "medium" {
			return &sets[i]
		}
	}
	return &sets[0]
}

// FindModels finds networks by name of the catalogue (generated into cacheDir) or by the path of an .onnx
// file, whose name then is the file's without the ending.
func FindModels(ctx context.Context, names []string, cacheDir string) ([]Model, error) {
	var out []Model
	for _, name := range names {
		if strings.HasSuffix(name, ".onnx") {
			base := strings.TrimSuffix(filepath.Base(name), ".onnx")
			if err := profile.CheckName(base); err != nil {
				return nil, fmt.Errorf("model %q: its name, which stands in the profile, %w; rename the file", name, err)
			}
			out = append(out, Model{Name: base, Path: name, Own: true})
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		path, err := cache.Model(cacheDir, name, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, Model{Name: name, Path: path})
	}
	return out, Unique(out)
}

// Unique is an error when two models have the same name.
func Unique(models []Model) error {
	seen := map[string]string{}
	for _, m := range models {
		if other, ok := seen[m.Name]; ok {
			return fmt.Errorf("models %s and %s have the same name %q, which stands in the profile; rename one", other, m.Path, m.Name)
		}
		seen[m.Name] = m.Path
	}
	return nil
}

// FindImages makes the sets of generated pictures that are named by size, or reads a folder: its set has
// the folder's name. Crop is cut out of the first of the others, and comes last. notes say what a reader of the profile should
// know.
func FindImages(ctx context.Context, names []string, cacheDir string) (sets []Images, notes []string, err error) {
	for _, name := range names {
		if name == Crop {
			continue
		}
		if _, sizeErr := photo.FindSize(name); sizeErr == nil {
			files, err := photo.Set(ctx, cacheDir, name, picturesBySize[name], seed)
			if err != nil {
				return nil, nil, err
			}
			sets = append(sets, Images{Name: name, Files: files})
			continue
		} else if info, statErr := os.Stat(name); statErr != nil || !info.IsDir() {
			return nil, nil, fmt.Errorf("%w; and no folder has this name", sizeErr)
		}
		set, note, err := folder(name)
		if err != nil {
			return nil, nil, err
		}
		sets, notes = append(sets, set), append(notes, note)
	}
	if !slices.Contains(names, Crop) {
		return sets, notes, nil
	}
	if len(sets) == 0 {
		return nil, nil, fmt.Errorf("images %q alone: faces are cut out of other pictures; name those, too: --images medium,%[1]s", Crop)
	}
	faces, err := cropsOf(&sets[0])
	if err != nil {
		return nil, nil, err
	}
	note := fmt.Sprintf("images %q: %d squares of %d to %d pixels a side at random places of the %q pictures, as JPEG files of quality %d; no network has found them",
		Crop, len(faces.Files), crop.MinSide, crop.MaxSide, sets[0].Name, crop.Quality)
	return append(sets, faces), append(notes, note), nil
}

// folder reads a folder's pictures, evenly spread over the list when there are too many.
func folder(dir string) (Images, string, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return Images{}, "", err
	}
	if err := profile.CheckName(filepath.Base(path)); err != nil {
		return Images{}, "", fmt.Errorf("folder %q: its name, which stands in the profile, %w; rename it", dir, err)
	}
	files, err := photo.Load(dir)
	if err != nil {
		return Images{}, "", err
	}
	set := Images{Name: filepath.Base(path), Own: path}
	n := min(len(files), maxFolderFiles)
	for i := range n {
		f := files[i*len(files)/n]
		set.Files, set.Paths = append(set.Files, f.Data), append(set.Paths, f.Path)
	}
	return set, fmt.Sprintf("images %q: %d of the %d pictures of that folder", set.Name, n, len(files)), nil
}

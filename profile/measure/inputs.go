package measure

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vsim/model"
	"vsim/profile/device/photo"
)

const seed = 1 // of generated models and images

// maxFolderFiles limits how many pictures of a folder are measured: they are kept in memory.
const maxFolderFiles = 64

// picturesBySize is how many different pictures a generated set has: enough that their contents
// average out, few enough to generate in seconds.
var picturesBySize = map[string]int{"small": 64, "medium": 16, "large": 4}

// Models finds networks by name of the catalogue (generated into cacheDir) or by the path of an .onnx
// file, whose name then is the file's without the ending.
func Models(names []string, cacheDir string) ([]ModelFile, error) {
	var out []ModelFile
	for _, name := range names {
		if strings.HasSuffix(name, ".onnx") {
			base := strings.TrimSuffix(filepath.Base(name), ".onnx")
			out = append(out, ModelFile{Name: base, Path: name})
			continue
		}
		path, err := model.Ensure(cacheDir, name, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, ModelFile{Name: name, Path: path})
	}
	return out, unique(out)
}

func unique(models []ModelFile) error {
	seen := map[string]string{}
	for _, m := range models {
		if other, ok := seen[m.Name]; ok {
			return fmt.Errorf("models %s and %s have the same name %q, which stands in the profile; rename one", other, m.Path, m.Name)
		}
		seen[m.Name] = m.Path
	}
	return nil
}

// Images makes the sets of generated pictures that are named by size, or reads a folder: its set has
// the folder's name. notes say what a reader of the profile should know.
func Images(names []string, cacheDir string) (sets []ImageSet, notes []string, err error) {
	for _, name := range names {
		if _, sizeErr := photo.FindSize(name); sizeErr == nil {
			files, err := photo.Set(cacheDir, name, picturesBySize[name], seed)
			if err != nil {
				return nil, nil, err
			}
			sets = append(sets, ImageSet{Name: name, Files: files})
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
	return sets, notes, nil
}

// folder reads a folder's pictures, evenly spread over the list when there are too many.
func folder(dir string) (ImageSet, string, error) {
	files, err := photo.Load(dir)
	if err != nil {
		return ImageSet{}, "", err
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return ImageSet{}, "", err
	}
	set := ImageSet{Name: filepath.Base(path)}
	n := min(len(files), maxFolderFiles)
	for i := range n {
		f := files[i*len(files)/n]
		set.Files, set.Paths = append(set.Files, f.Data), append(set.Paths, f.Path)
	}
	return set, fmt.Sprintf("images %q: %d of the %d pictures of that folder", set.Name, n, len(files)), nil
}

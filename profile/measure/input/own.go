package input

import (
	"path/filepath"

	"vsim/profile"
)

// OwnFiles are the absolute paths of models and folders that are a person's own, by their names in the profile: who
// reads them there can run them again.
func OwnFiles(models []Model, sets []Images) (map[string]string, error) {
	out := map[string]string{}
	for _, m := range models {
		if !m.Own {
			continue
		}
		path, err := filepath.Abs(m.Path)
		if err != nil {
			return nil, err
		}
		out[m.Name] = path + m.Launch
	}
	for _, set := range sets {
		if set.Own != "" {
			out[set.Name] = set.Own
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

// Footprints are the average sizes of the sets' files and decoded pictures on a resource. The error is that of a file that
// is no JPEG.
func Footprints(sets []Images, resource string) (out []profile.Footprint, err error) {
	for i := range sets {
		set := &sets[i]
		if len(set.Files) == 0 {
			continue
		}
		total := 0
		for _, file := range set.Files {
			total += len(file)
		}
		decoded, err := set.DecodedBytes()
		if err != nil {
			return nil, err
		}
		out = append(out, profile.Footprint{Resource: resource, Of: profile.FileOf, Image: set.Name, SizeBytes: total / len(set.Files)},
			profile.Footprint{Resource: resource, Of: profile.PictureOf, Image: set.Name, SizeBytes: decoded})
	}
	return out, nil
}

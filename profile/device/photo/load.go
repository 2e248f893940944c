package photo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"vsim/profile/userfile"
)

// MaxLoadBytes limits what Load keeps in memory.
const MaxLoadBytes = 4 << 30

// File is one picture of a folder.
type File struct {
	Path string
	Data []byte
}

// Load reads every *.jpg and *.jpeg of the folder dir (in any case, not its subfolders), sorted by
// name. What is in a file is not looked at: a broken picture is the decoder's to refuse, as it
// would be in a server. The error names the folder or the file.
func Load(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, fmt.Errorf("images: %w", err)
	}
	var out []File
	total := 0
	for _, entry := range entries {
		if entry.IsDir() || !isJPEGName(entry.Name()) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		data, err := userfile.Read(path, userfile.MaxPictureBytes)
		if err != nil {
			return nil, fmt.Errorf("images: %w", err)
		}
		if total += len(data); total > MaxLoadBytes {
			return nil, fmt.Errorf("images: %s: the folder's pictures up to this one hold more than %d GiB, the limit; choose fewer", path, MaxLoadBytes>>30)
		}
		out = append(out, File{path, data})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("images: %s has no *.jpg or *.jpeg", dir)
	}
	return out, nil
}

func isJPEGName(name string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return ext == ".jpg" || ext == ".jpeg"
}

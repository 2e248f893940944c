package photo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLoadReadsJPEGsSorted(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "b.JPG", "a.jpeg", "c.png", "notes.txt", "d.jpg")
	if err := os.Mkdir(filepath.Join(dir, "folder.jpg"), 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, filepath.Base(f.Path))
		if string(f.Data) != filepath.Base(f.Path) {
			t.Errorf("%s holds %q", f.Path, f.Data)
		}
	}
	if got := strings.Join(names, " "); got != "a.jpeg b.JPG d.jpg" {
		t.Errorf("got %s", got)
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("an empty folder: error %v", err)
	}
	missing := filepath.Join(dir, "missing")
	if _, err := Load(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a missing folder: error %v", err)
	}
	dangling := filepath.Join(dir, "dangling.jpg")
	if err := os.Symlink(missing, dangling); err != nil {
		t.Skip(err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), dangling) {
		t.Errorf("a file that cannot be read: error %v", err)
	}
}

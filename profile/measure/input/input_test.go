package input

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestModelsByNameAndPath(t *testing.T) {
	got, err := FindModels(t.Context(), []string{"mobilenetv2", "some/where/mine.onnx"}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Name != "mobilenetv2" || got[1] != (Model{Name: "mine", Path: "some/where/mine.onnx", Own: true}) || got[0].Own {
		t.Errorf("got %+v", got)
	}
	if _, err := os.Stat(got[0].Path); err != nil {
		t.Error(err)
	}
}

func TestModelsAreRefusedByName(t *testing.T) {
	for want, names := range map[string][]string{
		"did you mean":  {"mobilenet"},
		"the same name": {"a/net.onnx", "b/net.onnx"},
	} {
		if _, err := FindModels(t.Context(), names, t.TempDir()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", names, err, want)
		}
	}
}

// TestImagesOfAFolder: at most maxFolderFiles, spread over the whole list, with their paths and a note.
func TestImagesOfAFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "holiday")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 2 * maxFolderFiles {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.jpg", i)), []byte{byte(i)}, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sets, notes, err := FindImages(t.Context(), []string{dir}, "")
	if err != nil {
		t.Fatal(err)
	}
	set := sets[0]
	if set.Name != "holiday" || len(set.Files) != maxFolderFiles || filepath.Base(set.Paths[1]) != "002.jpg" || set.Files[1][0] != 2 {
		t.Errorf("set %q of %d, second %v", set.Name, len(set.Files), set.Paths[1])
	}
	if want := "64 of the 128 pictures"; len(notes) != 1 || !strings.Contains(notes[0], want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
}

func TestImagesAreRefusedByName(t *testing.T) {
	for want, name := range map[string]string{
		"no folder has this name": "huge",
		"has no *.jpg":            t.TempDir(),
	} {
		if _, _, err := FindImages(t.Context(), []string{name}, ""); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
}

// What could not be read back from a profile is refused before it is measured.
func TestNamesWithControlCharactersAreRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a\nb")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Skip("no such name can be here: ", err)
	}
	_, _, imagesErr := FindImages(t.Context(), []string{dir}, "")
	_, modelErr := FindModels(t.Context(), []string{"a\nb.onnx"}, "")
	for _, err := range []error{imagesErr, modelErr} {
		if err == nil || !strings.Contains(err.Error(), "must have no control characters; rename") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v", err)
		}
	}
}

// Crops are of the first other set, come last, are the same each time, and are refused alone.
func TestCropsAreOfTheFirstSet(t *testing.T) {
	var before []Images
	for range 2 {
		sets, notes, err := FindImages(t.Context(), []string{"crop", "medium", "small"}, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(sets) != 3 || sets[0].Name != "medium" || sets[2].Name != Crop || len(sets[2].Files) != crops {
			t.Fatalf("%d sets, the last %q of %d", len(sets), sets[2].Name, len(sets[2].Files))
		}
		if len(notes) != 1 || !strings.Contains(notes[0], `64 squares of 112 to 160 pixels a side at random places of the "medium" pictures`) {
			t.Errorf("notes %q", notes)
		}
		if before != nil && !reflect.DeepEqual(before, sets) {
			t.Error("the same names give other pictures")
		}
		before = sets
	}
	if _, _, err := FindImages(t.Context(), []string{"crop"}, ""); err == nil || !strings.Contains(err.Error(), "--images medium,crop") {
		t.Errorf("crops alone: %v", err)
	}
}

package native_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile/device/native"
)

// lib has a name that no system has.
var lib = native.Lib{Name: "Test", Env: "VSIM_TEST_LIB", Flag: "--test-lib", Folder: "test", Soname: "libvsimtest.so.1"}

func touch(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func expect(t *testing.T, explicit, want string) {
	t.Helper()
	got, err := native.Find(lib, explicit)
	if err != nil {
		t.Fatal(err)
	}
	if resolved, err := filepath.EvalSymlinks(want); err == nil {
		want = resolved
	}
	if real, _ := filepath.EvalSymlinks(got); real != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestOrderIsFlagVariableTreeSystem(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "tree", "go.mod")
	deep := filepath.Join(dir, "tree", "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)

	t.Setenv("LD_LIBRARY_PATH", filepath.Join(dir, "system"))
	system := touch(t, dir, "system", lib.Soname)
	expect(t, "", system)
	tree := touch(t, dir, "tree", ".deps", "test", lib.Soname)
	expect(t, "", tree)
	env := touch(t, dir, "env.so")
	t.Setenv(lib.Env, env)
	expect(t, "", env)
	flag := touch(t, dir, "flag.so")
	expect(t, flag, flag)
}

func TestMissingEverywhereSaysWhereAndHow(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	_, err := native.Find(lib, "")
	if !errors.Is(err, native.ErrNotFound) {
		t.Fatalf("error %v", err)
	}
	for _, want := range []string{"libvsimtest.so.1", ".deps/test", "the system's", "make deps", "--test-lib PATH", "VSIM_TEST_LIB=PATH"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
}

// A person who names a file wants that file and no other.
func TestNamedButMissingIsAnErrorAlthoughAnotherIsThere(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, "go.mod")
	touch(t, dir, ".deps", "test", lib.Soname)
	t.Chdir(dir)
	missing := filepath.Join(dir, "missing.so")
	if _, err := native.Find(lib, missing); err == nil || !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), "--test-lib") {
		t.Errorf("flag: error %v", err)
	}
	if _, err := native.Find(lib, dir); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: error %v", err)
	}
	t.Setenv(lib.Env, missing)
	if _, err := native.Find(lib, ""); err == nil || !strings.Contains(err.Error(), missing) || !strings.Contains(err.Error(), lib.Env) {
		t.Errorf("variable: error %v", err)
	}
}

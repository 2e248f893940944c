// Package hardware holds the machines that vsim knows without a file: TOML texts of the scenario
// language, and the published profiles of their devices, embedded in the binary.
package hardware

import (
	"embed"
	"io/fs"
	"path"
	"slices"
	"strings"
)

//go:embed *.toml profiles/*.toml
var files embed.FS

// Machine returns the hardware file of an embedded machine by its name without ".toml"; false when
// there is none.
func Machine(name string) ([]byte, bool) { return read(name + ".toml") }

// Machines lists the names of the embedded machines, sorted.
func Machines() []string { return names("*.toml") }

// Profile returns the file of an embedded profile by its name without ".toml"; false when there is none.
func Profile(name string) ([]byte, bool) { return read("profiles/" + name + ".toml") }

// Profiles lists the names of the embedded profiles, sorted.
func Profiles() []string { return names("profiles/*.toml") }

func read(file string) ([]byte, bool) {
	text, err := fs.ReadFile(files, file)
	return text, err == nil
}

func names(pattern string) []string {
	found, err := fs.Glob(files, pattern)
	if err != nil {
		panic(err) // the patterns are constants
	}
	for i, f := range found {
		found[i] = strings.TrimSuffix(path.Base(f), ".toml")
	}
	slices.Sort(found)
	return found
}

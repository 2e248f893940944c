package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestManPages: there is one for every command that --help shows, and it says what the help says.
func TestManPages(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "man1")
	code, out, errOut := vsim("man", "-o", folder)
	if code != 0 || out+errOut != "" {
		t.Fatalf("exit %d, %s%s", code, out, errOut)
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
			return
		}
		page := strings.NewReplacer(`\-`, "-", `\&`, "").Replace(string(text))
		for _, want := range []string{".SH NAME", ".SH EXAMPLE", strings.Fields(cmd.Short)[0], strings.Fields(cmd.Example)[0]} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q is missing", name, want)
			}
		}
		if strings.Contains(page, "Auto generated") {
			t.Errorf("%s names the library", name)
		}
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
	if man, err := exec.LookPath("man"); err == nil {
		if text, err := exec.Command(man, "--warnings", "-l", filepath.Join(folder, "vsim-compare.1")).CombinedOutput(); err != nil || !strings.Contains(string(text), "compare") {
			t.Errorf("%v: %s", err, text)
		}
	}
}

func TestManNeedsAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{"say with -o": {"man"}, "cannot be written": {"man", "-o", file}, "no arguments": {"man", "x"}} {
		if code, _, errOut := vsim(args...); code != 2 || !strings.Contains(errOut, want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%q: exit %d, %s", args, code, errOut)
		}
	}
}

// TestManPagesKeepTables: lines that are indented in a help stay lines, as they are in examples.
func TestManPagesKeepTables(t *testing.T) {
	pages, err := manOf(newRoot())
	if err != nil {
		t.Fatal(err)
	}
	page := strings.NewReplacer(`\-`, "-", `\&`, "").Replace(string(pages["vsim-import-triton.1"]))
	if want := ".EX\n  --times TIME               of every model that has none of its own\n  --times NAME=TIME "; !strings.Contains(page, want) {
		t.Errorf("%q is not as it stands:\n%s", want, page)
	}
}

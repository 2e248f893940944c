package engine_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// packageFiles is a package as `go list -export -json` describes it.
type packageFiles struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// TestEngineIsPure: the same system and seed give the same bytes on every machine, because no file of the
// engine and its leaves reads the clock, draws from the global random source, starts a goroutine or ranges
// over a map. (What they may import is in the table of imports, cmd/vsim.)
func TestEngineIsPure(t *testing.T) {
	packages := listEngine(t)
	for name, p := range packages {
		if !strings.HasPrefix(name, "vsim/sim/engine") || strings.Contains(name, "/bench") { // bench: programs that time the engine
			continue
		}
		var sources []string
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, string(text))
		}
		for _, fault := range impure(t, name, packages, sources...) {
			t.Errorf("%s: %s: the engine is pure", name, fault)
		}
	}
}

// listEngine gives the engine's packages and what they depend on, with their compiled declarations.
func listEngine(t *testing.T) map[string]packageFiles {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Dir,Export,GoFiles", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	all := map[string]packageFiles{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p packageFiles
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// impure lists what of a package's sources depends on more than its arguments.
func impure(t *testing.T, name string, packages map[string]packageFiles, sources ...string) (faults []string) {
	t.Helper()
	set := token.NewFileSet()
	var files []*ast.File
	for i, source := range sources {
		f, err := parser.ParseFile(set, fmt.Sprintf("file%d.go", i), source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	compiled := importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(packages[path].Export) })
	if _, err := (&types.Config{Importer: compiled}).Check(name, set, files, &info); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if fault := impureNode(n, &info); fault != "" {
				faults = append(faults, fmt.Sprintf("%s in `%s`", fault, line(set, sources, n)))
			}
			return true
		})
	}
	return faults
}

// clock are the functions of package time that read it or wait; its types and constants are free.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

func impureNode(n ast.Node, info *types.Info) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a goroutine"
	case *ast.RangeStmt:
		if _, ok := info.Types[n.X].Type.Underlying().(*types.Map); ok {
			return "the order of a map"
		}
	case *ast.Ident:
		f, ok := info.Uses[n].(*types.Func)
		if !ok || f.Pkg() == nil || f.Signature().Recv() != nil {
			return ""
		}
		switch path := f.Pkg().Path(); {
		case path == "time" && slices.Contains(clock, f.Name()):
			return "the clock, time." + f.Name()
		case (path == "math/rand" || path == "math/rand/v2") && !strings.HasPrefix(f.Name(), "New"):
			return "the global random source, rand." + f.Name()
		}
	}
	return ""
}

// line is the source of a node's first line.
func line(set *token.FileSet, sources []string, n ast.Node) string {
	at := set.Position(n.Pos())
	var file int
	fmt.Sscanf(at.Filename, "file%d.go", &file)
	return strings.TrimSpace(strings.Split(sources[file], "\n")[at.Line-1])
}

// TestImpureCodeIsFound: each kind of it, and nothing in code that only looks like it.
func TestImpureCodeIsFound(t *testing.T) {
	packages := listEngine(t)
	for body, want := range map[string]string{
		"go func() {}()":                                     "a goroutine",
		"for range map[int]int{} { }":                        "the order of a map",
		"type m map[int]int; for k := range (m{}) { _ = k }": "the order of a map",
		"_ = time.Now()":                                     "the clock, time.Now",
		"wait := time.Sleep; wait(1)":                        "the clock, time.Sleep",
		"_ = rand.IntN(3)":                                   "the global random source, rand.IntN",
		"_ = rand.New(rand.NewPCG(1, 2)).IntN(3)":            "",
		"_ = time.Second; var t time.Time; _ = t.Sub(t)":     "",
		"for range []int{1} { }; _ = map[int]int{}[3]":       "",
	} {
		source := "package x\nimport (\n\"time\"\n\"math/rand/v2\"\n)\nvar _ time.Time; var _ rand.PCG\nfunc f() { " + body + " }\n"
		faults := impure(t, "x", packages, source)
		if want == "" && len(faults) > 0 || want != "" && (len(faults) != 1 || !strings.HasPrefix(faults[0], want)) {
			t.Errorf("%s: %q, want %q", body, faults, want)
		}
	}
}

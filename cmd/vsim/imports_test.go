package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// A room is a row of the table of imports: what the packages in it may import. Patterns are paths below
// the module; "x/*" is every package right below x, "x/..." is x and every package below it. The first row
// whose room matches a package counts. That arrows do not run in circles is Go's to check.
type room struct {
	packages  string
	may       []string // packages of this module
	libraries []string // of other modules; nil: any that needs no cgo
	pure      bool     // neither files, processes, the network nor the system are touched
	cgo       cgoRule
	why       string
}

// cgoRule says how close a room may be to cgo and dlopen.
type cgoRule int

const (
	noCgo    cgoRule = iota // nothing that it depends on needs either
	cgoBelow                // packages of this module that it imports may
	ownCgo                  // it may itself
)

// userFiles reads the files that users name, for whoever reads some.
const userFiles = "profile/userfile"

var (
	none   = []string{}
	gonum  = []string{"gonum.org/v1/gonum/..."}
	leaves = []string{"sim/engine/*"}
	below  = []string{"profile", "hardware", "model", "sim/engine/...", userFiles} // what sim is built on

	// pureEngine are the parts of the engine that a profiler or a server may use: they hold no simulation.
	pureEngine = []string{"sim/engine/batcher", "sim/engine/queueing", "sim/engine/event", "sim/engine/random", "sim/engine/recency", "sim/engine/stats", "sim/engine/workload"}
)

var table = []room{
	{packages: "hardware", may: none, libraries: gonum, pure: true, why: "machines are embedded data"},
	{packages: "model", may: []string{"hardware"}, pure: true,
		libraries: append([]string{"google.golang.org/protobuf/encoding/protowire", "github.com/agnivade/levenshtein"}, gonum...),
		why:       "a network is computed, whoever keeps its files"},

	{packages: "sim/engine/bench/...", may: []string{"sim/engine/..."}, libraries: gonum, why: "programs that time the engine"},
	{packages: "sim/engine", may: leaves, libraries: gonum, pure: true, why: "the engine is pure: the same system and seed give the same bytes"},
	{packages: "sim/engine/*", may: leaves, libraries: gonum, pure: true, why: "the engine's leaves are pure and do not know the engine"},
	{packages: "sim/golden", may: none, libraries: none, why: "a helper of tests"},
	{packages: "sim/topology", may: []string{"sim/engine/..."}, libraries: none, why: "what a compiled system's parts are, whoever compiled it"},
	{packages: "sim/scenario", may: below, why: "the language knows neither the compiler nor predictions"},
	{packages: "sim/scenario/*", may: append([]string{"sim/scenario"}, below...), why: "other programs' configurations become scenarios"},
	{packages: "sim/compile", may: append([]string{"sim/scenario", "sim/topology"}, below...), why: "scenario and profiles to a system; who runs it is not its business"},
	{packages: "sim/predict", may: []string{"sim/engine/...", "sim/topology"}, why: "a system and its topology are all that a prediction needs"},
	{packages: "sim/timeline", may: []string{"sim/engine/...", "sim/topology"}, libraries: none, why: "a system and its topology are all that a run needs"},
	{packages: "sim/report", may: []string{"profile", "sim/predict", "sim/timeline", "sim/topology", "sim/engine/event", "sim/engine/stats", "sim/report/*"}, why: "a report prints a prediction and computes nothing"},
	{packages: "sim/report/*", may: none, why: "pages and pictures, whatever is on them"},
	{packages: "sim", may: append([]string{"sim/..."}, below...), why: "the door: everything of sim, nothing of the machine"},

	{packages: userFiles, may: none, libraries: none, why: "files that users name are read in one way everywhere"},
	{packages: "profile", may: []string{"hardware", "model", userFiles}, why: "the file is read wherever one simulates"},
	{packages: "profile/device/...", may: append([]string{"profile", "hardware", "model", "profile/device/...", userFiles}, pureEngine...), cgo: ownCgo,
		why: "the real stages know neither how they are measured nor the simulator"},
	{packages: "profile/measure/...", may: append([]string{"profile/...", "hardware", "model", userFiles}, pureEngine...), cgo: ownCgo,
		why: "what is measured must not depend on what is predicted"},
	{packages: "experiments/...", may: []string{"experiments/...", "sim/...", "profile/...", "hardware", "model"}, cgo: cgoBelow, why: "experiments use everything but the commands"},
	{packages: "cmd/...", may: []string{"..."}, cgo: cgoBelow, why: "commands use everything"},
}

// matches tells whether a path is among the patterns.
func matches(p string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if prefix, ok := strings.CutSuffix(pattern, "..."); ok {
			return strings.HasPrefix(p+"/", prefix)
		}
		ok, _ := path.Match(pattern, p)
		return ok
	})
}

const module = "vsim"

// inModule gives a package's path below the module.
func inModule(p string) (string, bool) { return strings.CutPrefix(p, module+"/") }

func ours(p string) bool {
	_, ok := inModule(p)
	return ok
}

// listed is a package as `go list -json` describes it.
type listed struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
	CgoFiles   []string
}

// native tells whether a package needs cgo or opens libraries itself.
func (p *listed) native() bool {
	return !p.Standard && (len(p.CgoFiles) > 0 || matches(p.ImportPath, "github.com/ebitengine/purego/..."))
}

// touchesTheSystem tells whether a package of the standard library does.
func touchesTheSystem(p string) bool {
	return matches(p, "os/...", "net/...", "syscall/...", "log/...", "plugin", "path/filepath", "io/ioutil", "runtime/cgo", "crypto/rand")
}

// list gives every package of the module and all that they depend on.
func list(t *testing.T) map[string]*listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps,CgoFiles", "./...")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "CGO_ENABLED=1") // go list needs no compiler
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	all := map[string]*listed{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all[p.ImportPath] = &p
	}
}

// TestImports holds every package against the table of imports (ARCHITECTURE.md).
func TestImports(t *testing.T) {
	all := list(t)
	for name, p := range all {
		below, ok := inModule(name)
		if !ok && name != module {
			continue
		}
		at := slices.IndexFunc(table, func(r room) bool { return matches(below, r.packages) })
		if at < 0 {
			t.Errorf("%s is in no room of the table; add a row that says what it may import", below)
			continue
		}
		for _, fault := range table[at].faults(p, all) {
			t.Errorf("%s %s: %s", below, fault, table[at].why)
		}
	}
}

// faults lists the arrows of a package that must not be.
func (r *room) faults(p *listed, all map[string]*listed) (out []string) {
	for _, target := range p.Imports {
		inside, here := inModule(target)
		other := all[target] // nil for "C"
		switch {
		case here && !matches(inside, r.may...):
			out = append(out, "imports "+inside)
		case !here && other != nil && !other.Standard && r.libraries != nil && !matches(target, r.libraries...):
			out = append(out, "imports the library "+target)
		case r.pure && touchesTheSystem(target):
			out = append(out, "imports "+target+", which touches the system")
		}
	}
	reach := []string{p.ImportPath}
	switch r.cgo {
	case ownCgo:
		return out
	case noCgo:
		reach = append(reach, p.Deps...)
	case cgoBelow:
		reach = append(reach, slices.DeleteFunc(slices.Clone(p.Imports), ours)...)
	}
	for _, dep := range reach {
		if d := all[dep]; d != nil && d.native() {
			out = append(out, "needs cgo or dlopen, through "+dep)
		}
	}
	return out
}

// TestImportsAreHeldAgainstTheTable: the check finds each kind of arrow that must not be.
func TestImportsAreHeldAgainstTheTable(t *testing.T) {
	all := map[string]*listed{
		"os":                   {ImportPath: "os", Standard: true},
		"example.org/cgo":      {ImportPath: "example.org/cgo", CgoFiles: []string{"a.go"}},
		"example.org/pure":     {ImportPath: "example.org/pure"},
		"vsim/sim/engine/heap": {ImportPath: "vsim/sim/engine/heap"},
		"vsim/sim/compile":     {ImportPath: "vsim/sim/compile"},
	}
	for _, c := range []struct {
		room    string
		imports []string
		want    []string
	}{
		{"sim/engine", []string{"vsim/sim/engine/heap"}, nil},
		{"sim/engine", []string{"vsim/sim/compile"}, []string{"imports sim/compile"}},
		{"sim/engine", []string{"os"}, []string{"imports os, which touches the system"}},
		{"sim/engine", []string{"example.org/pure"}, []string{"imports the library example.org/pure"}},
		{"sim/predict", []string{"example.org/pure", "os"}, nil},
		{"sim/predict", []string{"vsim/sim/compile"}, []string{"imports sim/compile"}},
		{"sim/scenario", []string{"example.org/cgo"}, []string{"needs cgo or dlopen, through example.org/cgo"}},
		{"profile/device/...", []string{"example.org/cgo", "os"}, nil},
		{"experiments/...", []string{"example.org/cgo"}, []string{"needs cgo or dlopen, through example.org/cgo"}},
		{"profile/device/...", []string{"vsim/profile/measure"}, []string{"imports profile/measure"}},
	} {
		at := slices.IndexFunc(table, func(r room) bool { return r.packages == c.room })
		if got := table[at].faults(&listed{ImportPath: "vsim/x", Imports: c.imports, Deps: c.imports}, all); !slices.Equal(got, c.want) {
			t.Errorf("%s importing %q: %q, want %q", c.room, c.imports, got, c.want)
		}
	}
}

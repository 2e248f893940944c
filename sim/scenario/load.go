// Package scenario is the language in which users describe what vsim predicts: TOML in which
// everything has a unit, read strictly, with all faults reported at once.
package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"

	"vsim/hardware"
	"vsim/profile/userfile"
)

// Options are what a command line adds to a scenario file.
type Options struct {
	Set     []string // "key=value" each, later ones win
	Profile string   // a profile's embedded name or path (relative to the working directory); "" for the file's
}

// Load reads a scenario or hardware file, as Open does. The error is an *InputError.
func Load(file string, opt Options) (*Scenario, error) {
	src, err := Open(file)
	if err != nil {
		return nil, err
	}
	return src.With(opt)
}

// Parse reads a scenario from text; file names it in errors and says what its paths are relative to.
func Parse(file string, text []byte, opt Options) (*Scenario, error) {
	return Text(file, text).With(opt)
}

// Source is a scenario's text and all files that it names but traces, read once. It makes any number of
// scenarios, at the same time if wanted.
type Source struct {
	file     document
	fault    *Fault   // it is not TOML
	machines sync.Map // *machine by the name that the scenario gives it
	profiles measurements
}

// Open reads the text of a scenario or hardware file. file is a path or, where no such file exists, the name of
// an embedded machine. The error is an *InputError; what is wrong inside the file Scenario says.
func Open(file string) (*Source, error) {
	text, err := userfile.Read(file, userfile.MaxConfigBytes)
	if err == nil {
		return Text(file, text), nil
	}
	if name := strings.TrimSuffix(filepath.Base(file), ".toml"); errors.Is(err, fs.ErrNotExist) {
		if embedded, ok := hardware.Machine(name); ok && (name == file || name+".toml" == file) {
			return newSource(document{name: name + " (embedded)", text: string(embedded)}), nil
		}
	}
	return nil, &InputError{Faults: []Fault{unreadable(file, err)}}
}

// Text is the source of a scenario that is at hand; file names it in errors and says what its paths are relative to.
func Text(file string, text []byte) *Source {
	return newSource(document{name: file, dir: filepath.Dir(file), text: string(text)})
}

func newSource(file document) *Source {
	s := &Source{file: file}
	s.fault = s.file.read()
	return s
}

// Derive gives a source whose text has keys with another value, as if they stood there so.
func (src *Source) Derive(overrides ...Override) (*Source, error) {
	if src.fault != nil {
		return nil, &InputError{Faults: []Fault{*src.fault}}
	}
	file := src.file
	file.tree = cloned(file.tree).(map[string]any)
	if _, faults := apply(file.tree, overrides); len(faults) > 0 {
		return nil, &InputError{Faults: faults}
	}
	return &Source{file: file}, nil
}

// Scenario makes the scenario of the text, with keys given another value, one after the other. The error is an
// *InputError.
func (src *Source) Scenario(overrides ...Override) (*Scenario, error) {
	if src.fault != nil {
		return nil, &InputError{Faults: []Fault{*src.fault}}
	}
	tree := cloned(src.file.tree).(map[string]any)
	set, faults := apply(tree, overrides)
	own := tree
	tree, machine, hardwareFaults := src.withHardware(tree)
	faults = append(faults, hardwareFaults...)
	place := placer{src: &src.file, machine: machine, set: set}

	s := &Scenario{origin: origin{file: src.file.name, dir: src.file.dir, given: tree, own: own, set: set, profiles: &src.profiles}}
	if machine != nil {
		s.hardwareName = machine.name
	}
	for _, f := range s.decode(tree, len(hardwareFaults) > 0) {
		faults = append(faults, place.locate(f))
	}
	if len(faults) > 0 {
		slices.SortStableFunc(faults, func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		})
		return nil, &InputError{Faults: faults}
	}
	return s, nil
}

// decode fills the scenario from its tree and returns what is wrong with it. Without its machine, rules between
// keys would all be about what is missing.
func (s *Scenario) decode(tree map[string]any, noMachine bool) []Fault {
	var d decoder
	d.table("", tree, reflect.ValueOf(s).Elem())
	s.fillDefaults()
	if unknown := func(f Fault) bool { return f.Key == "hardware" }; !noMachine && !slices.ContainsFunc(d.faults, unknown) {
		var rules decoder
		s.faulty = keysOfFaults(d.faults)
		s.check(&rules)
		d.addUnrelated(rules.faults)
	}
	return d.faults
}

// document is one TOML text and where it came from.
type document struct {
	name string
	dir  string // "" for embedded files
	text string
	tree map[string]any
	line func(key string) int
}

// isProfile knows a file of package profile by its tables.
func isProfile(tree map[string]any) bool {
	_, provenance := tree["provenance"]
	_, services := tree["service"]
	return provenance && services
}

// read parses the text into a tree of keys.
func (doc *document) read() *Fault {
	if err := userfile.CheckNesting([]byte(doc.text)); err != nil {
		doc.line = func(string) int { return 0 }
		return &Fault{File: doc.name, Rule: err.Error()}
	}
	doc.line = userfile.Lines([]byte(doc.text))
	if _, err := toml.Decode(doc.text, &doc.tree); err != nil {
		f := Fault{File: doc.name, Rule: "not valid TOML: " + strings.TrimPrefix(err.Error(), "toml: ")}
		var p toml.ParseError
		if errors.As(err, &p) {
			f.Line, f.Rule = p.Position.Line, "not valid TOML: "+p.Message
		}
		return &f
	}
	if isProfile(doc.tree) {
		return &Fault{File: doc.name, Rule: "is a profile, and no scenario or machine",
			Remedy: fmt.Sprintf("take the machine that vsim profile wrote beside it, %s-machine.toml, or give a scenario this --profile", strings.TrimSuffix(doc.name, ".toml"))}
	}
	if doc.tree == nil {
		doc.tree = map[string]any{}
	}
	return nil
}

// cloned copies a tree of keys, to be changed without a trace in the other.
func cloned(node any) any {
	switch x := node.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for key, value := range x {
			out[key] = cloned(value)
		}
		return out
	case []map[string]any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = cloned(x[i])
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = cloned(x[i])
		}
		return out
	}
	return node
}

// addUnrelated adds faults of rules between keys, but for those of tables in which a key is wrong by
// itself: they would be about what was not read.
func (d *decoder) addUnrelated(rules []Fault) {
	wrong := map[string]bool{}
	for _, f := range d.faults {
		wrong[tableOf(f.Key)] = true
		list, _, _ := strings.Cut(f.Key, ".")
		wrong[list] = true
	}
	for _, f := range rules {
		if !wrong[tableOf(f.Key)] {
			d.faults = append(d.faults, f)
		}
	}
}

// keysOfFaults lists the keys that are wrong by themselves.
func keysOfFaults(faults []Fault) (keys []string) {
	for _, f := range faults {
		keys = append(keys, f.Key)
	}
	return keys
}

// sound says that no key at, in or around the given ones is wrong by itself. A rule that looks at another table
// asks first, so that one mistake brings one error.
func (s *Scenario) sound(keys ...string) bool {
	for _, f := range s.faulty {
		for _, key := range keys {
			if f == key || strings.HasPrefix(f, key+".") || strings.HasPrefix(key, f+".") {
				return false
			}
		}
	}
	return true
}

// tableOf is the table of the file that a key stands in: "stage.1", "workload"; a key that names a
// whole list, as "stage", is its own.
func tableOf(key string) string {
	parts := strings.Split(key, ".")
	if len(parts) > 1 && strings.Trim(parts[1], "0123456789") == "" {
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

// placer says in which file, and on which line of it, a faulty key was written.
type placer struct {
	src, machine *document
	set          map[string]string // what named each key that was set
}

func (p placer) locate(f Fault) Fault {
	for key, by := range p.set {
		if f.Key == key || strings.HasPrefix(f.Key, key+".") {
			f.File = by
			return f
		}
	}
	from := p.src
	if p.machine != nil && !has(p.src.tree, f.Key) && has(p.machine.tree, f.Key) {
		from = p.machine
	}
	f.File, f.Line = from.name, from.line(f.Key)
	return f
}

// unreadable explains a scenario file that cannot be read.
func unreadable(file string, err error) Fault {
	fault := Fault{File: file, Rule: "cannot be read: " + userfile.Reason(err).Error(), Remedy: "name another file"}
	if !errors.Is(err, fs.ErrNotExist) {
		return fault
	}
	fault.Remedy = "embedded machines: " + joinQuoted(hardware.Machines())
	name := strings.TrimSuffix(filepath.Base(file), ".toml")
	if n := Nearest(name, hardware.Machines()); n != "" {
		fault.Remedy = "did you mean " + quote(n) + ", which is embedded?"
	}
	return fault
}

// relativeTo rewrites a path that is relative to the working directory to one relative to dir; an
// embedded name stays.
func relativeTo(dir, path string) string {
	if !isPath(path) || filepath.IsAbs(path) || dir == "" {
		return path
	}
	if rel, err := filepath.Rel(dir, path); err == nil {
		return rel
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// isPath tells a path from an embedded name.
func isPath(s string) bool {
	return strings.ContainsAny(s, `/\`) || strings.HasSuffix(s, ".toml")
}

package scenario

import (
	"maps"
	"path/filepath"
	"slices"
	"sync"

	"github.com/BurntSushi/toml"

	"vsim/hardware"
	"vsim/profile/userfile"
)

// hardwareKeys are the keys that a hardware file may have, and that a scenario takes from it.
var hardwareKeys = []string{"name", "profile", "cpu", "gpu", "link", "memory", "price"}

// IsMachine tells whether a text is that of a machine with its profile, as vsim profile writes one: it says what there is
// and where the times of it are, and nothing of what is served.
func IsMachine(text []byte) bool {
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil || len(tree) == 0 {
		return false
	}
	for key := range tree {
		if !slices.Contains(hardwareKeys, key) {
			return false
		}
	}
	return has(tree, "cpu.profile") || has(tree, "gpu.profile")
}

// machine is a hardware file with what was wrong with it.
type machine struct {
	document
	once   sync.Once
	faults []Fault
}

// withHardware returns a tree with the keys of the machine that it names underneath its own, and that machine's
// file.
func (src *Source) withHardware(tree map[string]any) (_ map[string]any, _ *document, faults []Fault) {
	name, ok := tree["hardware"].(string)
	if !ok {
		return tree, nil, nil // anything but a text is for the decoder to complain about
	}
	entry, _ := src.machines.LoadOrStore(name, &machine{})
	m := entry.(*machine)
	m.once.Do(func() { m.open(&src.file, name) })
	if m.tree == nil {
		return tree, nil, m.faults
	}
	base := maps.Clone(m.tree)
	delete(base, "name")
	return merge(base, tree), &m.document, m.faults
}

// open reads the machine of a name, as the scenario of that file means it.
func (m *machine) open(file *document, name string) {
	var fault *Fault
	if m.document, fault = openMachine(file, name); fault == nil {
		fault = m.read()
	}
	if fault != nil {
		m.tree, m.faults = nil, []Fault{*fault}
		return
	}
	for _, key := range slices.Sorted(maps.Keys(m.tree)) {
		if !slices.Contains(hardwareKeys, key) {
			m.faults = append(m.faults, Fault{File: m.name, Line: m.line(key), Key: key,
				Rule: "not a key of a hardware file", Remedy: "it may have " + joinQuoted(hardwareKeys)})
			delete(m.tree, key)
		}
	}
	rebaseProfiles(&m.document, file.dir)
}

func openMachine(file *document, name string) (document, *Fault) {
	if !isPath(name) {
		text, ok := hardware.Machine(name)
		if !ok {
			return document{}, &Fault{File: file.name, Line: file.line("hardware"), Key: "hardware", Found: quote(name),
				Rule: "no machine of this name is embedded", Remedy: nearestRemedy(name, hardware.Machines()) + " or give the path of a file"}
		}
		return document{name: name + " (embedded)", text: string(text)}, nil
	}
	path := name
	if !filepath.IsAbs(name) {
		path = filepath.Join(file.dir, name)
	}
	text, err := userfile.Read(path, userfile.MaxConfigBytes)
	if err != nil {
		f := unreadable(path, err)
		f.File, f.Line, f.Key, f.Found = file.name, file.line("hardware"), "hardware", quote(name)
		return document{}, &f
	}
	return document{name: path, dir: filepath.Dir(path), text: string(text)}, nil
}

// rebaseProfiles makes the profile paths of a machine's file relative to dir, the scenario's folder.
func rebaseProfiles(machine *document, dir string) {
	rebase := func(table map[string]any) {
		if p, ok := table["profile"].(string); ok && isPath(p) && !filepath.IsAbs(p) {
			table["profile"] = relativeTo(dir, filepath.Join(machine.dir, p))
		}
	}
	rebase(machine.tree)
	for _, key := range hardwareKeys {
		if table, ok := machine.tree[key].(map[string]any); ok {
			rebase(table)
		}
	}
}

// merge lays the keys of over on top of those of base, table by table.
func merge(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	for key, value := range over {
		below, ok1 := out[key].(map[string]any)
		above, ok2 := value.(map[string]any)
		if ok1 && ok2 {
			value = merge(below, above)
		}
		out[key] = value
	}
	return out
}

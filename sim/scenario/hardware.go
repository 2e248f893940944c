package scenario

import (
	"maps"
	"os"
	"path/filepath"
	"slices"

	"vsim/hardware"
)

// hardwareKeys are the keys that a hardware file may have, and that a scenario takes from it.
var hardwareKeys = []string{"name", "profile", "cpu", "gpu", "link", "memory"}

// withHardware returns the tree of src with the keys of the machine that it names underneath its own,
// and that machine's file.
func withHardware(src source) (tree map[string]any, machine *source, faults []Fault) {
	written, ok := src.tree["hardware"]
	if !ok {
		return src.tree, nil, nil
	}
	name, ok := written.(string)
	if !ok {
		return src.tree, nil, nil // the decoder says so
	}
	machine, fault := openMachine(src, name)
	if fault == nil {
		fault = machine.read()
	}
	if fault != nil {
		return src.tree, nil, []Fault{*fault}
	}
	for _, key := range slices.Sorted(maps.Keys(machine.tree)) {
		if !slices.Contains(hardwareKeys, key) {
			faults = append(faults, Fault{File: machine.name, Line: machine.line(key), Key: key,
				Rule: "not a key of a hardware file", Remedy: "it may have " + joinQuoted(hardwareKeys)})
			delete(machine.tree, key)
		}
	}
	rebaseProfiles(machine, src.dir)
	base := maps.Clone(machine.tree)
	delete(base, "name")
	return merge(base, src.tree), machine, faults
}

func openMachine(src source, name string) (*source, *Fault) {
	if !isPath(name) {
		text, ok := hardware.Machine(name)
		if !ok {
			return nil, &Fault{File: src.name, Line: src.line("hardware"), Key: "hardware", Found: quote(name),
				Rule: "no machine of this name is embedded", Remedy: nearestRemedy(name, hardware.Machines()) + " or give the path of a file"}
		}
		return &source{name: name + " (embedded)", text: string(text), embedded: true}, nil
	}
	path := name
	if !filepath.IsAbs(name) {
		path = filepath.Join(src.dir, name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		f := unreadable(path, err)
		f.File, f.Line, f.Key, f.Found = src.name, src.line("hardware"), "hardware", quote(name)
		return nil, &f
	}
	return &source{name: path, dir: filepath.Dir(path), text: string(text)}, nil
}

// rebaseProfiles makes the profile paths of a machine's file relative to dir, the scenario's folder.
func rebaseProfiles(machine *source, dir string) {
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

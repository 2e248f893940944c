package scenario

import (
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// displaced lists the keys of the file that give way when a key is set on the command line, because they
// cannot stand together: the other way to write images, and traffic of another kind.
func displaced(tree map[string]any, key string) []string {
	switch key {
	case "pipeline.image":
		return []string{"pipeline.images"}
	case "pipeline.images":
		return []string{"pipeline.image"}
	}
	name, ok := strings.CutPrefix(key, "workload.")
	if !ok || !slices.Contains([]string{"concurrency", "rate", "gap", "states", "spans", "file"}, name) {
		return nil
	}
	workload, _ := tree["workload"].(map[string]any)
	written, _ := workload["arrivals"].(string)
	if kind := arrivalKeys[written]; slices.Contains(kind.needs, name) || slices.Contains(kind.may, name) {
		return nil
	}
	out := []string{"workload.arrivals"}
	for _, other := range allArrivalKeys {
		if other != name {
			out = append(out, join("workload", other))
		}
	}
	return out
}

// applySets writes each "key=value" into the tree and returns the keys that it wrote.
func applySets(tree map[string]any, sets []string) (written map[string]string, faults []Fault) {
	written = map[string]string{}
	for _, text := range sets {
		key, value, ok := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			faults = append(faults, Fault{File: "--set", Found: quote(text), Key: text,
				Rule: "must be key=value", Remedy: "for example --set workload.rate=200/s"})
			continue
		}
		for _, loser := range displaced(tree, key) {
			if _, ok := written[loser]; !ok {
				remove(tree, strings.Split(loser, "."))
			}
		}
		path, ok := put(tree, strings.Split(key, "."), parseValue(strings.TrimSpace(value)))
		if !ok {
			faults = append(faults, Fault{File: "--set", Key: key, Rule: "leads through a value that is not a table",
				Remedy: "keys are table.key; list all with vsim simulate --keys"})
			continue
		}
		written[strings.Join(path, ".")] = value
	}
	return written, faults
}

// parseValue reads a value as TOML where it is, else as a text: 200/s and vit-base need no quotes.
func parseValue(text string) any {
	var tree map[string]any
	if _, err := toml.Decode("v = "+text, &tree); err == nil && len(tree) == 1 {
		return tree["v"]
	}
	return text
}

// put sets the value at a path, making tables on the way. A part that meets a list is the number of an
// element or its name; the path that it returns has numbers.
func put(node any, path []string, value any) (resolved []string, ok bool) {
	head, rest := path[0], path[1:]
	if list, isList := asList(node); isList {
		i := element(list, head)
		if i < 0 || len(rest) == 0 {
			return nil, false
		}
		resolved, ok = put(list[i], rest, value)
		return append([]string{strconv.Itoa(i)}, resolved...), ok
	}
	table, isTable := node.(map[string]any)
	if !isTable {
		return nil, false
	}
	if len(rest) == 0 {
		table[head] = value
		return path, true
	}
	if table[head] == nil {
		table[head] = map[string]any{}
	}
	resolved, ok = put(table[head], rest, value)
	return append([]string{head}, resolved...), ok
}

// element finds a list's element by number or by its "name" or "size".
func element(list []any, part string) int {
	if i, err := strconv.Atoi(part); err == nil && i >= 0 && i < len(list) {
		return i
	}
	for i, item := range list {
		if table, ok := item.(map[string]any); ok && (table["name"] == part || table["size"] == part) {
			return i
		}
	}
	return -1
}

// remove deletes the key at a path through tables.
func remove(table map[string]any, path []string) {
	for len(path) > 1 {
		next, ok := table[path[0]].(map[string]any)
		if !ok {
			return
		}
		table, path = next, path[1:]
	}
	delete(table, path[0])
}

// has says whether a key was written in a tree.
func has(tree map[string]any, key string) bool {
	var node any = tree
	for _, part := range strings.Split(key, ".") {
		if list, ok := asList(node); ok {
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(list) {
				return false
			}
			node = list[i]
			continue
		}
		table, ok := node.(map[string]any)
		if !ok {
			return false
		}
		if node, ok = table[part]; !ok {
			return false
		}
	}
	return true
}

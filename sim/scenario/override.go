package scenario

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"vsim/profile/userfile"
)

// Override gives a key of a scenario another value than its file: Override{"workload.rate", Rate(200)}. Lists are
// passed by the number, name or size of an element: "stage.gpu.workers".
//
// Value is a text, a bool, a number, a quantity (Duration, Rate, Bytes, ..., or time.Duration), a table of the
// schema (Distribution, Image, Span, ...), a map[string]any, a slice of such, or a pointer to one; nil takes the
// key away. A text may hold what it holds in a file: "200/s".
type Override struct {
	Key   string
	Value any

	by string // what named it, for errors; "" for a program
}

// ParseOverride reads "key=value" as on a command line. The error is an *InputError.
func ParseOverride(text string) (Override, error) {
	key, value, ok := strings.Cut(text, "=")
	key = strings.TrimSpace(key)
	if !ok || key == "" {
		return Override{}, &InputError{Faults: []Fault{{File: "--set", Found: quote(text), Key: text,
			Rule: "must be key=value", Remedy: "for example --set workload.rate=200/s"}}}
	}
	if slices.Contains(strings.Split(key, "."), "") {
		return Override{}, &InputError{Faults: []Fault{{File: "--set", Found: quote(text), Key: quote(key),
			Rule: "a part of the key is empty", Remedy: "keys are table.key; list all with vsim simulate --keys"}}}
	}
	if err := userfile.CheckNesting([]byte(text)); err != nil {
		_, rule, _ := strings.Cut(err.Error(), ": ")
		return Override{}, &InputError{Faults: []Fault{{File: "--set", Key: key, Rule: rule}}}
	}
	return Override{Key: key, Value: parseValue(strings.TrimSpace(value)), by: "--set"}, nil
}

// With is Scenario with what a command line adds, and then the overrides.
func (src *Source) With(opt Options, overrides ...Override) (*Scenario, error) {
	all, err := opt.overrides(src.file.dir)
	s, more := src.Scenario(append(all, overrides...)...)
	if err != nil && more != nil {
		err.Faults = append(err.Faults, more.(*InputError).Faults...)
	}
	if err != nil {
		return nil, err
	}
	return s, more
}

// overrides reads the options; dir is the folder of the scenario's file.
func (o Options) overrides(dir string) (out []Override, bad *InputError) {
	for _, text := range o.Set {
		override, err := ParseOverride(text)
		if err == nil {
			out = append(out, override)
			continue
		}
		if bad == nil {
			bad = &InputError{}
		}
		bad.Faults = append(bad.Faults, err.(*InputError).Faults...)
	}
	if o.Profile != "" {
		out = append(out, Override{Key: "profile", Value: relativeTo(dir, o.Profile), by: "--profile"})
	}
	return out, bad
}

// displaced lists the keys of the file that give way when a key is set from outside, because they cannot stand
// together: the other way to write images, arrivals of another kind, and what Redis does not take of Kafka.
func displaced(tree map[string]any, key string, value any) []string {
	switch key {
	case "pipeline.image":
		return []string{"pipeline.images"}
	case "pipeline.images":
		return []string{"pipeline.image"}
	}
	if at, ok := strings.CutSuffix(key, ".type"); ok && strings.HasPrefix(key, "broker.") {
		return displacedBroker(at, value)
	}
	if name, ok := strings.CutPrefix(key, "workload."); ok {
		workload, _ := tree["workload"].(map[string]any)
		return displacedArrivals(workload, name, value)
	}
	return nil
}

// apply writes the overrides into the tree and returns the keys that it wrote, with what named each.
func apply(tree map[string]any, overrides []Override) (written map[string]string, faults []Fault) {
	written = map[string]string{}
	for _, o := range overrides {
		by := choose(o.by != "", o.by, "override")
		value, err := node(reflect.ValueOf(o.Value))
		if err != nil {
			faults = append(faults, Fault{File: by, Key: o.Key, Rule: err.Error()})
			continue
		}
		for _, loser := range displaced(tree, o.Key, value) {
			if _, ok := written[loser]; !ok {
				remove(tree, strings.Split(loser, "."))
			}
		}
		if value == nil {
			remove(tree, strings.Split(o.Key, "."))
			continue
		}
		path, ok := put(tree, strings.Split(o.Key, "."), value)
		if !ok {
			faults = append(faults, misled(by, o.Key, tree))
			continue
		}
		written[strings.Join(path, ".")] = by
	}
	return written, faults
}

// misled says why there is nothing in the tree that a key leads to.
func misled(by, key string, tree any) Fault {
	path := strings.Split(key, ".")
	for i, part := range path {
		if list, isList := asList(tree); isList {
			at := element(list, part)
			if names := namesIn(list); at < 0 && len(names) > 0 {
				return Fault{File: by, Key: key, Rule: fmt.Sprintf("no %s is named %s", strings.Join(path[:i], "."), quote(part)), Remedy: nearestRemedy(part, names)}
			}
			if at < 0 {
				break
			}
			tree = list[at]
			continue
		}
		table, isTable := tree.(map[string]any)
		if !isTable {
			break
		}
		tree = table[part]
	}
	return Fault{File: by, Key: key, Rule: "leads through a value that is not a table", Remedy: "keys are table.key; list all with vsim simulate --keys"}
}

// namesIn are the names of a list's elements.
func namesIn(list []any) (names []string) {
	for _, item := range list {
		if table, ok := item.(map[string]any); ok {
			if name, ok := table["name"].(string); ok {
				names = append(names, name)
			}
		}
	}
	return names
}

// node writes a value as the node of a tree of keys.
func node(x reflect.Value) (any, error) {
	if !x.IsValid() {
		return nil, nil
	}
	if span, ok := x.Interface().(time.Duration); ok {
		x = reflect.ValueOf(Duration(span))
	}
	if x.Kind() == reflect.Pointer || x.Kind() == reflect.Interface {
		return node(x.Elem()) // nil has no element, which is not valid
	}
	if m, ok := x.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		return string(text), err
	}
	switch x.Kind() {
	case reflect.String:
		return x.String(), nil
	case reflect.Bool:
		return x.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return x.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return int64(x.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return x.Float(), nil
	case reflect.Slice:
		list := make([]any, x.Len())
		for i := range list {
			var err error
			if list[i], err = node(x.Index(i)); err != nil {
				return nil, err
			}
		}
		return list, nil
	case reflect.Map:
		return mapNode(x)
	case reflect.Struct:
		return structNode(x)
	}
	return nil, fmt.Errorf("a value of type %s has no form in a scenario", x.Type())
}

func mapNode(x reflect.Value) (any, error) {
	table := map[string]any{}
	for _, key := range x.MapKeys() {
		value, err := node(x.MapIndex(key))
		if err != nil || key.Kind() != reflect.String {
			return nil, fmt.Errorf("a value of type %s has no form in a scenario", x.Type())
		}
		table[key.String()] = value
	}
	return table, nil
}

// structNode writes a table of the schema, without the keys that its print leaves out.
func structNode(x reflect.Value) (any, error) {
	table := map[string]any{}
	for _, f := range fieldsOf(x.Type()) {
		below := x.FieldByIndex(f.index)
		if left(below, f) && !takesZero(x, f.name) {
			continue
		}
		value, err := node(below)
		if err != nil {
			return nil, err
		}
		table[f.name] = value
	}
	if len(fieldsOf(x.Type())) == 0 {
		return nil, fmt.Errorf("a value of type %s has no form in a scenario", x.Type())
	}
	return table, nil
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

// remove deletes the key at a path through tables and lists of them.
func remove(node any, path []string) {
	if list, isList := asList(node); isList {
		if i := element(list, path[0]); i >= 0 && len(path) > 1 {
			remove(list[i], path[1:])
		}
		return
	}
	table, isTable := node.(map[string]any)
	switch {
	case !isTable:
	case len(path) == 1:
		delete(table, path[0])
	default:
		remove(table[path[0]], path[1:])
	}
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

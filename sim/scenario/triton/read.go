package triton

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/protocolbuffers/txtpbfmt/ast"

	"vsim/sim/scenario"
)

// place is where a message stands in its file: its path of field names, and the lines of its fields.
// Messages about which something can be wrong embed it.
type place struct {
	file  string
	path  string
	line  int
	lines map[string]int
}

func (p *place) locate(at place) { *p = at }

// fault is a fault of a field of the message; found is nil where no value can be shown. A field that does not stand
// there has the line of its message, and none where that is the whole file.
func (p *place) fault(field string, found any, rule, remedy string) scenario.Fault {
	f := scenario.Fault{File: p.file, Line: p.line, Key: short(join(p.path, field)), Rule: rule, Remedy: remedy}
	if line, ok := p.lines[field]; ok {
		f.Line = line
	} else if p.path == "" {
		f.Line = 0
	}
	if found != nil {
		f.Found = short(fmt.Sprint(found))
	}
	return f
}

// reader fills messages from a tree by the tags of their structs and collects all that is wrong.
type reader struct {
	file     string
	tree     *tree
	faults   []scenario.Fault
	warnings []scenario.Fault // of fields that change timing but are not simulated
}

// maxFaults is how many faults of a file are told.
const maxFaults = 20

// read reads a model configuration from its text.
func read(file string, text []byte) (*modelConfig, []scenario.Fault, []scenario.Fault) {
	tree, fault := parseText(file, text)
	if fault != nil {
		return nil, []scenario.Fault{*fault}, nil
	}
	c := &modelConfig{}
	r := reader{file: file, tree: tree}
	r.message(tree.fields, reflect.ValueOf(c).Elem(), place{file: file, line: 1})
	if len(r.faults) >= maxFaults {
		r.faults = append(r.faults, scenario.Fault{File: file, Line: r.faults[len(r.faults)-1].Line, Rule: fmt.Sprintf("is not read on after %d faults", maxFaults)})
	}
	return c, r.faults, r.warnings
}

func (r *reader) fault(at place, format string, args ...any) {
	rule, remedy, _ := strings.Cut(fmt.Sprintf(format, args...), "; ")
	r.faults = append(r.faults, scenario.Fault{File: r.file, Line: at.line, Key: short(at.path), Rule: rule, Remedy: remedy})
}

// message reads the fields of a message into a struct.
func (r *reader) message(nodes []*ast.Node, v reflect.Value, at place) {
	at.lines = map[string]int{}
	setEnums(v)
	names, fields := fieldsOf(v.Type())
	for _, n := range nodes {
		if isBlank(n) {
			continue
		}
		if len(r.faults) >= maxFaults {
			break
		}
		line := r.tree.lineOf(n)
		below := place{file: r.file, path: join(at.path, n.Name), line: line}
		i := slices.Index(names, n.Name)
		if i < 0 {
			r.unknown(below, n.Name, names)
			continue
		}
		x := v.FieldByIndex(fields[i].Index)
		_, twice := at.lines[n.Name]
		if repeated := x.Kind() == reflect.Slice || x.Kind() == reflect.Map; twice && !repeated {
			r.fault(below, "stands twice, first on line %d; keep one of them", at.lines[n.Name])
			continue
		}
		if !twice {
			at.lines[n.Name] = line
		}
		r.field(n, x, fields[i].Tag, below)
	}
	if m, ok := v.Addr().Interface().(interface{ locate(place) }); ok {
		m.locate(at)
	}
}

func (r *reader) unknown(at place, name string, names []string) {
	owners := ownersOf(name)
	switch near := scenario.Nearest(name, names); {
	case near == "" && len(owners) > 0 && at.path == name:
		r.fault(at, "belongs into %s { }, not at the top level; move it there", strings.Join(owners, " { } or "))
	case near != "":
		r.fault(at, "no field of Triton's model configuration; did you mean %q?", near)
	case name == "":
		r.fault(at, "a value without the name of a field")
	default:
		r.fault(at, "no field of Triton's model configuration; fields here: %s", strings.Join(names, ", "))
	}
}

// ownersOf lists the messages at the top level that have a field of a name.
func ownersOf(name string) (owners []string) {
	fields, types := fieldsOf(reflect.TypeFor[modelConfig]())
	for i, f := range types {
		t := f.Type
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			continue
		}
		if below, _ := fieldsOf(t); slices.Contains(below, name) {
			owners = append(owners, fields[i])
		}
	}
	return owners
}

// isBlank tells blanks, for which the parser has nodes, from fields.
func isBlank(n *ast.Node) bool {
	return n.Name == "" && n.Children == nil && len(n.Values) == 0 && n.Raw == ""
}

// field reads one field into x and warns if it is not simulated.
func (r *reader) field(n *ast.Node, x reflect.Value, tag reflect.StructTag, at place) {
	faults := len(r.faults)
	switch x.Kind() {
	case reflect.Slice:
		r.repeated(n, x, tag, at)
	case reflect.Map:
		r.entries(n, x, at)
	default:
		r.value(n, x, tag, at)
	}
	if why := tag.Get("left"); why != "" && len(r.faults) == faults && isSet(x, tag) {
		f := scenario.Fault{File: r.file, Line: at.line, Key: at.path, Rule: "left out", Remedy: why}
		if scalar := n.Children == nil && len(n.Values) == 1; scalar {
			f.Found = short(n.Values[0].Value)
		}
		r.warnings = append(r.warnings, f)
	}
}

// isSet tells a value from a field's default.
func isSet(x reflect.Value, tag reflect.StructTag) bool {
	first, _, isEnum := strings.Cut(tag.Get("enum"), "|")
	return !x.IsZero() && !(isEnum && x.String() == first)
}

// repeated adds a field's value, or those of its list, to a slice.
func (r *reader) repeated(n *ast.Node, x reflect.Value, tag reflect.StructTag, at place) {
	for _, item := range items(n) {
		below := at
		below.path = fmt.Sprintf("%s.%d", at.path, x.Len())
		if below.line = at.line; item != n && item.Children != nil {
			below.line = r.tree.lineOf(item)
		}
		x.Set(reflect.Append(x, reflect.Zero(x.Type().Elem())))
		r.value(item, x.Index(x.Len()-1), tag, below)
	}
}

// items takes a list apart: field: [a, b] is short for field: a field: b.
func items(n *ast.Node) (out []*ast.Node) {
	switch {
	case n.ChildrenAsList:
		for _, c := range n.Children {
			if !isBlank(c) {
				out = append(out, c)
			}
		}
	case n.ValuesAsList:
		for _, v := range n.Values {
			out = append(out, &ast.Node{Start: n.Start, Values: []*ast.Value{v}})
		}
	default:
		out = []*ast.Node{n}
	}
	return out
}

// entries adds a map's entries, messages of a key and a value. A later one replaces an earlier one, as
// in protobuf.
func (r *reader) entries(n *ast.Node, x reflect.Value, at place) {
	entry := reflect.StructOf([]reflect.StructField{
		{Name: "Key", Type: x.Type().Key(), Tag: `pb:"key"`},
		{Name: "Value", Type: x.Type().Elem(), Tag: `pb:"value"`},
	})
	if x.IsNil() {
		x.Set(reflect.MakeMap(x.Type()))
	}
	for _, item := range items(n) {
		e := reflect.New(entry).Elem()
		if item != n {
			at.line = r.tree.lineOf(item)
		}
		r.value(item, e, "", at)
		x.SetMapIndex(e.Field(0), e.Field(1))
	}
}

// value reads a single value.
func (r *reader) value(n *ast.Node, x reflect.Value, tag reflect.StructTag, at place) {
	if x.Kind() == reflect.Pointer {
		x.Set(reflect.New(x.Type().Elem()))
		x = x.Elem()
	}
	isMessage := n.Children != nil && !n.ChildrenAsList
	switch {
	case x.Kind() == reflect.Struct && !isMessage:
		r.fault(at, "must be a message in { }")
	case x.Kind() == reflect.Struct:
		r.message(n.Children, x, at)
	case isMessage || n.ChildrenAsList || n.ValuesAsList || len(n.Values) == 0:
		r.fault(at, "must be a single value, not a message or list")
	case n.Name != "" && n.SkipColon:
		r.fault(at, "has no colon before its value; write %s: %s", n.Name, short(n.Values[0].Value))
	default:
		if err := scalar(n, x, tag); err != nil {
			rule, remedy, _ := strings.Cut(err.Error(), "; ")
			r.faults = append(r.faults, scenario.Fault{File: r.file, Line: at.line, Key: at.path, Found: short(n.Values[0].Value), Rule: rule, Remedy: remedy})
		}
	}
}

// short cuts a value, as found, to a length that fits on a line.
func short(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:197], "") + "..."
	}
	return s
}

// fieldsOf lists the fields of a message and their names.
func fieldsOf(t reflect.Type) (names []string, fields []reflect.StructField) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("pb") != "" {
			names, fields = append(names, f.Tag.Get("pb")), append(fields, f)
		}
	}
	return names, fields
}

// setEnums gives the enumerations of a message their default, the name with the number 0.
func setEnums(v reflect.Value) {
	_, fields := fieldsOf(v.Type())
	for _, f := range fields {
		if first, _, _ := strings.Cut(f.Tag.Get("enum"), "|"); first != "" {
			v.FieldByIndex(f.Index).SetString(first)
		}
	}
}

func join(path, name string) string {
	switch {
	case path == "":
		return name
	case name == "":
		return path
	}
	return path + "." + name
}

// quote writes a text in quotes, as found.
func quote(s string) string { return strconv.Quote(short(s)) }

package scenario

import (
	_ "embed"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
)

// annotated is a scenario with a comment at every key, on top of the reference.
//
//go:embed annotated.toml
var annotated string

// fallbackOf says what holds when the key is not written.
func (k *key) fallbackOf() string {
	switch {
	case k.needed == "yes":
		return "**needed**"
	case k.needed != "":
		return "**needed " + k.needed + "**"
	case k.fallback != "":
		return k.fallback
	}
	return "left out"
}

// WriteKeys lists every key of the language with its kind, limits, default, meaning and an example.
func WriteKeys(w io.Writer) error {
	var b strings.Builder
	b.WriteString("Units, in quotes behind the number:\n")
	for _, q := range quantities {
		fmt.Fprintf(&b, "  %-22s %s\n", q.name, unitNames(q.sample))
	}
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n%s: %s\n", s.title, s.about)
		for _, k := range s.keys {
			fmt.Fprintf(&b, "  %-22s %s: %s", k.name, k.kind, k.doc)
			if len(k.choices) > 0 {
				fmt.Fprintf(&b, "; one of %s", strings.Join(k.choices, ", "))
			}
			notes := []string{"default: " + k.fallback, k.limits}
			if k.fallback == "" {
				notes[0] = strings.ReplaceAll(k.fallbackOf(), "*", "")
			}
			if notes[1] == "" {
				notes = notes[:1]
			}
			fmt.Fprintf(&b, " (%s)\n  %-22s   %s = %s\n", strings.Join(notes, "; "), "", k.name, k.example)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteReference writes the same as a page of Markdown for people who look things up, with a scenario to begin
// with and a matrix of the keys that each kind of arrivals, distribution and count takes.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString(referenceHead)
	fmt.Fprintf(&b, "\n```toml\n%s```\n", annotated)
	b.WriteString("\n## Units\n\nA number with a unit stands in quotes, with or without a blank between them: `\"2.5ms\"`, `\"2.5 ms\"`.\n\n| kind | units | limits |\n|---|---|---|\n")
	for _, q := range quantities {
		fmt.Fprintf(&b, "| %s | `%s` | %s |\n", q.name, strings.ReplaceAll(unitNames(q.sample), ", ", "` `"), q.note)
	}
	arrivals, distributions, counts := arrivalMatrix(), distributionMatrix(), countMatrix()
	arrivals.write(&b, "Arrivals", "Which keys of [workload] each kind of arrivals takes")
	distributions.write(&b, "Distributions", "Which keys each family of distributions takes")
	counts.write(&b, "Counts", "Which keys each family of counts takes")
	for _, s := range sections() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | kind | limits | default | meaning | example |\n|---|---|---|---|---|---|\n", s.title, s.about)
		for _, k := range s.keys {
			doc := k.doc
			if len(k.choices) > 0 {
				doc += "; one of `" + strings.Join(k.choices, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | `%s` |\n", k.name, k.kind, k.limits, k.fallbackOf(), doc, k.name+" = "+k.example)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// matrix says which keys each kind of something takes.
type matrix struct {
	keys  []string
	kinds []matrixRow
}

type matrixRow struct {
	name       string
	needs, may []string
}

// newMatrix has a column for every key that some kind takes, in the order of the schema.
func newMatrix(t reflect.Type, rows []matrixRow) (m matrix) {
	for _, f := range fieldsOf(t) {
		if slices.ContainsFunc(rows, func(r matrixRow) bool { return slices.Contains(r.needs, f.name) || slices.Contains(r.may, f.name) }) {
			m.keys = append(m.keys, f.name)
		}
	}
	m.kinds = rows
	return m
}

func (m *matrix) write(b *strings.Builder, title, about string) {
	fmt.Fprintf(b, "\n## %s\n\n%s: ● needed, ○ if wanted.\n\n| |", title, about)
	for _, k := range m.keys {
		fmt.Fprintf(b, " `%s` |", k)
	}
	fmt.Fprintf(b, "\n|---|%s\n", strings.Repeat("---|", len(m.keys)))
	for _, r := range m.kinds {
		fmt.Fprintf(b, "| `%s` |", r.name)
		for _, k := range m.keys {
			switch {
			case slices.Contains(r.needs, k):
				b.WriteString(" ● |")
			case slices.Contains(r.may, k):
				b.WriteString(" ○ |")
			default:
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
}

// enumOf lists the choices of a key of a struct.
func enumOf(t reflect.Type, name string) []string {
	for _, f := range fieldsOf(t) {
		if f.name == name {
			return strings.Split(f.tag.Get("enum"), "|")
		}
	}
	return nil
}

func arrivalMatrix() matrix {
	t := reflect.TypeFor[Workload]()
	var rows []matrixRow
	for _, k := range arrivalKinds {
		rows = append(rows, matrixRow{k.name, k.needs, k.may})
	}
	return newMatrix(t, rows)
}

func distributionMatrix() matrix {
	t := reflect.TypeFor[Distribution]()
	var rows []matrixRow
	for _, name := range enumOf(t, "dist") {
		rows = append(rows, matrixRow{name, families[name].needs, families[name].may})
	}
	return newMatrix(t, rows)
}

func countMatrix() matrix {
	t := reflect.TypeFor[Count]()
	var rows []matrixRow
	for _, name := range enumOf(t, "dist") {
		rows = append(rows, matrixRow{name: name, needs: countKeys[name]})
	}
	return newMatrix(t, rows)
}

const referenceHead = `# The scenario language

Made from the schema by ` + "`go test ./sim/scenario -run Reference -update`" + `; do not edit. A file is TOML. It
has hardware tables (or names a machine), a pipeline - a preset's tables, or ` + "`[[stage]]`" + ` tables - and a
workload. Every key has a default, or says that it is needed, or may be left out: then nothing of the kind is there.

Limits on all files: a scenario, machine or profile has at most 4 MiB, recorded arrivals 256 MiB, all of them regular
files; arrays, tables and dotted keys lie at most 64 deep in each other; there are at most 250 stages, and a list
has at most 1000 other tables (outages, classes, spans ...) or 100,000 numbers or names; a text has at most 1024 bytes and no control
characters, nor those that end a line or turn the direction of writing.

A scenario to begin with:
`

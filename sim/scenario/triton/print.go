package triton

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"vsim/sim/scenario"
)

// printed is a scenario's parts with their notes.
type printed struct {
	name      string
	head      []string // comments before everything
	classes   []scenario.Class
	classNote string
	resources []noted
	stages    []notedStage
	clients   int
	spread    float64
}

// toml writes the scenario as the language prints it, with the notes as comments, and the workload.
func (p *printed) toml() []byte {
	s := scenario.Scenario{Name: p.name, Classes: p.classes}
	var notes []annotation
	for i := range p.classes {
		note := ""
		if i == 0 {
			note = p.classNote
		}
		notes = append(notes, annotation{head: []string{note}})
	}
	for _, r := range p.resources {
		s.Resources = append(s.Resources, r.Resource)
		notes = append(notes, annotation{keys: r.keys})
	}
	for _, st := range p.stages {
		s.Stages = append(s.Stages, st.Stage)
		notes = append(notes, annotation{head: st.head, keys: st.keys})
	}
	text, _, _ := strings.Cut(string(s.TOML()), "\n[workload]\n") // no default is filled in there
	var b strings.Builder
	for _, line := range p.head {
		comment(&b, line)
	}
	annotate(&b, text, notes)
	fmt.Fprintf(&b, "\n[workload]\nconcurrency = %d  # a configuration does not say how requests come: 64 clients a GPU, else 4 a core\n", p.clients)
	if p.spread > 0 {
		fmt.Fprintf(&b, "\n[scaling]\nspread = %v  # assumed of times of which only the mean is known: --times, and published ones without percentiles; 0 is none\n", p.spread)
	}
	return []byte(b.String())
}

// annotation is the comments of one table: lines before it, and one behind some of its keys.
type annotation struct {
	head []string
	keys map[string]string
}

// annotate copies TOML text with the annotations of its tables, in their order.
func annotate(b *strings.Builder, text string, notes []annotation) {
	var in annotation
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "[[") {
			in, notes = notes[0], notes[1:]
			for _, head := range in.head {
				comment(b, head)
			}
		}
		b.WriteString(line)
		if key, _, ok := strings.Cut(line, " = "); ok && in.keys[key] != "" {
			b.WriteString("  # " + printable(in.keys[key]))
		}
		b.WriteByte('\n')
	}
}

func comment(b *strings.Builder, line string) {
	if line != "" {
		b.WriteString("# " + printable(line) + "\n")
	}
}

// printable takes out of a comment what TOML does not allow in one, and what could steer a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

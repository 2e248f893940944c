package scenario

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fault is one thing that is wrong with an input: where it stands, what was found, the rule that it
// breaks and what to do. It prints on one line.
type Fault struct {
	File   string // the file, or "--set"
	Line   int    // 0 where it is not known
	Key    string // "batcher.max_batch"; empty for the file as a whole
	Found  string // the value as written; empty for a key that is missing or unknown
	Rule   string // what must hold
	Remedy string // what to do; may be empty
	Set    string // "key=value", which on a command line would do it; may be empty
}

// String gives "file:line: key = found: rule; remedy".
func (f Fault) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteString(": ")
	if f.Key != "" {
		b.WriteString(cut(f.Key, 200))
		if f.Found != "" {
			b.WriteString(" = " + f.Found)
		}
		b.WriteString(": ")
	}
	b.WriteString(f.Rule)
	if f.Remedy != "" {
		b.WriteString("; " + f.Remedy)
	}
	return printable(b.String())
}

// printable writes a text so that it takes one line and cannot steer a terminal: control characters, also those of
// Unicode that turn the direction of writing, and bytes that are no UTF-8 become blanks or question marks.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == utf8.RuneError:
			return '?'
		}
		return r
	}, s)
}

// cut shortens a text to so many bytes, for messages.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + fmt.Sprintf("... (%d bytes)", len(text))
}

// InputError is an input that cannot be used, with all that is wrong with it.
type InputError struct{ Faults []Fault }

// Error gives one line a fault.
func (e *InputError) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Set lists the "key=value" of all faults.
func (e *InputError) Set() (out []string) {
	for _, f := range e.Faults {
		if f.Set != "" {
			out = append(out, f.Set)
		}
	}
	return out
}

// ExitCode is 2: the input was wrong.
func (e *InputError) ExitCode() int { return 2 }

// BadInput is an InputError with a single fault that concerns a whole file or argument.
func BadInput(file, format string, args ...any) *InputError {
	return &InputError{Faults: []Fault{{File: file, Rule: fmt.Sprintf(format, args...)}}}
}

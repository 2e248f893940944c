package scenario

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong with an input: where it stands, what was found, the rule that it
// breaks and what to do. It prints on one line; a terminal's control characters in it are left to whoever prints it.
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
	return oneLine.Replace(b.String())
}

// oneLine takes the ends of lines out of a text, so that a fault stays one line of those that an InputError has.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

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

package triton

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/protocolbuffers/txtpbfmt/ast"
	"github.com/protocolbuffers/txtpbfmt/parser"

	"vsim/sim/scenario"
)

const (
	maxTextBytes = 1 << 20 // of one file; the largest configurations have some kB
	maxDepth     = 32      // of messages inside messages; ModelConfig's own have 6 at most
)

// tree is a parsed text: its fields, and the text without comments, of which a field's position is one.
type tree struct {
	fields []*ast.Node
	text   []byte
	ends   []int // of lines, ascending
}

// parseText reads text in protobuf's text format into a tree
// (https://protobuf.dev/reference/protobuf/textformat-spec). The parser is a formatter's and lets much
// pass: what it would read in another way than protobuf, or obey as an order in a comment, is taken out
// or refused before.
func parseText(file string, text []byte) (*tree, *scenario.Fault) {
	bare, fault := withoutComments(bytes.TrimPrefix(text, []byte("\ufeff"))) // the byte order mark that some editors write
	if fault == nil {
		fields, err := parser.Parse(bytes.Clone(bare))
		if err == nil {
			return newTree(fields, bare), nil
		}
		fault = parserFault(err)
	}
	fault.File = file
	return nil, fault
}

// errorLine is where the parser's error says that it stopped.
var errorLine = regexp.MustCompile(`Line:(\d+)`)

// parserFault shortens the parser's error to a line.
func parserFault(err error) *scenario.Fault {
	rule, _, _ := strings.Cut(err.Error(), " at index")
	f := &scenario.Fault{Rule: "not in protobuf's text format: " + strings.ToValidUTF8(rule, "?")}
	if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
		fmt.Sscan(m[1], &f.Line)
	}
	return f
}

// lineOf is the line on which a field's name stands. (The parser's position of a field is where the one
// before it ends.)
func (t *tree) lineOf(n *ast.Node) int {
	at := min(int(n.Start.Byte), len(t.text))
	for at < len(t.text) && strings.IndexByte(" \t\r\n,;", t.text[at]) >= 0 {
		at++
	}
	line, _ := slices.BinarySearch(t.ends, at)
	return 1 + line
}

func newTree(fields []*ast.Node, text []byte) *tree {
	t := &tree{fields: fields, text: text}
	for i, c := range text {
		if c == '\n' {
			t.ends = append(t.ends, i)
		}
	}
	return t
}

// scan walks over a text and knows whether it is in a string.
type scan struct {
	text  []byte
	line  int
	open  []bracket // that are not yet closed
	fault *scenario.Fault
}

type bracket struct {
	char byte
	line int
}

// withoutComments gives the text with blanks for comments and curly brackets for angle ones, after a check
// of its brackets and strings.
func withoutComments(text []byte) ([]byte, *scenario.Fault) {
	switch {
	case len(text) > maxTextBytes:
		return nil, &scenario.Fault{Rule: fmt.Sprintf("is longer than %d bytes", maxTextBytes), Remedy: "is it a model configuration?"}
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return nil, &scenario.Fault{Rule: "is not UTF-8 text", Remedy: "is it a model configuration in protobuf's text format?"}
	}
	s := scan{text: bytes.Clone(text), line: 1}
	for i := 0; i < len(s.text) && s.fault == nil; i++ {
		i = s.at(i)
	}
	if s.fault == nil && len(s.open) > 0 {
		last := s.open[len(s.open)-1]
		s.line = last.line
		s.fail("%q is never closed", string(last.char))
	}
	return s.text, s.fault
}

func (s *scan) fail(format string, args ...any) {
	s.fault = &scenario.Fault{Line: s.line, Rule: "not in protobuf's text format: " + fmt.Sprintf(format, args...)}
}

// at looks at the character at i and returns the index of the last one that belongs to it.
func (s *scan) at(i int) int {
	switch c := s.text[i]; c {
	case '\n':
		s.line++
	case '#':
		return s.comment(i)
	case '"', '\'':
		return s.quoted(i)
	case '{', '<', '[':
		if s.open = append(s.open, bracket{c, s.line}); len(s.open) > maxDepth {
			s.fail("more than %d brackets inside each other", maxDepth)
		}
		s.text[i] = curly(c)
	case '}', '>', ']':
		s.close(c)
		s.text[i] = curly(c)
	default:
		if c < ' ' && c != '\t' && c != '\r' || strings.IndexByte("%$!@&*()=|\\`?^~/", c) >= 0 {
			s.fail("%q outside of a string", string(c))
		}
	}
	return i
}

// comment blanks out what is left of a line.
func (s *scan) comment(i int) int {
	for ; i < len(s.text) && s.text[i] != '\n'; i++ {
		s.text[i] = ' '
	}
	return i - 1
}

// quoted passes over a string.
func (s *scan) quoted(begin int) int {
	for i := begin + 1; i < len(s.text) && s.text[i] != '\n'; i++ {
		switch s.text[i] {
		case '\\':
			i++
		case s.text[begin]:
			return i
		}
	}
	s.fail("a string does not end on its line")
	return begin
}

// curly writes angle brackets, which mean the same, as the parser knows them everywhere.
func curly(c byte) byte {
	switch c {
	case '<':
		return '{'
	case '>':
		return '}'
	}
	return c
}

var closes = map[byte]byte{'}': '{', '>': '<', ']': '['}

func (s *scan) close(c byte) {
	if len(s.open) == 0 {
		s.fail("%q closes nothing", string(c))
		return
	}
	last := s.open[len(s.open)-1]
	if s.open = s.open[:len(s.open)-1]; last.char != closes[c] {
		s.fail("%q closes the %q of line %d", string(c), string(last.char), last.line)
	}
}

package userfile

import (
	"bytes"
	"cmp"
	"strconv"
	"strings"
)

// Lines returns a function that says on which line of a TOML text a key stands, "service.2.batch" of the third table of an
// array, or else the nearest key around it; 0 where there is none. (The TOML library keeps no positions of valid keys, and of tables of
// an array it knows the last.) The text must have passed CheckNesting; what is no TOML is skipped to the end of its line.
func Lines(text []byte) func(key string) int {
	s := lineScanner{text: text, line: 1, lines: map[string]int{}, implied: map[string]int{}, tables: map[string]int{}}
	s.file()
	return s.find
}

// lineScanner reads a TOML text for the lines of its keys alone.
type lineScanner struct {
	text    []byte
	at      int // the next byte
	line    int // on which that stands
	lines   map[string]int
	implied map[string]int // of tables that have no header of their own: where one below them stands
	tables  map[string]int // of an array that [[headers]] make, so far
}

func (s *lineScanner) find(key string) int {
	for key != "" {
		if line := cmp.Or(s.lines[key], s.implied[key]); line > 0 {
			return line
		}
		key = key[:max(strings.LastIndexByte(key, '.'), 0)]
	}
	return 0
}

func (s *lineScanner) file() {
	table := ""
	for s.skipBlank(); s.at < len(s.text); s.skipBlank() {
		if s.peek() == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
		s.skipUntil("\n")
	}
}

// header reads [a.b] or [[a.b]] and returns the key of that table: of an array the last table is meant.
func (s *lineScanner) header() (table string) {
	s.at++
	isArray := s.peek() == '['
	if isArray {
		s.at++
	}
	parts := s.key()
	for i, part := range parts {
		table = join(table, part)
		last := i == len(parts)-1
		switch {
		case last && isArray:
			s.note(table)
			s.tables[table]++
		case !last:
			s.implied[table] = cmp.Or(s.implied[table], s.line)
		}
		if n := s.tables[table]; n > 0 {
			table = join(table, strconv.Itoa(n-1))
		}
	}
	s.note(table)
	return table
}

// pair reads key = value.
func (s *lineScanner) pair(table string) {
	path := table
	for _, part := range s.key() {
		path = join(path, part)
		s.note(path)
	}
	if s.peek() == '=' {
		s.at++
		s.skip(" \t")
		s.value(path)
	}
}

func (s *lineScanner) value(path string) {
	switch s.peek() {
	case '[':
		s.items(']', func(i int) {
			item := join(path, strconv.Itoa(i))
			if s.line != s.find(path) { // what is not noted is found with the list
				s.note(item)
			}
			s.value(item)
		})
	case '{':
		s.items('}', func(int) { s.pair(path) })
	case '"', '\'':
		s.skipString()
	default:
		s.skipUntil(",]}#\n")
	}
}

// items reads what stands between brackets, with commas between.
func (s *lineScanner) items(end byte, item func(i int)) {
	s.at++
	for i := 0; ; i++ {
		if s.skipBlank(); s.at == len(s.text) {
			return
		}
		if s.peek() != end {
			item(i)
			s.skipBlank()
		}
		switch s.peek() {
		case ',':
			s.at++
		case end:
			s.at++
			return
		default:
			return
		}
	}
}

// key reads the parts of a dotted key, without quotes and escapes, and the blanks after it.
func (s *lineScanner) key() (parts []string) {
	for {
		s.skip(" \t")
		start := s.at
		if c := s.peek(); c == '"' || c == '\'' {
			s.skipString()
		} else {
			s.skipUntil(" \t.=[]{},\"'#\r\n")
		}
		if s.at == start {
			return parts
		}
		parts = append(parts, bare(string(s.text[start:s.at])))
		if s.skip(" \t"); s.peek() != '.' {
			return parts
		}
		s.at++
	}
}

// bare is a part of a key without quotes and escapes.
func bare(part string) string {
	if text, err := strconv.Unquote(part); err == nil && part[0] == '"' {
		return text
	}
	return strings.Trim(part, `"'`)
}

// note keeps the first line of a key.
func (s *lineScanner) note(key string) {
	if _, ok := s.lines[key]; !ok && key != "" {
		s.lines[key] = s.line
	}
}

// peek is the next byte, 0 at the end.
func (s *lineScanner) peek() byte {
	if s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// skipBlank skips blanks, ends of lines and comments.
func (s *lineScanner) skipBlank() {
	for s.skip(" \t\r\n"); s.peek() == '#'; s.skip(" \t\r\n") {
		s.skipUntil("\n")
	}
}

func (s *lineScanner) skip(some string)      { s.skipWhile(some, true) }
func (s *lineScanner) skipUntil(some string) { s.skipWhile(some, false) }

// skipWhile skips bytes as long as they are among some, or are not.
func (s *lineScanner) skipWhile(some string, among bool) {
	for s.at < len(s.text) && (strings.IndexByte(some, s.text[s.at]) >= 0) == among {
		s.next(s.at + 1)
	}
}

func (s *lineScanner) skipString() { s.next(min(stringEnd(s.text, s.at)+1, len(s.text))) }

// next goes on to a byte and counts lines on the way.
func (s *lineScanner) next(at int) {
	s.line += bytes.Count(s.text[s.at:at], []byte("\n"))
	s.at = at
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

package main

import (
	"fmt"
	"io"
	"unicode/utf8"

	"vsim/profile/userfile"
)

// screen writes text on, with what a terminal would obey escaped, \u202e say, which JSON and TOML read as the same:
// names and paths come from files that anybody may have written.
type screen struct {
	to   io.Writer
	rest []byte // the beginning of a character whose end is still to come

	colours map[rune]string // of characters that have one on a terminal; nil elsewhere
	colour  string          // the one that is on
}

// Write reports the length of text as written, also where what comes out is longer.
func (s *screen) Write(text []byte) (int, error) {
	all := append(s.rest, text...)
	out := make([]byte, 0, len(all))
	for len(all) > 0 && utf8.FullRune(all) {
		r, size := utf8.DecodeRune(all)
		out = s.paint(out, r)
		switch {
		case r == '\n' || r == '\t' || !userfile.IsControl(r):
			out = append(out, all[:size]...)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		all = all[size:]
	}
	s.rest = append([]byte(nil), all...)
	if _, err := s.to.Write(out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// paint changes to the colour of a character.
func (s *screen) paint(out []byte, r rune) []byte {
	want := s.colours[r]
	if want == s.colour {
		return out
	}
	if s.colour = want; want == "" {
		want = noColor
	}
	return append(out, want...)
}

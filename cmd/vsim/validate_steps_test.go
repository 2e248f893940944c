package main

import (
	"strings"
	"testing"
)

// A terminal shows each step from the first on, in one line, and none when all is done; a file gets a line a step.
func TestStepsAreShownFromTheFirst(t *testing.T) {
	var b strings.Builder
	progress, done := stepLine(&b, func() int { return 20 })
	want := ""
	for _, s := range []struct {
		n           int
		what, shown string
	}{{0, "setting up", "[0/12] setting up"}, {0, "profiling", "[0/12] profiling"}, {3, "a\n\x1b[2J" + strings.Repeat("ß", 30), "[3/12] a  [2Jßßßßßß"}} {
		progress(s.n, 12, s.what)
		if want += "\r\x1b[K" + s.shown; b.String() != want {
			t.Errorf("%q is shown as %q, want %q", s.what, b.String(), want)
		}
	}
	done()
	done()
	if want += "\r\x1b[K"; b.String() != want {
		t.Errorf("at the end %q, want %q", b.String(), want)
	}
	b.Reset()
	progress, done = stepProgress(&b)
	progress(0, 12, "setting up")
	done()
	if b.String() != "[0/12] setting up\n" {
		t.Errorf("without a terminal: %q", b.String())
	}
}

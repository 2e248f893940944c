package main

import (
	"bytes"
	"os"
	"testing"
)

// TestScreenPaints: characters that have a colour get it, and what a name holds stays escaped.
func TestScreenPaints(t *testing.T) {
	var b bytes.Buffer
	s := screen{to: &b, colours: map[rune]string{'█': green, '▒': red}}
	if _, err := s.Write([]byte("a ██▒\x1b[31m\n")); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "a "+green+"██"+red+"▒"+noColor+`\u001b[31m`+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestColoursAreForTerminals: neither a buffer nor a file or pipe gets any, nor a terminal whose user wants none.
func TestColoursAreForTerminals(t *testing.T) {
	env := func(pairs map[string]string) func(string) string {
		return func(name string) string { return pairs[name] }
	}
	none := env(nil)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if wantsColours(&bytes.Buffer{}, none) || wantsColours(w, none) {
		t.Error("colours outside a terminal")
	}
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("SKIP: no pseudo terminal: ", err)
	}
	defer terminal.Close()
	if !wantsColours(terminal, none) {
		t.Error("no colours on a terminal")
	}
	for _, pairs := range []map[string]string{{"NO_COLOR": "1"}, {"TERM": "dumb"}} {
		if wantsColours(terminal, env(pairs)) {
			t.Errorf("colours with %v", pairs)
		}
	}
}

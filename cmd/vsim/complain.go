package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// What reaches the terminal of an error: so many lines, and of each so many characters.
const (
	mostLines      = 20
	mostCharacters = 1500
)

// complain prints an error, a line for each fault, with nothing in it that a terminal would obey: names and paths come
// from files that anybody may have written.
func complain(w io.Writer, err error) {
	lines := strings.Split(strings.TrimSpace(err.Error()), "\n")
	for _, line := range lines[:min(len(lines), mostLines)] {
		fmt.Fprintln(w, "vsim:", visible(shortened(line)))
	}
	if more := len(lines) - mostLines; more > 0 {
		fmt.Fprintf(w, "vsim: and %d more\n", more)
	}
}

// shortened takes the middle out of a line that is too long: the rule and the remedy stand at its end.
func shortened(line string) string {
	runes := []rune(line)
	if len(runes) <= mostCharacters {
		return line
	}
	const head = mostCharacters * 2 / 3
	tail := mostCharacters - head
	return fmt.Sprintf("%s ... (%d characters) ... %s", string(runes[:head]), len(runes)-mostCharacters, string(runes[len(runes)-tail:]))
}

// visible writes control characters, and others that cannot be seen, as Go and TOML escape them.
func visible(line string) string {
	if strings.IndexFunc(line, unprintable) < 0 && strings.ToValidUTF8(line, "") == line {
		return line
	}
	var b strings.Builder
	for _, r := range line {
		if unprintable(r) {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

package userfile

import (
	"bytes"
	"fmt"
)

// MaxNesting is how deep arrays, tables and the parts of dotted keys may lie in each other in a TOML text. What vsim
// reads nests four deep; the TOML library's time and memory grow with the square.
const MaxNesting = 64

// CheckNesting refuses a TOML text that nests deeper than MaxNesting, by one pass over its bytes that knows strings and
// comments. Everything else about the text is the TOML library's to judge.
func CheckNesting(text []byte) error {
	n := nesting{line: 1, depth: []int{0}}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\'':
			end := min(stringEnd(text, i), len(text)-1)
			n.line += bytes.Count(text[i:end+1], []byte("\n"))
			if text[end] == '\n' {
				n.dots, n.key = 0, 0
			}
			i = end
		case '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		default:
			n.take(c)
		}
		if n.deepest() > MaxNesting {
			return fmt.Errorf("line %d: arrays, tables or dotted keys lie more than %d deep in each other; what vsim reads nests four deep", n.line, MaxNesting)
		}
	}
	return nil
}

// nesting is where a pass over a TOML text has come to.
type nesting struct {
	line  int
	depth []int // of each open bracket, the file itself first
	dots  int   // of the key that is being read
	key   int   // dots of the key whose value is being read
}

func (n *nesting) open() int    { return n.depth[len(n.depth)-1] }
func (n *nesting) deepest() int { return n.open() + n.key + n.dots }

func (n *nesting) take(c byte) {
	switch c {
	case '\n':
		n.line++
		if len(n.depth) == 1 {
			n.dots, n.key = 0, 0
		}
	case '.':
		n.dots++
	case '=':
		n.key, n.dots = n.dots, 0
	case ',':
		n.dots, n.key = 0, 0
	case '[', '{':
		n.depth = append(n.depth, n.deepest()+1)
		n.dots, n.key = 0, 0
	case ']', '}':
		if len(n.depth) > 1 {
			n.depth = n.depth[:len(n.depth)-1]
		}
		n.dots, n.key = 0, 0
	}
}

// stringEnd gives the place of the last byte of the string that begins at i, the length of the text where it has none. One on a single
// line that is not closed ends with its line, as the TOML library's reading does.
func stringEnd(text []byte, i int) int {
	quote := text[i]
	long := i+2 < len(text) && text[i+1] == quote && text[i+2] == quote
	if long {
		i += 2
	}
	for i++; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && quote == '"':
			i++
		case c == '\n' && !long, c == quote && !long:
			return i
		case c == quote && i+2 < len(text) && text[i+1] == quote && text[i+2] == quote:
			for i += 2; i+1 < len(text) && text[i+1] == quote; i++ { // up to two quotes may stand before the last three
			}
			return i
		}
	}
	return len(text)
}

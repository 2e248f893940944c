package scenario

import (
	"regexp"
	"strconv"
	"strings"
)

// keyPart is one part of a dotted key, bare or in quotes.
const keyPart = `(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')`

// dottedKey is a key as it stands in a text.
const dottedKey = keyPart + `(?:[ \t]*\.[ \t]*` + keyPart + `)*`

var (
	part       = regexp.MustCompile(keyPart)
	headerLine = regexp.MustCompile(`^\s*\[(\[?)[ \t]*(` + dottedKey + `)[ \t]*\]`)
	keyLine    = regexp.MustCompile(`^\s*(` + dottedKey + `)\s*=`)
)

// lineFinder returns a function that says on which line of a TOML text a key stands, or 0. The TOML
// library keeps no positions of valid keys, so this reads headers and keys line by line; a key inside
// an inline table gets the line of the key before the table.
func lineFinder(text string) func(key string) int {
	at := map[string]int{}
	note := func(key string, line int) {
		if _, ok := at[key]; !ok && key != "" {
			at[key] = line
		}
	}
	table, count := "", map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		if m := headerLine.FindStringSubmatch(line); m != nil {
			table = bare(m[2])
			if m[1] != "" {
				count[table]++
				note(table, i+1)
				table = join(table, strconv.Itoa(count[table]-1))
			}
			note(table, i+1)
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			note(join(table, bare(m[1])), i+1)
		}
	}
	return func(key string) int {
		for key != "" {
			if line := at[key]; line > 0 {
				return line
			}
			key = key[:max(strings.LastIndexByte(key, '.'), 0)]
		}
		return 0
	}
}

// bare writes a dotted key without quotes and escapes.
func bare(key string) string {
	parts := part.FindAllString(key, -1)
	for i, p := range parts {
		if text, err := strconv.Unquote(p); err == nil && p[0] == '"' {
			parts[i] = text
			continue
		}
		parts[i] = strings.Trim(p, `"'`)
	}
	return strings.Join(parts, ".")
}

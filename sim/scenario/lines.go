package scenario

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	headerLine = regexp.MustCompile(`^\s*\[(\[?)\s*([A-Za-z0-9_."' -]+?)\s*\]`)
	keyLine    = regexp.MustCompile(`^\s*([A-Za-z0-9_."'-]+(?:\s*\.\s*[A-Za-z0-9_"'-]+)*)\s*=`)
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

// bare removes quotes and spaces around the parts of a dotted key.
func bare(key string) string {
	parts := strings.Split(key, ".")
	for i, p := range parts {
		parts[i] = strings.Trim(strings.TrimSpace(p), `"'`)
	}
	return strings.Join(parts, ".")
}

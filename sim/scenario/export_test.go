package scenario

import "strings"

// KeyExamples lists "key=value" with the example of every key, as for --set; keys of lists are those of
// element 0.
func KeyExamples() (out []string) {
	for _, s := range sections() {
		path := strings.Trim(s.title, "[]")
		switch {
		case path == s.title && path != "Top of the file":
			continue // tables inside others, which the examples of those show
		case path == s.title:
			path = ""
		case strings.HasPrefix(s.title, "[["):
			path += ".0"
		}
		for _, k := range s.keys {
			out = append(out, join(path, k.name)+"="+k.example)
		}
	}
	return out
}

package userfile

import (
	"strings"
	"testing"
)

func TestLinesOfKeys(t *testing.T) {
	line := Lines([]byte(`name = "a" # one
[server]
"a b".c = 1
text = """
[[service]]
batch = 9
"""
[[service]]
batch = 1

[[service]]
batch = 2
[service.more]
depth = '#['
[[service.part]]
x = 1
[[service.part]]
x = 2
[[ service ]]
list = [
  1, # of two
  2,
]
inline = [{x = 1}, {x = 2,
  y = [3]}, # comment
  {x = "}"}]
[[server.deep]]
k = {a = {b = 1}}
[late.deep]
[late]
[never.deep]
`))
	for key, want := range map[string]int{
		"name": 1, "server": 2, "server.a b": 3, "server.a b.c": 3, "server.text": 4,
		"service.0": 8, "service.0.batch": 9, "service.1": 11, "service.1.batch": 12, "service.1.more.depth": 14,
		"service.1.part.0.x": 16, "service.1.part.1": 17, "service.1.part.1.x": 18, "service.2": 19,
		"service.2.list": 20, "service.2.list.0": 21, "service.2.list.1": 22,
		"service.2.inline.0.x": 24, "service.2.inline.1.x": 24, "service.2.inline.1.y": 25, "service.2.inline.1.y.0": 25,
		"service.2.inline.2": 26, "service.2.inline.2.x": 26, "server.deep.0.k": 28, "server.deep.0.k.a.b": 28,
		"service.2.missing": 19, "service": 8, "service.2.inline.1.missing": 24, "missing": 0, "late": 30, "late.deep": 29, "never": 31, "": 0,
	} {
		if got := line(key); got != want {
			t.Errorf("%s: line %d, want %d", key, got, want)
		}
	}
}

// FuzzLines: of any text, TOML or not, lines are within it.
func FuzzLines(f *testing.F) {
	for _, text := range []string{"a = 1\n", "[[a]]\nb = [{c = 1},\n{c = 2}]\n", "a = 'x\nb = \"\"\"", "= [[[}", "[", "a.\"b\n\".c = {", "[[a]]\n[a.b]\r\nc = \"\\"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if CheckNesting([]byte(text)) != nil {
			return
		}
		line := Lines([]byte(text))
		for _, key := range []string{"a", "a.0.b", "a.1.c", ""} {
			if got := line(key); got < 0 || got > 1+strings.Count(text, "\n") {
				t.Errorf("%s: line %d", key, got)
			}
		}
	})
}

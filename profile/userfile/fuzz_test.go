package userfile

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// FuzzNesting: what the TOML library nests deeper than the limit is refused before it sees it.
func FuzzNesting(f *testing.F) {
	for _, text := range []string{
		"a = [[1.5, 2.5], [3.5]]\n[b.c]\nd.e = {f = 1, \"g.h\" = '#['}\n[[i]]\nj = \"\\\"[\" # {\n",
		"a = \"\"\"x\"\"\"\"\nb = '''[\n''''\nc = 1979-05-27T07:32:00.5Z",
		"a = " + strings.Repeat("[", MaxNesting+1) + strings.Repeat("]", MaxNesting+1),
		strings.Repeat("a.", MaxNesting+1) + "a = {a = 1}",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Count(text, "[")+strings.Count(text, "{")+strings.Count(text, ".") > 10*MaxNesting {
			return // the library would take too long
		}
		var tree map[string]any
		if _, err := toml.Decode(text, &tree); err != nil {
			return
		}
		// A header and what stands below it are judged one by one.
		if d := depth(tree) - 1; d > 2*MaxNesting && CheckNesting([]byte(text)) == nil {
			t.Errorf("%d deep is let pass", d)
		}
	})
}

// depth is 1 for a tree of plain values.
func depth(node any) int {
	deepest := 0
	below := func(x any) { deepest = max(deepest, 1+depth(x)) }
	switch x := node.(type) {
	case map[string]any:
		for _, v := range x {
			below(v)
		}
	case []any:
		for _, v := range x {
			below(v)
		}
	case []map[string]any:
		for _, v := range x {
			below(v)
		}
	}
	return deepest
}

package scenario

import (
	"fmt"
	"strings"
	"testing"
)

// way writes a graph as text: stages in order, branches in brackets, "x2" for two copies.
func way(s *Scenario, stops []Stop, at int) string {
	var out []string
	for at != End && at < len(stops) {
		stop := stops[at]
		var branches []string
		for _, b := range stop.Fork {
			text := way(s, stops, b.First)
			if b.Copies != nil {
				text += fmt.Sprintf(" x%g", b.Copies.Expected())
			}
			branches = append(branches, text)
		}
		var names []string
		for _, i := range stop.Stages {
			names = append(names, s.Stages[i].Name)
		}
		if stop.Fork != nil {
			names = []string{"[" + strings.Join(branches, " | ") + "]"}
		}
		out = append(out, strings.Join(names, "/"))
		if at = stop.Next; at == 0 {
			at = indexAfter(stops, stop)
		}
	}
	return strings.Join(out, " > ")
}

func indexAfter(stops []Stop, stop Stop) int {
	for i := range stops {
		if fmt.Sprint(stops[i]) == fmt.Sprint(stop) {
			return i + 1
		}
	}
	return len(stops)
}

// stages writes [[stage]] tables of the same service, each with more keys.
func stages(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		name, rest, _ := strings.Cut(k, " ")
		fmt.Fprintf(&b, "[[stage]]\nname = '%s'\nservice = '1ms'\n%s\n", name, strings.ReplaceAll(rest, ";", "\n"))
	}
	return b.String()
}

func TestGraphs(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{stages("a", "b", "c"), "a > b > c"},
		{stages("c after=['b']", "a after=[]", "b after='a'"), "a > b > c"},
		{stages("a", "b after='a'", "c after='a'", "d after=['b','c']"), "a > [b | c] > d"},
		{stages("a", "b", "c after='a'"), "a > [b | c]"},
		{stages("a", "b copies=5", "c join=true"), "a > [b x5] > c"},
		{stages("a", "b copies={dist='uniform',min=0,max=4}"), "a > [b x2]"},
		{stages("a copies=2", "b"), "[a > b x2]"},
		{stages("a", "b copies=2", "c copies=3", "d join=true", "e join=true"), "a > [b > [c x3] > d x2] > e"},
		{stages("a", "b", "c after='a'", "d after='b'", "e after='b'", "f after=['d','e','c']"), "a > [b > [d | e] | c] > f"},
		{stages("a after=[]", "b after=[]", "c after=['a','b']"), "[a | b] > c"},
		{stages("a group='x'", "b group='x'", "c after='x'"), "a/b > c"},
		{stages("a group='x'", "b group='x'", "c after='b'"), "a/b > c"},
	} {
		s, err := Parse("t.toml", []byte(c.text), Options{})
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		stops, err := s.Graph()
		if err != nil {
			t.Fatal(err)
		}
		if got := way(s, stops, 0); got != c.want {
			t.Errorf("%s\ngives %s, want %s", c.text, got, c.want)
		}
	}
}

func TestGraphsThatMakeNoSense(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{stages("a", "b after='c'", "c after='b'"), `stage: stage "b" is never reached`},
		{stages("a after='b'", "b after='a'"), "no stage is where requests enter"},
		{stages("a after='a'"), `stage "a" comes after "a" twice, or after itself`},
		{stages("a", "b after='aa'"), `stage "b" comes after "aa", but no stage has this name; did you mean "a"?`},
		{stages("a", "b join=true"), `stage "b" joins, but nothing before it splits`},
		{stages("a", "b", "c after='a'", "d after='b'", "e after=['d']", "f after=['e','c']", "g after=['c']"), `come after the same one, but one of them joins`},
		{stages("a", "b", "c after='a'", "d after=['b','c']", "e after='a'"), `the branches that begin at "b" and "e" are not joined by the same stage`},
		{stages("a copies={dist='poisson',mean=3}"), "requests enter into copies that may be none"},
		{stages("a", "b sticky=true;per='gpu'") + "[servers]\ngpus=2", `stage "b" is sticky, but requests do not come to it from a GPU`},
		{"[[class]]\nname='x'\n[[class]]\nname='y'\n" + stages("a", "b classes='x'"), `class "y" is served by no stage of "b"`},
		{stages("a group='g'", "b group='g';copies=3"), `stages "a" and "b" of one group have different after, copies or join`},
		{stages("a", "b0 after='a'", "b1 after='a'", "b2 after='a'", "b3 after='a'", "b4 after='a'", "b5 after='a'", "b6 after='a'", "b7 after='a'",
			"b8 after='a'", "b9 after='a'", "c0 after='a'", "c1 after='a'", "c2 after='a'", "c3 after='a'", "c4 after='a'", "c5 after='a'", "c6 after='a'"), "17 branches begin at"},
	} {
		if got := faultsOf(t, c.text); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%s\ngives %s\nwant one fault with %s", c.text, got, c.want)
		}
	}
}

// What is left out of a graph is bridged.
func TestGraphWithoutStages(t *testing.T) {
	s, err := Parse("t.toml", []byte(stages("a", "b", "c", "d after='b'", "e after=['c','d']")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for left, want := range map[int]string{0: "b > [c | d] > e", 1: "a > [c | d] > e", 2: "a > b > [d] > e", 4: "a > b > [c | d]"} {
		stops, err := s.GraphWithout(func(i int) bool { return i == left })
		if left == 2 { // what joins nothing any more is an error, not a guess
			if err == nil {
				t.Errorf("without c: %s", way(s, stops, 0))
			}
			continue
		}
		if err != nil || way(s, stops, 0) != want {
			t.Errorf("without %s: %s, %v; want %s", s.Stages[left].Name, way(s, stops, 0), err, want)
		}
	}
}

package triton

import (
	"fmt"
	"strings"
	"testing"
)

// python is a repository of a Python model that cuts pieces out of an image, and one that reads them.
func python() repository {
	r := graph("cut: X > pieces", "read: pieces > Y")
	r["cut"] = "\n" + strings.Replace(r["cut"], "pytorch", "python", 1)
	return r
}

// The models after one that returns several items get as many requests.
func TestItems(t *testing.T) {
	r := python()
	opt := Options{Times: []string{"1ms"}, Items: map[string]int{"cut": 7}}
	result, err := r.importing("e", opt)
	if err != nil {
		t.Fatal(err)
	}
	system := mustBuild(t, result.TOML).System
	if len(system.Route) != 3 || len(system.Route[1].Fork) != 1 || system.Route[1].Fork[0].Copies == nil || system.Route[1].Fork[0].Copies.Mean() != 7 {
		t.Errorf("route %+v", system.Route)
	}
	if got := fmt.Sprint(result.Warnings); !strings.Contains(got, `"read": gets 7 requests for each one of "cut" (--items)`) || strings.Contains(got, "return several") {
		t.Errorf("warnings %s", got)
	}
}

// A Python model's code may do what no configuration says: that is told, with the line of its backend.
func TestPythonMayDoMore(t *testing.T) {
	result, err := python().importing("e", Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	want := `models/cut/config.pbtxt:2: backend = "python": its code may call other models (BLS) or return several items for a request, which is not simulated; its time must hold that of its calls; --items cut=N says how many items`
	if got := fmt.Sprint(result.Warnings); !strings.Contains(got, want) {
		t.Errorf("warns %s\nwant %s", got, want)
	}
	result, err = repository{"m": "backend: \"python\"" + tensors}.importing("m", Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	want = `m/config.pbtxt:1: backend = "python": its code may call other models (BLS), which is not simulated; its time must hold that of its calls`
	if got := fmt.Sprint(result.Warnings); !strings.Contains(got, want) || strings.Contains(got, "items") {
		t.Errorf("warns %s\nwant %s", got, want)
	}
}

func TestItemsFaults(t *testing.T) {
	for _, c := range []struct {
		items map[string]int
		r     repository
		want  string
	}{
		{map[string]int{"cutt": 2}, python(), `--items: cutt = 2: no model of this name is imported; did you mean "cut"?`},
		{map[string]int{"cut": 0}, python(), "--items: cut = 0: must be from 1 to 10000"},
		{map[string]int{"read": 2}, python(), "--items: read = 2: no model takes what it returns; its own time must hold the work on all of its items"},
		{map[string]int{"a": 2}, graph("a: X > t", "b: X > u", "c: t u > Y"), `--items: a = 2: "c" waits for other models, too, which is not simulated for several items`},
	} {
		_, err := c.r.importing("e", Options{Times: []string{"1ms"}, Items: c.items})
		if fmt.Sprint(err) != c.want {
			t.Errorf("%v: %v\nwant %s", c.items, err, c.want)
		}
	}
}

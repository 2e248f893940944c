package triton

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vsim/sim/engine"
	"vsim/sim/scenario"
)

// all imports the whole repository.
func (r repository) all(opt Options) (*Result, error) {
	im := &importer{opt: opt, folder: true, list: func(string) (models, others []string, err error) { return slices.Sorted(maps.Keys(r)), nil, nil }, read: func(file string) ([]byte, error) {
		return []byte(r[filepath.Base(filepath.Dir(file))]), nil
	}}
	return im.run("models")
}

// Every model of a repository has its share of the requests and its own queue, and all are on the same GPUs. A model
// that is a step of an ensemble gets none, unless it is given some.
func TestRepository(t *testing.T) {
	r := graph("a: X > t", "b: t > Y")
	r["single"] = tensors + "dynamic_batching { priority_levels: 3 default_priority_level: 2 }"
	for _, c := range []struct {
		traffic map[string]int
		classes string
		ways    string
	}{
		{nil, "e 1 0, single 1 2", "a < [e], single <  [single], b < stop 1 [e], stop 2 passed by <  [single]"},
		{map[string]int{"single": 3, "b": 1}, "b 1 0, single 3 2", "b < [b], single <  [single]"},
		{map[string]int{"e": 1, "a": 4}, "a 4 0, e 1 0", "a < [a], a 2 <  [e], b < stop 1 [e], stop 2 passed by <  [a]"},
	} {
		result, err := r.all(Options{Times: []string{"1ms"}, Traffic: c.traffic})
		if err != nil {
			t.Fatal(err)
		}
		mustBuild(t, result.TOML)
		s, err := scenario.Parse("models.toml", result.TOML, scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var classes, ways []string
		for _, k := range s.Classes {
			classes = append(classes, fmt.Sprint(k.Name, k.Weight, k.Priority))
		}
		for _, st := range s.Stages {
			after := ""
			if st.After != nil {
				after = strings.TrimSuffix(" < "+strings.Join(st.After, " "), " ")
			} else {
				after = " < "
			}
			ways = append(ways, fmt.Sprintf("%s%s %s", st.Name, after, st.Classes))
			for _, step := range st.Steps {
				if step.Name == "infer" && step.Resource != "gpu" {
					t.Errorf("%s is on %q", st.Name, step.Resource)
				}
			}
		}
		if got := strings.ReplaceAll(strings.Join(classes, ", "), " ", ""); got != strings.ReplaceAll(c.classes, " ", "") || s.Name != "models" {
			t.Errorf("%v: %s, classes %s, want %s", c.traffic, s.Name, got, c.classes)
		}
		if got := strings.Join(ways, ", "); got != c.ways {
			t.Errorf("%v:\n%s\nwant\n%s", c.traffic, got, c.ways)
		}
	}
}

// An ensemble with branches, or with models that return several items, follows the others; requests of other models
// pass it by, and all of a request's parts are together again when it is over.
func TestRepositoryWithBranches(t *testing.T) {
	r := graph("a: X > t", "b: t > Y", "c: t > Z")
	r["single"] = tensors
	r["other"] = r["single"]
	for _, items := range []map[string]int{nil, {"a": 3}} {
		result, err := r.all(Options{Times: []string{"1ms"}, Items: items})
		if err != nil {
			t.Fatal(err)
		}
		built := mustBuild(t, result.TOML)
		var names []string
		for _, p := range built.System.Pools {
			names = append(names, p.Name)
		}
		if got, want := strings.Join(names, ", "), "other, single, stop 1 passed by, a, a passed by, b, b passed by, c, c passed by, join"; got != want {
			t.Errorf("pools %s, want %s", got, want)
		}
	}
}

// The items of one model's request are one again before another model's part of the graph begins.
func TestRepositoryWithItems(t *testing.T) {
	r := python()
	r["zoo"] = graph("a: X > t", "b: t > Y", "c: t > Z")["e"]
	r["a"], r["b"], r["c"] = model([]string{"in0"}, []string{"out0"}), model([]string{"in0"}, []string{"out0"}), model([]string{"in0"}, []string{"out0"})
	result, err := r.all(Options{Times: []string{"1ms"}, Items: map[string]int{"cut": 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range mustBuild(t, result.TOML).System.Route {
		if len(n.Fork) == 1 && (n.Fork[0].Copies.Mean() != 3 || n.Next == engine.End) {
			t.Errorf("the copies go on to the end: %+v", n)
		}
	}
}

func TestRepositoryFaults(t *testing.T) {
	r := repository{"a": tensors, "b": tensors}
	for _, c := range []struct {
		r    repository
		opt  Options
		want string
	}{
		{repository{}, Options{}, "models: no model lies here, NAME/config.pbtxt; name the folder of the models, or a configuration"},
		{r, Options{Traffic: map[string]int{"bb": 1}}, `--traffic: bb = 1: no model of this name lies in the repository; did you mean "b"?`},
		{r, Options{Traffic: map[string]int{"b": 0}}, "--traffic: b = 0: a share is positive; leave the model out"},
		{r, Options{Shares: map[int]int{1: 1}}, "--shares: parts the requests of one model by priority, but models is a repository; import models/NAME/config.pbtxt"},
		{repository{"a": tensors, "b": `name: "c"` + tensors}, Options{}, `models/b/config.pbtxt:1: name = "c": is not the name of the model's folder, "b"`},
		{r, Options{Times: []string{"zzzzzzzz=1ms"}}, `--times: "zzzzzzzz" is no model of this configuration; there are a, b`},
	} {
		if _, err := c.r.all(c.opt); fmt.Sprint(err) != c.want {
			t.Errorf("%+v: %v\nwant %s", c.opt, err, c.want)
		}
	}
	if _, err := r.importing("a", Options{Traffic: map[string]int{"a": 1}}); err == nil || !strings.Contains(err.Error(), "--traffic: parts the requests among the models of a repository") {
		t.Errorf("%v", err)
	}
}

// A model without a configuration is imported as the server completes it; a folder that holds no model has a warning,
// and one whose name begins with a dot none.
func TestRepositoryWithoutConfigurations(t *testing.T) {
	dir := t.TempDir()
	for file, text := range map[string]string{
		"listed/config.pbtxt": `backend: "onnxruntime" max_batch_size: 8 dynamic_batching { }` + tensors,
		"bare/1/model.onnx":   "", "notes/1/readme.txt": "", ".git/config.pbtxt": "junk {", "README.md": "",
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Import(dir, Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	mustBuild(t, r.TOML)
	s, err := scenario.Parse("models.toml", r.TOML, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Classes) != 2 || s.Classes[0].Name != "bare" || s.Classes[1].Name != "listed" || s.Stages[0].MaxBatch != DefaultMaxBatch {
		t.Errorf("classes %+v, stages %+v", s.Classes, s.Stages)
	}
	warnings := fmt.Sprint(r.Warnings)
	for _, want := range []string{
		"notes: left out: neither a configuration lies here nor a version with a model's file",
		"bare/config.pbtxt: does not exist: the model is taken as the server completes an empty configuration, from its file model.onnx; write",
		"bare/config.pbtxt: max_batch_size: missing: auto-filled with 4",
	} {
		if !strings.Contains(warnings, want) {
			t.Errorf("warns %s, want %s", warnings, want)
		}
	}
	if strings.Contains(warnings, ".git") || strings.Contains(warnings, "README") {
		t.Errorf("warns %s", warnings)
	}
	_, err = Import(dir, Options{Times: []string{"1ms"}, AutoComplete: CompleteNothing})
	if err == nil || !strings.Contains(err.Error(), "bare/config.pbtxt: cannot be read: no such file or directory") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a server that completes nothing: %v", err)
	}
	if r, err = Import(dir, Options{Times: []string{"1ms"}, Traffic: map[string]int{"listed": 1}}); err != nil || len(r.Warnings) > 0 {
		t.Errorf("%v, warnings %v", err, r.Warnings)
	}
}

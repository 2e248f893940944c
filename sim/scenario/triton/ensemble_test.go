package triton

import (
	"fmt"
	"strings"
	"testing"

	"vsim/sim/scenario"
)

// model is the configuration of a model with inputs and outputs named as in its step.
func model(inputs, outputs []string) string {
	var b strings.Builder
	for _, n := range inputs {
		fmt.Fprintf(&b, "input { name: %q data_type: TYPE_FP32 dims: [ 8 ] }\n", n)
	}
	for _, n := range outputs {
		fmt.Fprintf(&b, "output { name: %q data_type: TYPE_FP32 dims: [ 8 ] }\n", n)
	}
	return b.String()
}

// graph makes a repository of an ensemble "e" with the input X and an output for every tensor that
// begins with a capital, from steps such as "a: X > t u": model a takes X and writes t and u.
func graph(steps ...string) repository {
	r := repository{}
	text := "platform: \"ensemble\"\n" + model([]string{"X"}, nil)
	for _, step := range steps {
		name, rest, _ := strings.Cut(step, ": ")
		in, out, _ := strings.Cut(rest, " > ")
		inputs, outputs := strings.Fields(in), strings.Fields(out)
		text += fmt.Sprintf("ensemble_scheduling { step { model_name: %q\n", name)
		for i, t := range inputs {
			text += fmt.Sprintf("input_map { key: \"in%d\" value: %q }\n", i, t)
			inputs[i] = fmt.Sprintf("in%d", i)
		}
		for i, t := range outputs {
			text += fmt.Sprintf("output_map { key: \"out%d\" value: %q }\n", i, t)
			outputs[i] = fmt.Sprintf("out%d", i)
		}
		text += "} }\n"
		r[name] = "backend: \"pytorch\"\n" + model(inputs, outputs)
	}
	// Only one ensemble_scheduling may stand in a file.
	r["e"] = strings.ReplaceAll(text, "} }\nensemble_scheduling { step", "}\nstep")
	return r
}

// ways lists the stages of a scenario with what each comes after.
func ways(t *testing.T, r repository) (string, *Result) {
	t.Helper()
	result, err := r.importing("e", Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatalf("%v\n%s", err, r["e"])
	}
	s, err := scenario.Parse("e.toml", result.TOML, scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, result.TOML)
	}
	var out []string
	for _, st := range s.Stages {
		out = append(out, strings.TrimSuffix(st.Name+" < "+strings.Join(st.After, " "), " < "))
	}
	return strings.Join(out, ", "), result
}

func TestEnsembleGraphs(t *testing.T) {
	for _, c := range []struct {
		steps      []string
		want, left string
	}{
		{[]string{"a: X > Y"}, "a", ""},
		{[]string{"a: X > t", "b: t > Y"}, "a, b < a", ""},
		{[]string{"b: t > Y", "a: X > t"}, "a, b < a", ""}, // the order of the steps does not matter
		{[]string{"a: X > t", "b: t > u", "c: t > v", "d: u v > Y"}, "a, b < a, c < a, d < b c", ""},
		{[]string{"a: X > t", "b: t > Y", "c: t > Z"}, "a, b < a, c < a", ""},
		{[]string{"a: X > t", "b: t > u", "c: t u X > Y"}, "a, b < a, c < b", ""}, // c takes of a what b has waited for
		{[]string{"a: X > t", "b: X > u", "c: t u > Y"}, "a, b, c < a b", ""},
		{[]string{"a: X > t", "b: X > u", "c: t > v", "d: u v > Y"}, "a, b, c < a, d < b c", ""},
		// No nesting: c needs a alone and d both.
		{[]string{"a: X > t", "b: X > u", "c: t > Y", "d: t u > Z"}, "a, b, join < a b, c < join, d < join", "are no nesting of forks and joins"},
		// A model that is visited twice.
		{[]string{"a: X > t", "a: t > Y"}, "a, a 2 < a", "that all visits of the model share its queue"},
	} {
		got, r := ways(t, graph(c.steps...))
		if got != c.want {
			t.Errorf("%q\ngives %s\nwant  %s", c.steps, got, c.want)
		}
		mustBuild(t, r.TOML)
		if left := fmt.Sprint(r.Warnings); !strings.Contains(left, c.left) || c.left == "" && len(r.Warnings) > 0 {
			t.Errorf("%q warns %s, want %q", c.steps, left, c.left)
		}
	}
}

// An ensemble in an ensemble is its steps, between those of the outer one.
func TestNestedEnsemble(t *testing.T) {
	r := graph("a: X > t", "inner: t > u", "d: u t > Y")
	inside := graph("b: X > t", "c: t > Y")
	for _, name := range []string{"b", "c"} {
		r[name] = inside[name]
	}
	inner := strings.ReplaceAll(inside["e"], `"X"`, `"in0"`)
	r["inner"] = strings.ReplaceAll(inner, `"Y"`, `"out0"`) + model(nil, []string{"out0"})
	if got, _ := ways(t, r); got != "a, b < a, c < b, d < c" {
		t.Errorf("got %s", got)
	}
}

func TestEnsembleFaults(t *testing.T) {
	chain := graph("a: X > t", "b: t > Y")
	with := func(change func(r repository)) repository {
		r := repository{}
		for k, v := range chain {
			r[k] = v
		}
		change(r)
		return r
	}
	for _, c := range []struct {
		r    repository
		want string
	}{
		{with(func(r repository) { delete(r, "b") }), "models/b/config.pbtxt: cannot be read: file does not exist; --repository DIR says where the models of an ensemble lie"},
		{with(func(r repository) { r["b"] = `name: "bb"` }), `models/b/config.pbtxt:1: name = "bb": is not the name of the model's folder, "b"`},
		{with(func(r repository) { r["b"] = "max_batch: 1" }), `models/b/config.pbtxt:1: max_batch: no field`},
		{with(func(r repository) { r["e"] = strings.Replace(r["e"], "in0", "in1", 1) }), `input_map = "in1": model "a" has no tensor of this name; did you mean "in0"?`},
		{with(func(r repository) { r["e"] = strings.Replace(r["e"], `value: "t"`, `value: "Xs"`, 1) }), `input_map = "t": no step writes this tensor, nor is it an input of the ensemble`},
		{with(func(r repository) { r["e"] += "instance_group { }" }), "instance_group: an ensemble has no instances of its own"},
		{with(func(r repository) { r["e"] = strings.Replace(r["e"], `platform: "ensemble"`, `platform: "onnx"`, 1) }), `platform = "onnx": an ensemble has platform: "ensemble"`},
		{with(func(r repository) { r["e"] = `platform: "ensemble" ensemble_scheduling { }` }), "ensemble_scheduling: has no step"},
		{with(func(r repository) { r["e"] = `platform: "ensemble" ensemble_scheduling { step { } }` }), "ensemble_scheduling.step.0.model_name: missing"},
		{with(func(r repository) { r["b"] = r["e"] }), "is a step of itself"},
		{with(func(r repository) { r["e"] += model(nil, []string{"Z"}) }), `output.0.name = "Z": no step writes this output of the ensemble, which Triton refuses`},
		{with(func(r repository) {
			r["e"] = strings.Replace(r["e"], `value: "Y"`, `value: "rest"`, 1) + model(nil, []string{"t"})
		}), `ensemble_scheduling.step.1.output_map = "rest": no step takes this tensor, nor is it an output of the ensemble, which Triton refuses; take "out0" out of the map`},
		{with(func(r repository) { r["e"] += model([]string{"Z"}, nil) }), `input.1.name = "Z": no step takes this input of the ensemble, which Triton refuses`},
		{with(func(r repository) { r["e"] += "max_batch_size: 8"; r["b"] += "max_batch_size: 4" }), `max_batch_size = 8: model "b" of a step takes batches of at most 4, which Triton refuses; write max_batch_size: 4 here`},
		{with(func(r repository) { r["b"] += model([]string{"mask"}, nil) }), `ensemble_scheduling.step.1.input_map: input "mask" of model "b" is not mapped, which Triton refuses`},
		{with(func(r repository) { r["b"] = strings.Replace(r["b"], "TYPE_FP32", "TYPE_FP16", 1) }), `input_map = "in0": tensor "t" is TYPE_FP32 in model "a" and TYPE_FP16 in model "b", which Triton refuses; write one data_type in both`},
		{with(func(r repository) { r["e"] = strings.Replace(r["e"], "TYPE_FP32", "TYPE_UINT8", 1) }), `input_map = "in0": tensor "X" is TYPE_UINT8 in ensemble "e" and TYPE_FP32 in model "a"`},
		{graph("a: X > t", "b: t > t"), `output_map = "t": this tensor is an input of the ensemble, or another step writes it`},
		{graph("a: X u > t", "b: t > u"), `step "a" waits for itself`},
	} {
		_, err := c.r.importing("e", Options{Times: []string{"1ms"}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\ngives %v\nwant %s", c.r["e"], err, c.want)
		}
	}
}

// Only what comes from the host crosses the link, and only what the host takes comes back.
func TestTransfersOfAnEnsemble(t *testing.T) {
	r := graph("a: X > t", "b: t > u", "c: u > v", "d: v > Y")
	r["c"] += "instance_group { kind: KIND_CPU } parameters { key: \"intra_op_thread_count\" value { string_value: \"2\" } }"
	result, err := r.importing("e", Options{Times: []string{"1ms"}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("e.toml", result.TOML, scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, st := range s.Stages {
		for _, step := range st.Steps {
			got = append(got, st.Name+" "+step.Name)
		}
	}
	// Y is not listed as an output of the ensemble, so d's answer stays.
	if want := "a h2d, a infer, b infer, b d2h, c infer, d h2d, d infer"; strings.Join(got, ", ") != want {
		t.Errorf("steps %s, want %s", strings.Join(got, ", "), want)
	}
}

// Models on the same GPUs share them; on others they do not; on some of the same they do, with a warning.
func TestPools(t *testing.T) {
	for _, c := range []struct{ a, b, want, left string }{
		{"", "", "gpu, gpu", ""},
		{"gpus: [ 0, 1 ]", "gpus: [ 0, 1 ]", "gpu of a, gpu of a", ""},
		{"gpus: [ 0 ]", "gpus: [ 1, 2 ]", "gpu of a, gpu of b", ""},
		{"gpus: [ 0, 1 ]", "gpus: [ 1, 2 ]", "gpu of a, gpu of a", "that its instances stand on GPUs 0, 1 alone; GPUs 0-2 are one pool"},
	} {
		r := graph("a: X > t", "b: t > Y")
		r["a"] += "instance_group { kind: KIND_GPU " + c.a + " }"
		r["b"] += "instance_group { kind: KIND_GPU " + c.b + " }"
		result, err := r.importing("e", Options{Hardware: "8gpu", Times: []string{"1ms"}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.Parse("e.toml", result.TOML, scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var on []string
		for _, st := range s.Stages {
			for _, step := range st.Steps {
				if step.Name == "infer" {
					on = append(on, step.Resource)
				}
			}
		}
		if got := strings.Join(on, ", "); got != c.want || !strings.Contains(fmt.Sprint(result.Warnings), c.left) || c.left == "" && len(result.Warnings) > 0 {
			t.Errorf("%q and %q: on %s, warnings %v", c.a, c.b, got, result.Warnings)
		}
	}
}

// TensorRT's answers are copied in a stage of its own, which steps after it wait for; other backends' instances copy
// theirs themselves.
func TestOutputCopies(t *testing.T) {
	r := graph("a: X > t", "b: t > Y")
	r["a"] = strings.Replace(r["a"], `"pytorch"`, `"tensorrt" max_batch_size: 1 instance_group { count: 2 }`, 1)
	r["b"] += "instance_group { kind: KIND_CPU }"
	got, result := ways(t, r)
	if got != "a, a output < a, b < a output" {
		t.Errorf("got %s", got)
	}
	pools := mustBuild(t, result.TOML).System.Pools
	if len(pools[0].Steps) != 3 || len(pools[1].Steps) != 2 || pools[1].Workers != 2 { // a transfer is two steps, with its latency
		t.Errorf("pools %+v", pools)
	}
	clash := graph("a: X > t", "a output: X > u", "b: t u > Y") // a model has the name that the stage would have
	clash["a"], clash["a output"] = r["a"], r["a"]
	clash["b"] += "instance_group { kind: KIND_CPU }"
	if got, _ := ways(t, clash); got != "a, a output 2 < a, a output, a output output < a output, b < a output 2 a output output" {
		t.Errorf("got %s", got)
	}
	r = graph("a: X > t", "b: t > Y")
	r["b"] += "instance_group { kind: KIND_CPU }"
	if got, _ := ways(t, r); got != "a, b < a" {
		t.Errorf("got %s", got)
	}
}

// What Triton takes is not refused: an optional input that is not mapped, a model that does not batch in an ensemble
// that does, a data type that the backend completes.
func TestEnsemblesThatFit(t *testing.T) {
	r := graph("a: X > t", "b: t > Y")
	r["e"] += "max_batch_size: 8\n" + model(nil, []string{"Y"})
	r["a"] += "max_batch_size: 0" + " input { name: \"mask\" optional: true dims: 1 }"
	r["b"] = strings.Replace(r["b"], "data_type: TYPE_FP32", "", 1) + "max_batch_size: 8"
	if got, _ := ways(t, r); got != "a, b < a" {
		t.Errorf("got %s", got)
	}
}

// What is wrong in an ensemble inside another is said once, however often it is visited.
func TestFaultsOfNestedEnsemblesAreToldOnce(t *testing.T) {
	r := twice(2)
	r["e2"], r["e1"] = tensors, r["e1"]+` output { name: "z" data_type: TYPE_FP32 dims: 1 }`
	_, err := r.importing("e", Options{Times: []string{"1ms"}})
	if err == nil || strings.Count(err.Error(), "no step writes") != 1 {
		t.Errorf("%v", err)
	}
}

package triton

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// A warning names the line on which what it is about stands, and none where it stands nowhere.
func TestLines(t *testing.T) {
	python := "name: \"m\"\nbackend: \"python\"\n" + tensors + "\nparameters {\n  key: \"EXECUTION_ENV_PATH\"\n  value { string_value: \"env.tar.gz\" }\n}\n"
	for _, c := range []struct{ text, hardware, want string }{
		{python + "instance_group { kind: KIND_CPU }", "", "m/config.pbtxt:10: instance_group: an inference on the CPU is taken to keep 1 core busy; stage.m.steps.infer.cores says how many"},
		{python, "2cpu", "m/config.pbtxt: instance_group: an inference on the CPU is taken to keep 1 core busy"},
		{"backend: \"onnxruntime\"\nparameters { key: \"a\" value { } }\nparameters {\n key: \"intra_op_thread_count\"\n value { string_value: \"0\" } }" + tensors, "2cpu",
			"m/config.pbtxt:5: parameters.value = \"0\": an inference on the CPU is taken to keep 1 core busy; stage.m.steps.infer.cores says how many, as does the parameter intra_op_thread_count"},
		{"platform: \"tensorrt_plan\"" + tensors, "", "m/config.pbtxt: max_batch_size: missing"},
	} {
		r, err := repository{"m": c.text}.importing("m", Options{Times: []string{"1ms"}, Hardware: c.hardware})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r.Warnings); !strings.Contains(got, c.want) {
			t.Errorf("%s\nwarns %s\nwant %s", c.text, got, c.want)
		}
	}
}

// The power of a machine that nobody named is not that of the user's.
func TestPowerOfANamedMachineOnly(t *testing.T) {
	for hardware, has := range map[string]bool{"": false, DefaultHardware: true} {
		r, err := repository{"m": tensors}.importing("m", Options{Times: []string{"1ms"}, Hardware: hardware})
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(r.TOML, []byte("_power = ")); got != has {
			t.Errorf("--hardware %q: power %v, want %v\n%s", hardware, got, has, r.TOML)
		}
	}
}

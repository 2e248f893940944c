package compile

import (
	"slices"
	"strings"
	"testing"

	"vsim/sim/engine"
)

// jittered lists the steps that vary, as "stage/step".
func jittered(sys *engine.System) (out []string) {
	for _, p := range sys.Pools {
		for _, s := range p.Steps {
			if s.Jitter > 0 {
				out = append(out, p.Name+"/"+s.Name)
			}
		}
	}
	return out
}

// Only constants vary, and only where workers can be in each other's way.
func TestWhereJitterIs(t *testing.T) {
	stage := func(name, keys string) string {
		return "[[stage]]\nname = '" + name + "'\n" + keys + "\n"
	}
	resource := func(keys string) string { return "[[resource]]\nname = 'r'\n" + keys + "\n" }
	gpu := resource("type = 'gpu'")
	step := func(service string) string {
		return "steps = [{name = 's', resource = 'r', service = " + service + "}]"
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"M/D/1":                         {stage("a", "workers = 1\nservice = '1ms'"), nil},
		"M/D/c":                         {stage("a", "workers = 4\nservice = '1ms'"), nil},
		"one worker on a GPU":           {gpu + stage("a", "workers = 1\n"+step("'1ms'")), nil},
		"two workers on a GPU":          {gpu + stage("a", "workers = 2\n"+step("'1ms'")), []string{"a/s"}},
		"two stages on a GPU":           {gpu + stage("a", "workers = 1\n"+step("'1ms'")) + stage("b", "workers = 1\n"+step("'2ms'")), []string{"a/s", "b/s"}},
		"a random time beside":          {gpu + stage("a", "workers = 1\n"+step("'1ms'")) + stage("b", "workers = 1\n"+step("{dist = 'exponential', mean = '2ms'}")), []string{"a/s"}},
		"a core for each":               {resource("type = 'cpu'\ncapacity = 2") + stage("a", "workers = 2\n"+step("'1ms'")), nil},
		"a worker too many":             {resource("type = 'cpu'\ncapacity = 2") + stage("a", "workers = 3\n"+step("'1ms'")), []string{"a/s"}},
		"wide jobs":                     {resource("type = 'cpu'\ncapacity = 3") + stage("a", "workers = 2\nsteps = [{name = 's', resource = 'r', cores = 2, service = '1ms'}]"), []string{"a/s"}},
		"a slot for each":               {resource("type = 'engine'\ncapacity = 0\nslots = 2") + stage("a", "workers = 2\n"+step("'1ms'")), nil},
		"a slot for two":                {resource("type = 'engine'\ncapacity = 0\nslots = 1") + stage("a", "workers = 2\n"+step("'1ms'")), []string{"a/s"}},
		"slow-downs":                    {resource("type = 'cpu'\ncapacity = 8\nslowdown = {neighbours = [1], factors = [1.4]}") + stage("a", "workers = 2\n"+step("'1ms'")), []string{"a/s"}},
		"a worker for everybody":        {gpu + stage("a", "workers = 0\n"+step("'1ms'")), nil},
		"one worker beside everybody's": {gpu + stage("a", "workers = 0\n"+step("'1ms'")) + stage("b", "workers = 1\n"+step("'1ms'")), nil},
	} {
		if got := jittered(mustBuild(t, c.text, nil).System); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q vary, want %q", name, got, c.want)
		}
		if got := jittered(mustBuild(t, c.text+"[run]\njitter = 0.0", nil).System); got != nil {
			t.Errorf("%s without jitter: %q vary", name, got)
		}
	}
}

// What the host of the eight GPUs does for each request has no phase, and must not pay for any.
func TestJitterLeavesTheHandoffAlone(t *testing.T) {
	steps := jittered(preset(t, "defaults.toml"))
	if len(steps) == 0 {
		t.Error("nothing varies")
	}
	for _, step := range steps {
		if strings.HasPrefix(step, "receive/") {
			t.Errorf("%s varies", step)
		}
	}
}

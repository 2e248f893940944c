package machinefile

import (
	"os/exec"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/scenario"
)

// A shell takes a quoted command apart into the words that it was made of.
func TestAShellReadsWhatIsQuoted(t *testing.T) {
	words := []string{"my pictures", "it's", "a$b", "plain/path-1.toml", "", "key=value", "a;b", `back\slash`}
	out, err := exec.Command("sh", "-c", `printf '%s\n' `+Quoted(words)).Output()
	if err != nil {
		t.Skipf("no shell: %v", err)
	}
	if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); strings.Join(got, "|") != strings.Join(words, "|") {
		t.Errorf("%q became %q", words, got)
	}
	if got := Quoted([]string{"vsim", "simulate", "cpu-machine.toml"}); got != "vsim simulate cpu-machine.toml" {
		t.Errorf("quoted without need: %s", got)
	}
}

// The file of a machine without a GPU is a machine file with what is known of the CPU, and no more.
func TestTheMachineOfACPU(t *testing.T) {
	p := &profile.Profile{Name: "A CPU, 4 cores", Provenance: profile.Provenance{CPU: "A CPU", Cores: 4, MemoryGiB: 16}}
	text := Of(p, "").Text("test", "./cpu.toml", "./cpu.toml")
	s, err := scenario.Parse("cpu-machine.toml", []byte(text), scenario.Options{})
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	if s.Name != p.Name || s.CPU.Model != "A CPU" || s.CPU.Cores != 4 || s.CPU.Profile != "./cpu.toml" || s.GPU.Count != 0 || s.Memory.Capacity != 16<<30 || strings.Contains(text, "[gpu]") {
		t.Errorf("%+v %+v:\n%s", s.CPU, s.GPU, text)
	}
}

// A GPU's profile without a transfer has no link, and so no machine.
func TestNoMachineWithoutALink(t *testing.T) {
	p := &profile.Profile{Provenance: profile.Provenance{GPU: "A GPU, 4.0 GiB, compute capability 9.0"}}
	if _, err := WriteBeside(p, t.TempDir()+"/gpu.toml"); err == nil || !strings.Contains(err.Error(), "no transfer") {
		t.Errorf("error %v", err)
	}
}

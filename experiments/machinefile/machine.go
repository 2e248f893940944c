// Package machinefile writes the file of a machine that was measured, for people to edit and for vsim simulate, and finds
// the command that predicts with it.
package machinefile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"vsim/profile"
	"vsim/profile/device/gpu"
	"vsim/profile/measure/machine"
)

// Machine is a machine file in the making: what was measured of the machine.
type Machine struct {
	Profile    *profile.Profile
	GPU        string  // its name; "" where there is none
	MemoryGiB  string  // of one GPU
	GPUs       int     // 0 where there is none
	LatencyNs  float64 // of the smallest transfer to the GPU; 0 where none was measured
	BytesPerS  float64 // of the largest
	IdleW      float64 // of the GPU; 0 where power was not measured
	CPUProfile string  // that serves the CPU's stages: the Profile's own name, or OtherCPU
	stageW     []stagePower
	hostIdleW  float64
}

// stagePower is what a stage draws above idle at its most.
type stagePower struct {
	stage string
	watts float64
}

// OtherCPU serves the CPU's stages where they were not measured.
const OtherCPU = "x86-core-published"

// attached is how nvidia-smi -q counts the GPUs.
var attached = regexp.MustCompile(`(?m)^Attached GPUs\s*:\s*([0-9]+)`)

// card is what a profile says of the GPU.
var card = regexp.MustCompile(`^(.+?), ([0-9.]+) GiB, compute capability`)

// Card names the GPU of a profile, and gives its memory in GiB; "" for a profile of a CPU.
func Card(p *profile.Profile) (name, memoryGiB string) {
	if m := card.FindStringSubmatch(p.Provenance.GPU); m != nil {
		return m[1], m[2]
	}
	return p.Provenance.GPU, ""
}

// Of describes the machine of a profile; smi is what nvidia-smi -q said of it, which counts its GPUs, or "" for one.
func Of(p *profile.Profile, smi string) *Machine {
	m := &Machine{Profile: p, CPUProfile: OtherCPU}
	m.GPU, m.MemoryGiB = Card(p)
	if m.GPU != "" {
		m.GPUs = gpusIn(smi)
	}
	if smallest, largest := p.Ends(gpu.H2D); smallest != nil {
		m.LatencyNs, m.BytesPerS = smallest.MeanNs, 1e9*float64(largest.SizeBytes)/largest.MeanNs
	}
	if m.GPU == "" || onCPU(p, gpu.Decode) && onCPU(p, gpu.Resize) {
		m.CPUProfile = p.Name
	}
	m.power()
	return m
}

func gpusIn(smi string) int {
	if m := attached.FindStringSubmatch(smi); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil && n > 0 {
			return n
		}
	}
	return 1
}

// onCPU tells whether a stage of single requests was measured on the CPU.
func onCPU(p *profile.Profile, stage string) bool {
	return slices.ContainsFunc(p.Services, func(s profile.Service) bool { return s.Stage == stage && s.Resource == "cpu" })
}

// power takes the idle power, and of each stage on the GPU what it drew most above that.
func (s *Machine) power() {
	for _, e := range s.Profile.Energy {
		switch {
		case e.Stage == "idle" && e.Resource == "gpu":
			s.IdleW = e.Watts
		case e.Stage == "idle" && e.Resource == "cpu":
			s.hostIdleW = e.Watts
		}
	}
	if s.IdleW == 0 {
		return
	}
	most := map[string]float64{}
	for _, e := range s.Profile.Energy {
		if e.Resource == "gpu" && e.Stage != "idle" {
			most[e.Stage] = max(most[e.Stage], e.Watts-s.IdleW)
		}
	}
	for _, stage := range []string{gpu.Decode, gpu.Resize, gpu.Infer} {
		if most[stage] > 0 {
			s.stageW = append(s.stageW, stagePower{stage, most[stage]})
		}
	}
}

// activeW is the power of the hungriest stage above idle.
func (s *Machine) activeW() float64 {
	out := 0.0
	for _, p := range s.stageW {
		out = max(out, p.watts)
	}
	return out
}

// Name is the machine file's in the folder hardware, without ".toml".
func (s *Machine) Name() string { return fmt.Sprintf("%dgpu-%s", s.GPUs, machine.Slug(s.GPU)) }

// title is the machine's name for people.
func (s *Machine) title() string {
	if s.GPU == "" {
		return s.Profile.Name
	}
	return fmt.Sprintf("%d x %s, %d cores", s.GPUs, s.GPU, s.Profile.Provenance.Cores)
}

// entry is a key of a machine file with its value as it stands there, and why.
type entry struct{ table, key, value, why string }

// entries are the machine file's keys in order, but for the names of profiles.
func (s *Machine) entries() (out []entry) {
	add := func(table, key, value, why string) { out = append(out, entry{table, key, value, why}) }
	p := s.Profile.Provenance
	if p.CPU != "" {
		add("cpu", "model", strconv.Quote(p.CPU), "")
	}
	if p.Cores > 0 {
		add("cpu", "cores", strconv.Itoa(p.Cores), "")
	}
	if s.hostIdleW > 0 {
		add("cpu", "idle_power", watts(s.hostIdleW), "measured (RAPL)")
	}
	if s.GPU != "" {
		add("gpu", "model", strconv.Quote(s.GPU), "")
		add("gpu", "count", strconv.Itoa(s.GPUs), "")
	}
	if s.MemoryGiB != "" {
		add("gpu", "memory", strconv.Quote(s.MemoryGiB+"GiB"), "")
	}
	if s.IdleW > 0 {
		add("gpu", "idle_power", watts(s.IdleW), "measured (NVML)")
	}
	if len(s.stageW) > 0 {
		add("gpu", "active_power", watts(s.activeW()), "measured: above idle, of the hungriest stage")
		add("gpu", "stage_power", s.stages(), "")
	}
	if s.LatencyNs > 0 {
		add("link", "bandwidth", fmt.Sprintf(`"%.4gGB/s"`, s.BytesPerS/1e9), "measured: the largest transfer to the GPU, pinned memory")
		add("link", "latency", fmt.Sprintf(`"%.3fus"`, s.LatencyNs/1e3), "measured: the smallest")
	}
	if p.MemoryGiB > 0 {
		add("memory", "capacity", fmt.Sprintf(`"%.4gGiB"`, p.MemoryGiB), "")
	}
	return out
}

func watts(w float64) string { return fmt.Sprintf(`"%.4gW"`, w) }

func (s *Machine) stages() string {
	var out []string
	for _, p := range s.stageW {
		out = append(out, fmt.Sprintf("{stage = %q, power = %s}", p.stage, watts(p.watts)))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// Text is the machine file, under a line of comment; profiles are looked up under these names.
func (s *Machine) Text(comment, gpuProfile, cpuProfile string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\nname = %q\n", comment, s.title())
	table := ""
	profiles := map[string]string{"cpu": cpuProfile, "gpu": gpuProfile}
	all := s.entries()
	for i, e := range all {
		if e.table != table {
			fmt.Fprintf(&b, "\n[%s]\n", e.table)
			table = e.table
		}
		line := fmt.Sprintf("%s = %s", e.key, e.value)
		if e.why != "" {
			line = fmt.Sprintf("%-28s # %s", line, e.why)
		}
		fmt.Fprintln(&b, line)
		if profiles[table] != "" && (i+1 == len(all) || all[i+1].table != table) {
			fmt.Fprintf(&b, "profile = %q\n", profiles[table])
		}
	}
	return b.String()
}

// keyLine is a line of a TOML file that sets a key, or begins a table.
var keyLine = regexp.MustCompile(`^(?:\[(\w+)\]|(\w+)\s*=\s*(.*?))\s*(?:#.*)?$`)

// loaded tells whether some stage drew at least as much above idle as the GPU draws idle: below that it hardly worked,
// and its power is none to put in place of another machine's.
func (s *Machine) loaded() bool { return s.activeW() >= s.IdleW }

// Changes says which lines of another machine's file are to be changed so that its GPUs are these: the file itself is
// for people to edit. It is empty where the file has the measured profile already. The active power of a GPU that was
// not loaded is none of them.
func (s *Machine) Changes(text string) (out []string) {
	want := map[[2]string]string{{"gpu", "profile"}: strconv.Quote(s.Profile.Name)}
	order := [][2]string{}
	for _, e := range s.entries() {
		if (e.key == "active_power" || e.key == "stage_power") && !s.loaded() {
			continue
		}
		if e.table == "gpu" && e.key != "count" || e.table == "link" {
			want[[2]string{e.table, e.key}] = e.value
			order = append(order, [2]string{e.table, e.key})
		}
	}
	order = append(order, [2]string{"gpu", "profile"})
	table := ""
	for i, line := range strings.Split(text, "\n") {
		m := keyLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		table = cmp.Or(m[1], table)
		at := [2]string{table, m[2]}
		value, ok := want[at]
		if !ok {
			continue
		}
		delete(want, at)
		if value != m[3] {
			out = append(out, fmt.Sprintf("line %d, [%s]: %s = %s (now %s)", i+1, table, m[2], value, m[3]))
		}
	}
	for _, at := range order {
		if value, ok := want[at]; ok {
			out = append(out, fmt.Sprintf("new in [%s]: %s = %s", at[0], at[1], value))
		}
	}
	return out
}

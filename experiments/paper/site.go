package paper

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"vsim/hardware"
	"vsim/profile"
	"vsim/sim/scenario"
)

// paperMachine is the machine of the paper, an embedded one.
const paperMachine = "1gpu-rtx4090"

// elsewhereFile is the scenario of the figures on other machines.
const elsewhereFile = "elsewhere.toml"

// Site is a machine other than the paper's, and what its profile has of what figures ask for.
type Site struct {
	Name   string   // of the machine, for people
	GPUs   int      // in it
	Device string   // where models run: "gpu", or "cpu" where no model's time on a GPU is known
	Models []string // that the profile has on Device, in its order

	images map[string][]string // decoded on "cpu" and "gpu"
	set    []string            // overrides that make a scenario's machine this one
}

// Images are the sizes of images whose preprocessing on a resource the profile has, the paper's first.
func (s *Site) Images(preprocessing string) []string { return s.images[preprocessing] }

// Ways are where images can be preprocessed: "cpu", "gpu" or both.
func (s *Site) Ways() (out []string) {
	for _, way := range []string{"cpu", "gpu"} {
		if len(s.images[way]) > 0 {
			out = append(out, way)
		}
	}
	return out
}

// Has tells whether a size of image can be preprocessed on a resource.
func (s *Site) Has(preprocessing, image string) bool {
	return slices.Contains(s.images[preprocessing], image)
}

// paperModels are the paper's three, under the names that a profile may have of them.
var paperModels = [][]string{{"vit-base-fp16", "vit-base"}, {"resnet50-fp16", "resnet50"}, {"tinyvit-5m-fp16", "tinyvit-5m"}}

// Paper are the paper's models that the profile has.
func (s *Site) Paper() (out []string) {
	for _, names := range paperModels {
		if i := slices.IndexFunc(names, func(name string) bool { return slices.Contains(s.Models, name) }); i >= 0 {
			out = append(out, names[i])
		}
	}
	return out
}

// Main is the model of figures that have one: ViT-base as in the paper, else the profile's first.
func (s *Site) Main() string {
	if names := s.Paper(); len(names) > 0 && slices.Contains(paperModels[0], names[0]) {
		return names[0]
	}
	return s.Models[0]
}

// Few are the models of figures that have several: the paper's, and the main one.
func (s *Site) Few() []string {
	few := s.Paper()
	if !slices.Contains(few, s.Main()) {
		few = append([]string{s.Main()}, few...)
	}
	return few
}

// Image is the size of image of figures that have one: medium as in the paper, else the first.
func (s *Site) Image(preprocessing string) string {
	if s.Has(preprocessing, "medium") {
		return "medium"
	}
	return s.images[preprocessing][0]
}

// Site is the machine of the laboratory where that is another than the paper's, else nil. The error is a *scenario.InputError.
func (l *Lab) Site() (*Site, error) {
	l.once.Do(func() { l.at, l.bad = findSite(l.Machine, l.Profile) })
	return l.at, l.bad
}

func findSite(machine, measured string) (*Site, error) {
	if machine == "" && measured == "" {
		return nil, nil
	}
	at := &Site{Name: machine}
	if machine == "" {
		p, found, err := machineOf(measured)
		if err != nil {
			return nil, err
		}
		machine, at.Name = found, found
		if found == "" {
			at.Name = p.Name
			at.set = []string{fmt.Sprintf("cpu.cores=%d", p.Provenance.Cores), "cpu.model=" + strconv.Quote(p.Provenance.CPU)}
		}
	}
	if machine == paperMachine {
		return nil, nil
	}
	if machine != "" {
		at.set = append(at.set, "hardware="+strconv.Quote(machine))
	}
	return at, at.look(measured)
}

// machineOf finds the machine of a profile: the embedded one that names it, the file that vsim profile wrote beside it, or, of a
// machine without a GPU, no file but the profile, which tells of its processor.
func machineOf(measured string) (*profile.Profile, string, error) {
	if _, embedded := hardware.Profile(measured); embedded {
		found, err := embeddedWith(measured)
		return nil, found, err
	}
	beside := strings.TrimSuffix(measured, ".toml") + "-machine.toml"
	if _, err := os.Stat(beside); err == nil {
		return nil, beside, nil
	}
	p, err := profile.Load(measured)
	switch {
	case err != nil:
		return nil, "", scenario.BadInput("--profile "+measured, "cannot be read: %v", err)
	case p.Has("gpu"):
		return nil, "", scenario.BadInput("--profile "+measured, "has figures of a GPU and tells nothing of its link; name the machine's file or an embedded machine with --machine")
	case p.Provenance.Cores < 1:
		return nil, "", scenario.BadInput("--profile "+measured, "does not say how many cores the machine has; name the machine's file with --machine")
	}
	return p, "", nil
}

// embeddedWith is the embedded machine that names an embedded profile: the paper's where several do.
func embeddedWith(measured string) (string, error) {
	var found []string
	for _, name := range hardware.Machines() {
		text, _ := hardware.Machine(name)
		var m struct {
			CPU, GPU struct {
				Profile string `toml:"profile"`
			}
		}
		if _, err := toml.Decode(string(text), &m); err == nil && (m.CPU.Profile == measured || m.GPU.Profile == measured) {
			found = append(found, name)
		}
	}
	switch {
	case slices.Contains(found, paperMachine):
		return paperMachine, nil
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return "", scenario.BadInput("--profile "+measured, "no embedded machine has it; name one with --machine")
	}
	return "", scenario.BadInput("--profile "+measured, "several machines have it: %s; name one with --machine", strings.Join(found, ", "))
}

// look reads what the machine and its profile have.
func (s *Site) look(measured string) error {
	// Any model and size of image: without them the scenario would have to be asked about a profile that has several.
	opt := scenario.Options{Set: append(slices.Clone(s.set), "pipeline.model=vit-base", "pipeline.image=medium"), Profile: measured}
	text, err := files.ReadFile(elsewhereFile)
	if err != nil {
		return err
	}
	sc, err := scenario.Text("--machine", text).With(opt)
	if err != nil {
		return err
	}
	s.GPUs, s.Device, s.images = sc.GPU.Count, "cpu", map[string][]string{}
	if device := cmp.Or(sc.GPU.Model, sc.CPU.Model); device != "" {
		s.Name = fmt.Sprintf("%s, %d cores", device, sc.CPU.Cores)
	}
	for _, device := range []string{"cpu", "gpu"} {
		m := sc.ProfileOf(device)
		if m == nil || device == "gpu" && s.GPUs == 0 {
			continue
		}
		s.images[device] = ordered(m.Images(device))
		if models := m.Models(device); len(models) > 0 {
			s.Device, s.Models = device, models
		}
	}
	switch {
	case len(s.Models) == 0:
		return scenario.BadInput(s.Name, "its profile has no model's inference; measure one with vsim profile")
	case len(s.Ways()) == 0:
		return scenario.BadInput(s.Name, "its profile has no decoding of images; measure it with vsim profile")
	case s.Device == "cpu":
		delete(s.images, "gpu") // nothing would be served there
	}
	return nil
}

// ordered puts the paper's sizes first, from small to large.
func ordered(images []string) []string {
	rank := func(name string) int {
		if i := slices.Index([]string{"small", "medium", "large"}, name); i >= 0 {
			return i
		}
		return 3
	}
	out := slices.Clone(images)
	slices.SortStableFunc(out, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

package compile

import (
	"fmt"
	"slices"
	"strings"

	"vsim/profile"
	"vsim/sim/scenario"
	"vsim/sim/topology"
)

// notes says for people what is simulated, which defaults apply and where the figures come from.
func (b *builder) notes() []string {
	out := []string{b.machine(), b.s.Traffic(&b.sys.Source)}
	if d := b.defaults(); d != "" {
		out = append(out, d)
	}
	for _, l := range b.used {
		switch {
		case l.Origin == profile.Published:
			out = append(out, fmt.Sprintf("Profile %s is assembled from published figures, not measured: see its sources.", l.Name))
		default:
			out = append(out, fmt.Sprintf("Profile %s was measured %s.", l.Name, l.Provenance.Date))
		}
	}
	if a := b.assumption(); a != "" {
		out = append(out, a)
	}
	return out
}

func (b *builder) machine() string {
	s := b.s
	if s.IsGeneral() {
		return b.general()
	}
	parts := []string{plural(s.CPU.Cores, "core")}
	if s.GPU.Count > 0 {
		parts = append(parts, plural(s.GPU.Count, "GPU"))
	}
	var sizes []string
	for _, im := range s.Pipeline.Images {
		sizes = append(sizes, im.Size)
	}
	return fmt.Sprintf("%s: %s; %s on %s images, preprocessing on the %s, inference on the %s.", s.HardwareName()+b.ofThem(),
		strings.Join(parts, ", "), s.Pipeline.Model, strings.Join(sizes, "/"),
		strings.ToUpper(s.Pipeline.Preprocessing), strings.ToUpper(s.Pipeline.Inference))
}

// general is machine for the general form.
func (b *builder) general() string {
	s := b.s
	name := s.HardwareName()
	if s.Name != "" && s.Name != name {
		name = s.Name + " on " + name
	}
	out := fmt.Sprintf("%s: %s", name+b.ofThem(), plural(b.kept(), "stage"))
	if over := b.brokersUsed(); over != nil {
		out += " over " + strings.Join(over, ", ")
	}
	return out + "."
}

// ofThem says how many servers there are, where they are several.
func (b *builder) ofThem() string {
	if n := b.s.Servers.Count; n > 1 {
		return fmt.Sprintf(", %d of them", n)
	}
	return ""
}

// kept counts the scenario's stages that are simulated.
func (b *builder) kept() int {
	stages := map[int]bool{}
	for i, p := range b.plans {
		if len(p.steps) > 0 {
			stages[b.origin(i)] = true
		}
	}
	return len(stages)
}

// brokersUsed names the brokers over which stages are reached, with their types where the names do not say them.
func (b *builder) brokersUsed() (out []string) {
	for i := range b.g.Stages {
		l := b.g.Stages[i].Leg()
		if l == nil || l.Part != scenario.Sends {
			continue
		}
		name := l.Name
		if name != l.Type {
			name += " (" + l.Type + ")"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// defaults names the tables that the user left to vsim.
func (b *builder) defaults() string {
	if b.s.IsGeneral() {
		return ""
	}
	var left []string
	for _, table := range []string{"pipeline", "batcher", "inference", "workload"} {
		if !b.s.Given(table) {
			left = append(left, table)
		}
	}
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("Defaults apply to %s; --print shows them.", strings.Join(left, ", "))
}

// warnings sums up which batch sizes were not measured as such.
func (b *builder) warnings() []string {
	var out []string
	for _, s := range b.supports {
		total := 0
		for _, n := range s.count {
			total += n
		}
		if n := s.count[topology.Interpolated]; n > 0 {
			out = append(out, fmt.Sprintf("%s: %d of %d batch sizes %s interpolated between known ones", s.step, n, total, are(n)))
		}
		if n := s.count[topology.Extrapolated]; n > 0 {
			out = append(out, fmt.Sprintf("%s: %s beyond the known ones %s extrapolated", s.step, plural(n, "batch size"), are(n)))
		}
		if s.falls != "" {
			out = append(out, fmt.Sprintf("%s: its time falls from batch %s, which is noise; batches beyond are taken to take as long as the nearest; measure for longer", s.step, s.falls))
		}
	}
	out = append(out, b.sharingWarnings()...)
	for _, l := range b.used {
		if !l.Provenance.Complete {
			out = append(out, fmt.Sprintf("profile %s is incomplete: measuring ended before every point was visited or was interrupted", l.Name))
		}
		if doubt := l.Provenance.Doubt(); doubt != "" {
			out = append(out, fmt.Sprintf("profile %s %s", l.Name, doubt))
		}
		if padded := b.padded(l.Profile); padded != "" {
			out = append(out, padded)
		}
		if few := b.few(l.Profile); few != "" {
			out = append(out, fmt.Sprintf("profile %s has few samples of %s, so that predictions may be far off, whatever their intervals say; measure for longer", l.Name, few))
		}
	}
	return out
}

// padded says where batches are run at the one size that is published; a size that was measured alone is the model's own.
func (b *builder) padded(p *profile.Profile) string {
	for i := range p.Services {
		if s := &p.Services[i]; s.OnlyBatch && s.Batch > 1 && p.Origin == profile.Published && b.samplers[s] != nil {
			return fmt.Sprintf("%s: published are the times of batches of %d alone; smaller ones are padded to it and take as long, so that throughput is far too low and latency too high where batches do not fill",
				s.Stage, s.Batch)
		}
	}
	return ""
}

// enough samples give a mean; whoever wants a p99 needs more.
const enough = 30

// few lists the points of a profile that are simulated and have fewer samples than enough, "" where none has.
func (b *builder) few(p *profile.Profile) string {
	const shown = 3
	var out []string
	more := 0
	for i := range p.Services {
		s := &p.Services[i]
		switch {
		case b.samplers[s] == nil || s.N == 0 || s.N >= enough: // no samples: published
		case len(out) == shown:
			more++
		default:
			out = append(out, fmt.Sprintf("%s (%d)", s.Label(), s.N))
		}
	}
	if more > 0 {
		out = append(out, plural(more, "more point"))
	}
	return strings.Join(out, ", ")
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

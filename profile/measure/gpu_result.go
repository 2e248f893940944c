package measure

import (
	"fmt"
	"maps"
	"slices"

	"vsim/profile"
)

// describe writes into a profile what is the GPU's: which one the driver says it is, what it ran on, how
// it was, and what was measured besides times.
func (g *gpuBench) describe(p *profile.Profile) {
	d := g.cfg.Device
	p.Name = d.Info.Name
	p.Provenance.GPU = describeGPU(d.Info)
	p.Provenance.Libraries = maps.Clone(d.Version)
	p.Energy, p.Footprints = g.energy, g.footprints
	set, batch := g.middle()
	notes := []string{
		fmt.Sprintf("transfers by batch: tensors of %s, %d bytes each, and its logits", g.cfg.Models[0].Name, g.tensor.SizeBytes()),
		fmt.Sprintf("decoding: nvJPEG on the %s (%d engines), from host memory: it moves the file's bytes over the link itself", d.Backend, d.Engines),
		fmt.Sprintf("spans: of the GPU between two CUDA events; STAGE%s with launching and waiting, STAGE%s the CPU's time in the call", wallSuffix, hostSuffix),
		fmt.Sprintf("contention and energy: transfers of %d bytes, %q images and %s in batches of %d, each worker in a stream of its own", besideBytes, set.Name, g.cfg.Models[0].Name, batch),
		fmt.Sprintf("the GPU during measuring: %d to %d MHz, at most %d °C, clock held down by: %s", g.seen.clockLow, g.seen.clockHigh, g.seen.hottest, orNothing(g.seen.reasons.String())),
	}
	for _, direction := range directions {
		if small, large := p.Ends(direction); small != nil {
			notes = append(notes, fmt.Sprintf("%s, pinned: %s in %s, %s at %.3g GB/s", direction, size(small.SizeBytes), ns(small.MeanNs), size(large.SizeBytes), float64(large.SizeBytes)/large.MeanNs))
		}
	}
	if g.seen.disturbed > 0 {
		notes = append(notes, fmt.Sprintf("%d visits were disturbed by heat, a brake or another process on the GPU", g.seen.disturbed))
	}
	if len(g.energy) > 0 && !hasHost(g.energy) {
		notes = append(notes, "host energy: RAPL cannot be read here; the hardware file's watts model it")
	}
	p.Provenance.Notes = slices.Concat(p.Provenance.Notes, d.Notes, notes, g.notes)
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

func hasHost(energy []profile.Energy) bool {
	for _, e := range energy {
		if e.Resource == cpu {
			return true
		}
	}
	return false
}

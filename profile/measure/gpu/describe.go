package gpu

import (
	"fmt"
	"maps"
	"slices"

	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/gpu"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/measure"
)

// Describe adds what only the GPU's driver knows: its name, what it ran on, how it was, and what was
// measured besides times.
func (t *target) Describe(p *profile.Profile) {
	d := t.cfg.Device
	p.Name = d.Info.Name
	p.Provenance.GPU = d.Info.String()
	p.Provenance.Libraries = maps.Clone(d.Version)
	p.Energy, p.Footprints = t.energy, t.footprints
	set, batch := t.middle()
	model := "no model"
	if t.model != nil {
		model = t.model.Name
	}
	notes := []string{
		fmt.Sprintf("transfers by batch: tensors of %s, %d bytes each, and its logits", model, t.tensor.SizeBytes()),
		fmt.Sprintf("spans: of the GPU between two CUDA events; STAGE%s with launching and waiting, STAGE%s the CPU's time in the call", profile.WallSuffix, profile.HostSuffix),
		fmt.Sprintf("%s and %s: of one picture, in batches of up to %d: its tensor into pinned memory, its answer from the logits", device.Copy, device.Post, batch),
		fmt.Sprintf("contention: transfers of %d bytes, %q images and %s in the batches that a slow-down names, each worker in a stream of its own; energy: the same in batches of %d", besideBytes, set.Name, model, batch),
	}
	if d.Preprocesses() == nil {
		notes = append(notes, t.decoding()...)
	}
	if text := t.seen.String(); text != "" {
		notes = append(notes, "the GPU during measuring: "+text)
	}
	for _, direction := range directions {
		if small, large := p.Ends(direction); small != nil {
			notes = append(notes, fmt.Sprintf("%s, pinned: %s in %s, %s at %.3g GB/s", direction, measure.FormatBytes(small.SizeBytes), measure.FormatNs(small.MeanNs), measure.FormatBytes(large.SizeBytes), float64(large.SizeBytes)/large.MeanNs))
		}
	}
	if t.seen.disturbed > 0 {
		notes = append(notes, fmt.Sprintf("%d visits were disturbed by heat, a brake or another process on the GPU", t.seen.disturbed))
	}
	if len(t.energy) > 0 && !hasHost(t.energy) {
		notes = append(notes, "host energy: RAPL cannot be read here; the hardware file's watts model it")
	}
	p.Provenance.Notes = slices.Concat(p.Provenance.Notes, d.Notes, notes, t.notes)
}

// decoding says what the stages of decoding are.
func (t *target) decoding() (notes []string) {
	const huffman, decode = profile.HuffmanStage, gpu.Decode
	d := t.cfg.Device
	notes = append(notes, fmt.Sprintf("decoding: nvJPEG on the %s (%d engines), from host memory: it moves the file's bytes over the link itself", d.Decoder, d.Engines))
	phases := fmt.Sprintf("%%s is the host phase, on one thread, of all pictures of a batch one after the other: parsing, and the Huffman decoding of pictures of at most %d pixels, as in DALI; "+
		"%%s, between two CUDA events, moves what it made to the GPU, which does the rest, one picture after the other", nvjpeg.HuffmanThreshold)
	switch {
	case d.Decoder == gpu.TwoPhases:
		notes = append(notes, fmt.Sprintf("decoding in two phases: "+phases, huffman, decode),
			"decoding beside others: the GPU's phase, while each neighbour that decodes does both phases in turn")
	case t.phasedBeside():
		notes = append(notes, fmt.Sprintf("decoding in two phases, beside that on the engines, which is %s: "+phases+"; no prediction reads them unasked",
			decode, huffman+profile.PhasedSuffix, decode+profile.PhasedSuffix))
	}
	return notes
}

func hasHost(energy []profile.Energy) bool {
	for _, e := range energy {
		if e.Resource == onCPU {
			return true
		}
	}
	return false
}

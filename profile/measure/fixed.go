package measure

import (
	"fmt"
	"strings"

	"vsim/profile"
)

const fixesBatch = ": its file fixes the batch at "

// FixedBatch is the note of a model that runs one batch only.
func FixedBatch(model string, batch int) string {
	return fmt.Sprintf("%s%s%d; other batches were left out", model, fixesBatch, batch)
}

// FixedBatches are such notes of a profile.
func FixedBatches(p *profile.Profile) (out []string) {
	for _, note := range p.Provenance.Notes {
		if strings.Contains(note, fixesBatch) {
			out = append(out, note)
		}
	}
	return out
}

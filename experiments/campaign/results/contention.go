package results

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"vsim/profile"
	"vsim/profile/device/gpu"
)

// besideNote is how profiles of GPUs said in which batches and of which model all their slow-downs were, before each of
// them did.
var besideNote = regexp.MustCompile(`^contention and energy: transfers of \d+ bytes, ".*" images and (\S+) in batches of (\d+), `)

// addBatches gives the slow-downs of a profile whose notes tell them the batches and the model that they were measured
// with. Slow-downs that name batches of their own stay as they are, and so do those of which no note tells.
func addBatches(p *profile.Profile) {
	if slices.ContainsFunc(p.Contention, func(c profile.Contention) bool { return c.Batch > 0 || c.BesideBatch > 0 || c.Model != "" }) {
		return
	}
	for _, note := range p.Provenance.Notes {
		m := besideNote.FindStringSubmatch(note)
		if m == nil {
			continue
		}
		batch, err := strconv.Atoi(m[2])
		if err != nil {
			return
		}
		for i := range p.Contention {
			c := &p.Contention[i]
			c.Batch, c.BesideBatch = batchOf(c.Stage, batch), batchOf(c.Beside, batch)
			if c.Stage == gpu.Infer || c.Beside == gpu.Infer {
				c.Model = m[1]
			}
		}
		return
	}
}

// batchOf is the batch of a stage's jobs: transfers have none.
func batchOf(stage string, batch int) int {
	if stage == gpu.H2D || stage == gpu.D2H {
		return 0
	}
	return batch
}

// sharpen replaces slow-downs by more precise ones of the same jobs in other parts, and says from which files how many are.
func sharpen(out *profile.Profile, parts []part) (notes []string) {
	from := map[string]int{}
	for i := range out.Contention {
		file := ""
		for _, p := range parts {
			for _, other := range p.Contention {
				if other.Same(&out.Contention[i]) && other.Sharper(&out.Contention[i]) {
					out.Contention[i], file = other, p.file
				}
			}
		}
		if file != "" {
			from[file]++
		}
	}
	for _, p := range parts {
		if n := from[p.file]; n > 0 {
			notes = append(notes, fmt.Sprintf("of the slow-downs, %d are those of %s, more precise there", n, p.file))
		}
	}
	return notes
}

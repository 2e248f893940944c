package running

// mostOthers is how many processors others may use during a burst that counts.
const mostOthers = 0.1

// disturbed says that others used the machine during a burst.
func (b *burst) disturbed() bool { return b.Others > mostOthers }

// quiet are the bursts that nobody disturbed; of plans of which all were disturbed, the least disturbed one. The second result is how many
// plans that are.
func quiet(bursts []*burst) (out []*burst, doubtful int) {
	type kind struct {
		plan
		instances int
	}
	best, good := map[kind]*burst{}, map[kind]bool{}
	for _, b := range bursts {
		k := kind{b.plan, b.Instances}
		if !b.disturbed() {
			good[k] = true
			out = append(out, b)
		}
		if best[k] == nil || b.Others < best[k].Others {
			best[k] = b
		}
	}
	for k, b := range best {
		if !good[k] {
			out = append(out, b)
			doubtful++
		}
	}
	return out, doubtful
}

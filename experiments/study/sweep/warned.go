package sweep

import "fmt"

// maxWarnings is how many different warnings are said; each row has its own.
const maxWarnings = 5

// warned adds up the warnings of rows.
type warned struct {
	order []string       // in which they came first
	rows  map[string]int // how many rows have each
	more  bool           // than are kept
}

func (w *warned) add(r *Row) {
	if w.rows == nil {
		w.rows = map[string]int{}
	}
	for _, text := range r.Warnings {
		switch {
		case w.rows[text] > 0:
		case len(w.order) == maxWarnings:
			w.more = true
			continue
		default:
			w.order = append(w.order, text)
		}
		w.rows[text]++
	}
}

// lines are the warnings for people, of so many rows in all.
func (w *warned) lines(all int) (out string) {
	for _, text := range w.order {
		if n := w.rows[text]; n < all {
			out += fmt.Sprintf("Warning, %d of %d points: %s\n", n, all, text)
			continue
		}
		out += fmt.Sprintf("Warning: %s\n", text)
	}
	if w.more {
		out += "Warning: there are more; --csv, --json and -o give those of each point.\n"
	}
	return out
}

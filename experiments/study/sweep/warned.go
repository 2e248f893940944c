package sweep

import "fmt"

// maxWarnings is how many different warnings are said; each row has its own.
const maxWarnings = 5

// warned adds up what is said of rows, of one kind: warnings, or why they are invalid.
type warned struct {
	order []string       // in which they came first
	rows  map[string]int // how many rows have each
	more  bool           // than are kept
}

func (w *warned) add(texts ...string) {
	if w.rows == nil {
		w.rows = map[string]int{}
	}
	for _, text := range texts {
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

// lines are what is said for people, each line after its kind, of so many rows in all.
func (w *warned) lines(kind string, all int) (out string) {
	for _, text := range w.order {
		if n := w.rows[text]; n < all {
			out += fmt.Sprintf("%s, %d of %d points: %s\n", kind, n, all, text)
			continue
		}
		out += fmt.Sprintf("%s: %s\n", kind, text)
	}
	if w.more {
		out += kind + ": there are more; --csv, --json and -o give those of each point.\n"
	}
	return out
}

package scenario

import "github.com/agnivade/levenshtein"

// farthest is the largest number of letters that a suggested name may differ in from what was written.
const farthest = 3

// Nearest returns the name that is closest to what was written, or "" when none is close enough to
// be what was meant: at most one edit for every three letters, one for the shortest, and three for the longest.
func Nearest(written string, names []string) string {
	best, bestDistance := "", min(1+len(written)/3, farthest)
	for _, n := range names {
		if d := levenshtein.ComputeDistance(written, n); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = n, d
		}
	}
	return best
}

// nearestRemedy phrases the nearest name as a remedy, or lists all names when none is near.
func nearestRemedy(written string, names []string) string {
	if n := Nearest(written, names); n != "" {
		return "did you mean " + quote(n) + "?"
	}
	if len(names) == 0 {
		return "there is none"
	}
	return "valid here: " + joinQuoted(names)
}

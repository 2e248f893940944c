package userfile

import (
	"fmt"
	"reflect"
	"strconv"
	"unicode"
)

// IsControl says that a character is one that a terminal obeys instead of showing it: a control character, an end of a
// line or a paragraph, or one that turns the direction of writing.
func IsControl(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
}

// Bounds gives the rule that a number breaks of those in the tag of its field: above, min and max; "" for none.
func Bounds(x float64, tag reflect.StructTag) string {
	for _, bound := range []struct {
		name, rule string
		holds      func(limit float64) bool
	}{
		{"above", "must be above %v", func(limit float64) bool { return x > limit }},
		{"min", "must be at least %v", func(limit float64) bool { return x >= limit }},
		{"max", "must be at most %v", func(limit float64) bool { return x <= limit }},
	} {
		limit, err := strconv.ParseFloat(tag.Get(bound.name), 64)
		if err == nil && !bound.holds(limit) {
			return fmt.Sprintf(bound.rule, limit)
		}
	}
	return ""
}

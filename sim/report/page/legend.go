package page

import "fmt"

// Swatch is a sign of a picture, by the class that draws it, and what it stands for.
type Swatch struct{ Class, Name string }

// lineClass is how the line of a number is drawn: whole, then dashed, then dotted.
func lineClass(i int) string {
	return fmt.Sprintf("line s%d%s", i%colours, []string{"", " dashed", " dotted"}[i/colours%3])
}

// Legend says what the lines and dots are, where there are several.
func (c *Chart) Legend() (out []Swatch) {
	for i, s := range c.Series {
		if s.Name != "" {
			out = append(out, Swatch{lineClass(i)[len("line "):], s.Name})
		}
	}
	for _, s := range c.Dots {
		if s.Name == "" {
			continue
		}
		class := fmt.Sprintf("dot s%d", s.Colour%colours)
		if s.Cross {
			class = fmt.Sprintf("cross s%d", s.Colour%colours)
		}
		out = append(out, Swatch{class, s.Name})
	}
	if len(c.Dots) == 0 && len(out) < 2 {
		return nil
	}
	return out
}

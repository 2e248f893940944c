package paper

import (
	"bytes"
	"fmt"

	"vsim/experiments/study/picture"
)

// Files are a figure's table as CSV and its plots as SVG and PNG, by name.
func (r *Result) Files() (map[string][]byte, error) {
	out := map[string][]byte{}
	if len(r.Table.Columns) > 0 {
		text, err := r.Table.CSV()
		if err != nil {
			return nil, fmt.Errorf("%s.csv: %w", r.Name, err)
		}
		out[r.Name+".csv"] = text
	}
	for i := range r.Plots {
		p := &r.Plots[i]
		for _, ending := range picture.Endings {
			data, err := p.Drawn(ending)
			if err != nil {
				return nil, fmt.Errorf("%s%s: %w", p.Name, ending, err)
			}
			out[p.Name+ending] = data
		}
	}
	return out, nil
}

// ClaimFiles are the claims of all figures, for people and for programs, by name.
func (r *Report) ClaimFiles() (map[string][]byte, error) {
	var b bytes.Buffer
	if err := r.JSON(&b); err != nil {
		return nil, err
	}
	head := "# The paper's claims\n\n"
	if r.Elsewhere != "" {
		head = "# The paper's claims, " + r.Elsewhere + ", not the paper's machine\n\n"
	}
	return map[string][]byte{"claims.json": b.Bytes(), "claims.md": []byte(head + r.Markdown())}, nil
}

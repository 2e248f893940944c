package paper

import (
	"context"
	"errors"
	"slices"
)

// Result is what came of a figure.
type Result struct {
	Figure
	*Sheet
}

// Report is figures and what came of them.
type Report struct {
	Elsewhere string // what was asked in place of the paper's machine, "" for none: "on FILE"
	Results   []Result
}

// Add runs a figure and keeps what came of it.
func (r *Report) Add(ctx context.Context, lab *Lab, f Figure) (*Result, error) {
	sheet, err := f.Run(ctx, lab)
	if own := new(Overwritten); errors.As(err, &own) {
		return nil, &Unasked{Figure: f.Name, Why: own.Error()}
	}
	if err != nil {
		return nil, err
	}
	r.Results = append(r.Results, Result{f, sheet})
	return &r.Results[len(r.Results)-1], nil
}

// All runs figures one after the other.
func All(ctx context.Context, lab *Lab, figures []Figure) (*Report, error) {
	var r Report
	for _, f := range figures {
		if _, err := r.Add(ctx, lab, f); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

// Outcomes are those of all figures, in the order of the paper's claims.
func (r *Report) Outcomes() (out []Outcome) {
	for _, c := range Claims {
		for _, result := range r.Results {
			for _, o := range result.Outcomes {
				if o.ID == c.ID {
					out = append(out, o)
				}
			}
		}
	}
	return out
}

// Names are those of the figures, as a command has them.
func Names() (out []string) {
	for _, f := range Figures() {
		out = append(out, f.Name)
	}
	return out
}

// Named is the figure of a name.
func Named(name string) (Figure, bool) {
	all := Figures()
	i := slices.IndexFunc(all, func(f Figure) bool { return f.Name == name })
	if i < 0 {
		return Figure{}, false
	}
	return all[i], true
}

// Tally counts claims.
type Tally struct {
	Pred, Held   int // nothing was fitted to
	Fitted, Kept int // the machine was
}

// Tally counts the outcomes.
func (r *Report) Tally() (t Tally) {
	for _, o := range r.Outcomes() {
		holds := 0
		if o.Holds() {
			holds = 1
		}
		if claimOf(o.ID).Fitted() {
			t.Fitted, t.Kept = t.Fitted+1, t.Kept+holds
		} else {
			t.Pred, t.Held = t.Pred+1, t.Held+holds
		}
	}
	return t
}

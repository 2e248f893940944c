package paper

import (
	"encoding/json"
	"io"
)

// claimJSON is a claim for programs. What is not known, or not stated, is null.
type claimJSON struct {
	Claim
	Unit      string      `json:"unit"` // of predicted: of the first part; "1" for shares, "times" for ratios
	Predicted *float64    `json:"predicted"`
	Interval  *[2]float64 `json:"interval"`
	Holds     bool        `json:"holds"`
	Parts     []partJSON  `json:"parts,omitempty"` // where a claim has several numbers
	Compared  string      `json:"compared,omitempty"`
}

// partJSON is one number of a claim.
type partJSON struct {
	Name      string      `json:"name"`
	Unit      string      `json:"unit"`
	Paper     *float64    `json:"paper"`
	Predicted *float64    `json:"predicted"`
	Interval  *[2]float64 `json:"interval"`
	Holds     bool        `json:"holds"`
}

// JSON writes the claims for programs.
func (r *Report) JSON(w io.Writer) error {
	doc := struct {
		On     string      `json:"on,omitempty"` // not the paper's machine
		Claims []claimJSON `json:"claims"`
	}{r.Elsewhere, []claimJSON{}}
	for _, o := range r.Outcomes() {
		doc.Claims = append(doc.Claims, o.json())
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}

func (o Outcome) json() claimJSON {
	out := claimJSON{Claim: claimOf(o.ID), Holds: o.Holds(), Compared: o.Why}
	for i, q := range o.Quantities {
		part := partJSON{q.Name, q.Unit, orNull(q.Paper), orNull(q.Predicted), q.interval(), q.Holds}
		if i == 0 {
			out.Unit, out.Predicted, out.Interval = part.Unit, part.Predicted, part.Interval
		}
		if len(o.Quantities) > 1 {
			out.Parts = append(out.Parts, part)
		}
	}
	return out
}

// interval is null where an end is not known.
func (q Quantity) interval() *[2]float64 {
	if !known(q.Low) || !known(q.High) {
		return nil
	}
	return &[2]float64{rounded(q.Low), rounded(q.High)}
}

func orNull(x float64) *float64 {
	if !known(x) {
		return nil
	}
	x = rounded(x)
	return &x
}

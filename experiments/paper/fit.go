package paper

// Fit is a number of the paper's machine that was fitted, and to what.
type Fit struct {
	Name  string // what it is of: "nvJPEG's host phase, medium image"
	Value float64
	Unit  string
	From  string // what gives its first value, or its form: a published measurement, with its source
	To    string // what it was fitted to: "claim 3c"
}

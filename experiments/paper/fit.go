package paper

// Fit is one number of the paper's machine that is not published as it stands, and what it follows from.
type Fit struct {
	Name  string
	Value float64
	Unit  string
	From  string // claims marked cal, published figures
	How   string // the equation
}

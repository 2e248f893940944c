package scenario

// Workload says how requests arrive: by one of the processes of arrivalKinds, whose keys it has.
type Workload struct {
	Arrivals Arrivals `toml:"arrivals" example:"poisson"`
	Items    *Count   `toml:"items,omitempty" default:"1" doc:"images of a request, drawn for each, 1 at least. Batches count them and split no request; what is done each is done for each image; times per image and by batch size go by images. With pipeline presets, CPU workers preprocess a request's images side by side" example:"5"`

	ClosedKeys
	RateKeys
	BurstKeys
	RenewalKeys
	MMPPKeys
	PiecewiseKeys
	DiurnalKeys
	PeriodKeys
	TraceKeys
	CameraKeys
}

// Count is a random whole number.
type Count struct {
	Dist    string    `toml:"dist" enum:"constant|uniform|poisson|discrete" default:"constant" doc:"family"`
	Mean    float64   `toml:"mean,omitzero" above:"0" max:"1000" doc:"of constant (a whole number) and poisson" example:"5"`
	Min     int       `toml:"min,omitzero" min:"0" max:"1000" doc:"of uniform" example:"1"`
	Max     int       `toml:"max,omitzero" min:"0" max:"1000" doc:"of uniform" example:"9"`
	Values  []int     `toml:"values,omitempty" min:"0" max:"1000" doc:"of discrete, ascending" example:"[0, 1, 5]"`
	Weights []float64 `toml:"weights,omitempty" min:"0" max:"1e9" doc:"of discrete: one a value" example:"[0.2, 0.5, 0.3]"`
}

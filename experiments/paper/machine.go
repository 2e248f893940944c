package paper

// Fitted are the numbers that were fitted to claims of the paper, all of them marked cal.
func Fitted() []Fit {
	return []Fit{
		{"Kafka's acknowledgement of a face", 2.14, "ms", "share of the broker at zero load, 25 faces", "claim 11c"},
		{"Redis's acknowledgement of a face", 0.051, "ms", "share of the broker at zero load, 25 faces", "claim 11c"},
	}
}

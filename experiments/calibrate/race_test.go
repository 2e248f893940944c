//go:build race

package calibrate

func init() { underRace = true }

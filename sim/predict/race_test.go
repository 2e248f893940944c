//go:build race

package predict

func init() { underRace = true }

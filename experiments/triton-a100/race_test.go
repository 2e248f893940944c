//go:build race

package tritona100

func init() { underRace = true }

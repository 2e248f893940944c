//go:build race

package engine

func init() { underRace = true }

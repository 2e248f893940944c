//go:build race

package batcher

func init() { underRace = true }

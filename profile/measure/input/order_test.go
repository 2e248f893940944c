package input

import (
	"slices"
	"testing"
)

func TestShuffledVisitsAllInEachRound(t *testing.T) {
	next := Shuffled(5, 1)
	rounds := map[[5]int]bool{}
	for range 10 {
		var round [5]int
		for i := range round {
			round[i] = next()
		}
		rounds[round] = true
		slices.Sort(round[:])
		if round != [5]int{0, 1, 2, 3, 4} {
			t.Fatalf("a round was %v", round)
		}
	}
	if len(rounds) < 2 {
		t.Error("every round has the same order")
	}
}

package post

import (
	"slices"
	"testing"
)

// Four anchors in YOLOv8's order: two that overlap, one of another class at the same place, one without a score.
func anchors() [][]float32 {
	return [][]float32{
		{10, 10, 8, 8, 0.8, 0.1}, {10, 11, 8, 8, 0.9, 0.1}, {10, 10, 8, 8, 0.1, 0.7}, {50, 50, 8, 8, 0.2, 0.1},
		{60, 60, 4, 4, 0.3, 0.1}, {0, 0, 1, 1, 0, 0}, {0, 0, 1, 1, 0, 0},
	}
}

func TestNMSKeepsTheBestOfEachClassInBothOrders(t *testing.T) {
	rows := anchors()
	const channels = 6
	var byAnchor []float32
	byChannel := make([]float32, channels*len(rows))
	for n, row := range rows {
		byAnchor = append(byAnchor, row...)
		for c, v := range row {
			byChannel[c*len(rows)+n] = v
		}
	}
	want := []Box{{6, 7, 14, 15, 0, 0.9}, {6, 6, 14, 14, 1, 0.7}, {58, 58, 62, 62, 0, 0.3}}
	a := Answerer{Kind: NMS}
	for dims, values := range map[[2]int64][]float32{{channels, 7}: byChannel, {7, channels}: byAnchor} {
		if got := a.Of(values, dims[:]).Boxes; !slices.Equal(got, want) {
			t.Errorf("%v: %v, want %v", dims, got, want)
		}
	}
}

func TestAnswersFollowTheirKindAndPlace(t *testing.T) {
	values := []float32{0, 1, 5, 2}
	argmax := Answerer{Kind: Argmax}
	if got := argmax.At(1, values, []int64{2, 2}).Classes; len(got) != 2 || got[0].Class != 0 {
		t.Errorf("argmax of the second picture: %v", got)
	}
	if got := argmax.At(2, values, []int64{2, 2}); got.Classes != nil {
		t.Errorf("a place that the output does not have: %v", got)
	}
	none := Answerer{Kind: None}
	if got := none.At(0, values, []int64{2, 2}); got.Classes != nil || got.Boxes != nil {
		t.Errorf("none: %v", got)
	}
	if _, err := ParseKind("best"); err == nil {
		t.Error("kind best was accepted")
	}
}

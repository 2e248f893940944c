package calibrate

import (
	"context"
	"slices"
	"testing"
)

func TestSizesEndAtTheLargest(t *testing.T) {
	if got, want := sizes(13), []int{1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 13}; !slices.Equal(got, want) {
		t.Errorf("sizes are %v, want %v", got, want)
	}
}

// A batch that no load fills changes no figure, and is not made ready for a simulation; one that waits for its preferred
// size is.
func TestOnlyBatchesThatALoadFillsAreSimulated(t *testing.T) {
	m := knownLoad(1, 32, false)
	load := OnlineRow{Concurrency: 11}
	if got := m.simulated(load).Server.MaxBatch; got != 12 {
		t.Errorf("largest batch simulated with 11 clients is %d, want 12", got)
	}
	if got := m.simulated(OnlineRow{RateRPS: 100, AvgS: 1}).Server.MaxBatch; got != 32 {
		t.Errorf("largest batch simulated with 100 requests inside is %d, want 32", got)
	}
	all, err := m.simulate(context.Background(), load, false)
	if err != nil {
		t.Fatal(err)
	}
	m.Server.MaxBatch = MaxBatch
	if got := m.simulated(load).Server.MaxBatch; got != 12 {
		t.Errorf("largest batch simulated of %d is %d", MaxBatch, got)
	}
	if got, err := m.simulate(context.Background(), load, false); err != nil || got != all {
		t.Errorf("with larger batches allowed: %+v, %v; want %+v", got, err, all)
	}
	m.Images, m.Server.Preferred = 2, []int{40}
	if got := m.simulated(load).Server.MaxBatch; got < 40 {
		t.Errorf("largest batch simulated is %d, below the preferred 40", got)
	}
}

// Slow-downs at batches below those of which they are known are those of the batch.
func TestSlowdownsOfASetupWithSmallBatches(t *testing.T) {
	got := knownPlain.slows(4)
	if n := len(got); n != 3 || got[2].Batch != 4 || got[2].Two != "1.4" {
		t.Errorf("slow-downs are %+v, want 1.4 for batches of 4, midway from 0.2 at 2 to 0.6 at 8", got)
	}
}

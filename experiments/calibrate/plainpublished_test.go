package calibrate

import "testing"

// plainWithin checks the errors of the rows that are judged, and logs them beside those of the yardstick.
func plainWithin(t *testing.T, c *PlainCalibration, m PlainMetric, median, largest float64) {
	t.Helper()
	gotMedian, gotLargest := MedianAndLargest(c.Errors(m, false))
	lineMedian, lineLargest := MedianAndLargest(c.Errors(m, true))
	t.Logf("%-10s  %d rows: median error %.1f %%, largest %.1f %%; line %.1f %%, %.1f %%", c.names()[m], len(c.Errors(m, false)),
		100*gotMedian, 100*gotLargest, 100*lineMedian, 100*lineLargest)
	if gotMedian > median || gotLargest > largest {
		t.Errorf("%s: median error %.1f %%, largest %.1f %%; want %.0f and %.0f", c.names()[m], 100*gotMedian, 100*gotLargest, 100*median, 100*largest)
	}
}

// What two instances do, from the table of one and three rows with two, or two. The recipe was made with this table in view.
func TestTwoInstancesOfTheTutorialsTextRecognition(t *testing.T) {
	if testing.Short() {
		t.Skip("calibrates a server twice")
	}
	for _, anchors := range [][]int{nil, {2, 16}} {
		table := fromFile(t, "testdata/textrecognition-a100.csv")[0]
		c := plainCalibrated(t, &table, Options{Anchors: anchors})
		if c.Model.Closed {
			t.Error("batches are found to be closed; this Triton's grow")
		}
		plainWithin(t, c, PlainRate, 0.05, 0.10)
		plainWithin(t, c, PlainLatency, 0.05, 0.13)
		ours, _ := MedianAndLargest(c.Errors(PlainRate, false))
		if theirs, _ := MedianAndLargest(c.Errors(PlainRate, true)); ours >= theirs {
			t.Errorf("throughput: median error %.1f %%, of a straight line %.1f %%", 100*ours, 100*theirs)
		}
	}
}

// A table that the recipe was not made with: two and three instances from one and from a single row with two.
func TestTwoAndThreeInstancesOfDenseNet(t *testing.T) {
	table := fromFile(t, "testdata/instances.csv")[0]
	c := plainCalibrated(t, &table, Options{Anchors: []int{2}})
	plainWithin(t, c, PlainRate, 0.03, 0.05)
	plainWithin(t, c, PlainLatency, 0.03, 0.05)
}

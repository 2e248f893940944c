package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"vsim/experiments/calibrate"
)

func TestCalibrateNamesTheWrongFlag(t *testing.T) {
	one, two := []string{perfTable}, []string{staticTable, "../../experiments/triton-a100/online.csv"}
	for _, c := range []struct {
		tables []string
		flags  string
		want   string
	}{
		{one, "--instances=1000000", "--instances: 1000000 must be 1 to 1024"},
		{one, "--instances=0", "--instances: 0 must be 1 to 1024"},
		{one, "--max-batch=99999999", "--max-batch: 99999999 must be 1 to 32768"},
		{one, "--max-batch=0", "--max-batch: 0 must be"},
		{one, "--preferred=0", "--preferred: 0 must be 1 or more"},
		{one, "--preferred=8,4", "--preferred: 8,4 must be 1 or more, ascending"},
		{one, "--preferred=4,8", "--preferred: 8 must be at most the largest batch, 1"},
		{one, "--max-queue-delay=-1s", "--max-queue-delay: -1s must be 0s to 1m0s"},
		{one, "--max-queue-delay=9999h", "--max-queue-delay: 9999h0m0s must be"},
		{one, "--anchors=2,1", "--anchors: 2,1 must be 1 or more, ascending, each once"},
		{one, "--anchors=1,1", "--anchors: 1,1 must be 1 or more, ascending, each once"},
		{one, "--anchors=1,2,3,4", "--anchors: 1,2,3,4 are 4 rows; give 3 at most"},
		{one, "--anchors=", `invalid argument "" for "--anchors" flag: must be whole numbers with commas between`},
		{one, "--spread=3", "--spread: 3 must be 0 to 2"},
		{one, "--table=zz", `--table: is "zz", but ` + perfTable + " is one table without a name"},
		{two, "--instances=2", "--instances: 2 must be 1 for a static and an online table"},
		{two, "--formation=closed", "--formation: is of one table"},
		{two, "--table=x", "--table: is of one file"},
		{two, "--preferred=8,256", "--preferred: 256 must be at most the largest batch, 128"},
	} {
		code, out, errOut := vsim(append([]string{"calibrate", c.flags}, c.tables...)...)
		if code != 2 || out != "" || !strings.Contains(errOut, c.want) || strings.Count(errOut, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, want %q", c.flags, code, errOut, c.want)
		}
	}
}

// Which of several tables is being calibrated is told, and cleared before its text comes.
func TestCalibrateTellsWhichTable(t *testing.T) {
	text, err := os.ReadFile(perfTable)
	if err != nil {
		t.Fatal(err)
	}
	one, err := calibrate.ReadTables("t.csv", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	a, b := one[0], one[0]
	a.Name, b.Name = "a", "b"
	for _, c := range []struct {
		tables []calibrate.Table
		want   []string
	}{
		{[]calibrate.Table{a, b}, []string{"1/2 calibrating a", "1/1 fitting the rows used of a", "1/3 predicting rows of a", "2/3 predicting rows of a", "3/3 predicting rows of a", "cleared",
			"2/2 calibrating b", "1/1 fitting the rows used of b", "1/3 predicting rows of b", "2/3 predicting rows of b", "3/3 predicting rows of b", "cleared"}},
		{[]calibrate.Table{a}, []string{"1/1 fitting the rows used of a", "1/3 predicting rows of a", "2/3 predicting rows of a", "3/3 predicting rows of a", "cleared"}},
	} {
		var said []string
		cmd := newCalibrate()
		cmd.SetContext(t.Context())
		cmd.SetOut(&bytes.Buffer{})
		err := calibrateEach(cmd, "t.csv", c.tables, calibrateFlags{},
			func(n, total int, what string) { said = append(said, fmt.Sprintf("%d/%d %s", n, total, what)) },
			func() { said = append(said, "cleared") })
		if err != nil || !slices.Equal(said, c.want) {
			t.Errorf("%v: said %q, want %q", err, said, c.want)
		}
	}
}

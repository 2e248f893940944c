package calibrate

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"vsim/sim/scenario"
)

const verbose = "Concurrency," + perfHeader + ",Avg latency,Avg GPU Utilization"

// perf_analyzer ends its rows with a comma that its header lacks, or has, too.
func TestACommaMoreAtTheEnd(t *testing.T) {
	const row = "1,250,0,1000,0,0,3000,0,0,4000,4000,GPU-0:0.5;"
	for _, text := range []string{verbose + "\n" + row + ",\n", verbose + ",\n" + row + ",\n", verbose + ",\n" + row + "\n", verbose + "\n\n  \n" + row + "\n"} {
		if got := fromText(t, text); len(got.Online) != 1 || got.Online[0].ThroughputRPS != 250 {
			t.Errorf("%q: rows are %+v", text, got.Online)
		}
	}
}

// inUTF16 is a text as a spreadsheet saves it, the lower byte first.
func inUTF16(text string) string {
	var b strings.Builder
	for _, c := range utf16.Encode([]rune(text)) {
		b.WriteString(string([]byte{byte(c), byte(c >> 8)}))
	}
	return b.String()
}

// What is wrong with a whole file is said once, with its cause.
func TestOneLineForAFileOfAnotherForm(t *testing.T) {
	const head = "Concurrency," + perfHeader + "\n"
	const row = "1,250,0,1000,0,0,3000,0,0,4000\n"
	for _, c := range []struct{ text, want string }{
		{head + row + "1,250,0,1000,0,0,3000,0,0,4000,7\n" + row + "2\n", "t.csv:3: the row has 11 fields, but the header names 10 columns"},
		{head + "# by hand\n" + row, "t.csv:2: the row has 1 field, but the header names 10 columns"},
		{head + row + head + row, "t.csv:3: the line repeats the header"},
		{head + "1,\"250,0\",0,1000,0,0,3000,x,0,4000\n" + "2,\"500,0\",0,1000,0,0,3000,0,0,4000\n", `t.csv:2: Inferences/Second = "250,0": has a comma within a number; write it with a decimal point`},
		{head + "1,\"1,250.0\",0,1000,0,0,3000,0,0,4000\n", `t.csv:2: Inferences/Second = "1,250.0": has a comma within a number`},
		{strings.ReplaceAll(head+row, ",", ";"), "t.csv:1: the columns are separated by semicolons"},
		{strings.ReplaceAll(head+row, ",", "\t"), "t.csv:1: the columns are separated by tabs"},
		{strings.ReplaceAll(head+row, "\n", "\r"), "t.csv:1: the lines end with carriage returns alone"},
		{inUTF16("\ufeff" + head + row), "t.csv:1: is text in UTF-16; save the table as CSV in UTF-8"},
		{inUTF16(head + row), "t.csv:1: is text in UTF-16"},
		{head + strings.Repeat(row, MaxRows+1), "t.csv:1002: the table has more than 1000 rows"},
		{head + "1,2_50,0,1000,0,0,3000,0,0,4000\n", `t.csv:2: Inferences/Second = "2_50": must be a number`},
		{head + "1,0x1p8,0,1000,0,0,3000,0,0,4000\n", `t.csv:2: Inferences/Second = "0x1p8": must be a number`},
		{head + "1,250,0,1000,-,0,3000,0,0,4000\n", `t.csv:2: Server Queue = "-": must be a time in us, 0 or more`},
	} {
		_, err := ReadTables("t.csv", strings.NewReader(c.text))
		var input *scenario.InputError
		if !errors.As(err, &input) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.80q: %v, want one line with %q", c.text, err, c.want)
		}
	}
}

func TestAFileWithTheMostRowsIsRead(t *testing.T) {
	text := "Concurrency," + perfHeader + "\n" + strings.Repeat("1,250,0,1000,0,0,3000,0,0,4000\n", MaxRows)
	if got := fromText(t, text); len(got.Online) != 1 || got.Merged != MaxRows-1 {
		t.Errorf("%d rows, %d merged", len(got.Online), got.Merged)
	}
}

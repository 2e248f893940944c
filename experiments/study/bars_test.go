package study

import (
	"bytes"
	"image/png"
	"io"
	"strings"
	"testing"

	"vsim/sim"
)

var sample = []Bar{{"faster", sim.Estimate{Value: 3, Low: 2, High: 4}}, {"slower", sim.Estimate{Value: -2, Low: -2, High: -2}}}

func TestBars(t *testing.T) {
	var b bytes.Buffer
	if err := Bars(&b, "title", "change, %", sample, "svg"); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"title", "change, %", "faster", "slower"} {
		if !strings.Contains(text, ">"+want+"<") {
			t.Errorf("%q is not written", want)
		}
	}
	if strings.Count(text, "1F77B4") == 0 || strings.Count(text, "D62728") == 0 {
		t.Error("bars above and below 0 have no colours of their own")
	}
	b.Reset()
	if err := Bars(&b, "", "", nil, "png"); err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(&b); err != nil {
		t.Error(err)
	}
	if err := Bars(io.Discard, "", "", sample, "gif"); err == nil {
		t.Error("gif is drawn")
	}
}

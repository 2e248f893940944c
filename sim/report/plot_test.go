package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"strings"
	"testing"

	"vsim/sim/engine/stats"
	"vsim/sim/predict"
)

// drawn is the sample with latencies of 1 to 100 ms.
func drawn() *predict.Prediction {
	p := sample()
	p.Latencies = &stats.Histogram{}
	for ms := range int64(100) {
		p.Latencies.Record((ms + 1) * 1e6)
	}
	return p
}

// texts returns what is written in an SVG drawing, which must be well-formed.
func texts(t *testing.T, svg []byte) (out []string) {
	t.Helper()
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok && strings.TrimSpace(string(text)) != "" {
			out = append(out, strings.TrimSpace(string(text)))
		}
	}
}

func TestPlotSVG(t *testing.T) {
	var b, again bytes.Buffer
	if err := errors.Join(Plot(&b, drawn(), "svg"), Plot(&again, drawn(), "svg")); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("two drawings of one prediction differ")
	}
	all := strings.Join(texts(t, b.Bytes()), "|")
	for _, want := range []string{"inference queue", "h2d", "infer", "12,346/s, p50 40.0 ms", "latency, ms", "time of a visit, ms"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not written in the drawing: %s", want, all)
		}
	}
}

// TestPlotOverloaded: there is no latency to draw.
func TestPlotOverloaded(t *testing.T) {
	p := overloaded()
	p.Latencies = drawn().Latencies
	var b bytes.Buffer
	if err := Plot(&b, p, "svg"); err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(texts(t, b.Bytes()), "|"); strings.Contains(all, "latency, ms") || !strings.Contains(all, "overloaded") || !strings.Contains(all, "identify") {
		t.Error(all)
	}
}

// TestPlotPNG: more of the picture is inked when a stage takes longer.
func TestPlotPNG(t *testing.T) {
	ink := func(p *predict.Prediction) (n int) {
		var b bytes.Buffer
		if err := Plot(&b, p, "png"); err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(&b)
		if err != nil {
			t.Fatal(err)
		}
		for y := range picture.Bounds().Dy() {
			for x := range picture.Bounds().Dx() {
				if r, _, b, _ := picture.At(x, y).RGBA(); r < b/2 {
					n++
				}
			}
		}
		return n
	}
	longer := drawn()
	longer.Stages[0].Steps[0].AloneS = only(0.02)
	if a, b := ink(drawn()), ink(longer); a == 0 || b <= a {
		t.Errorf("%d inked points, %d with a longer stage", a, b)
	}
}

func TestPlotFormat(t *testing.T) {
	if err := Plot(io.Discard, drawn(), "gif"); err == nil || !strings.Contains(err.Error(), `"gif"; the formats are svg, png, pdf`) {
		t.Errorf("a format that is none gives %v", err)
	}
	if err := Plot(io.Discard, &predict.Prediction{}, "pdf"); err != nil {
		t.Errorf("nothing to draw gives %v", err)
	}
}

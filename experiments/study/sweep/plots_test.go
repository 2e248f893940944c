package sweep

import (
	"bytes"
	"image/png"
	"slices"
	"strings"
	"testing"

	"vsim/experiments/study"
	"vsim/experiments/study/picture"
)

// Plots have both axes named with their units, the lines named, and what is overloaded marked.
func TestPlotsSayWhatTheyShow(t *testing.T) {
	for _, c := range []struct {
		vary  []string
		zip   bool
		files []string
		words []string // of lines.svg
		heat  []string // of heatmap.svg
	}{
		{vary: []string{"stage.server.workers=1,2,4,8"}, files: []string{"lines.svg", "lines.png"},
			words: []string{"stage.server.workers", "throughput, requests/s", "99th percentile of latency, ms"}},
		{vary: []string{"stage.server.workers=1,2,3", "workload.rate=500/s,2000/s"}, files: []string{"lines.svg", "lines.png", "heatmap.svg", "heatmap.png"},
			words: []string{"workload.rate", "500/s", "2000/s", overloadedWords}, heat: []string{"workload.rate", "stage.server.workers", "requests/s", "overloaded"}},
		{vary: []string{"workload.rate=500/s,600/s,700/s", "stage.server.service.dist=exponential,constant"}, files: []string{"lines.svg", "lines.png", "heatmap.svg", "heatmap.png"},
			words: []string{"workload.rate, 1/s", "exponential"}, heat: []string{"exponential"}},
		{vary: []string{"stage.server.workers=1,2,3", "workload.rate=500/s,600/s,700/s"}, zip: true, files: []string{"lines.svg", "lines.png"}},
		{vary: []string{"name=a,b"}},
		{vary: []string{"run.seed=1..3"}},
		{vary: []string{"stage.server.workers=1..3", "run.seed=1..4", "name=a,b,c,d,e"}},
	} {
		text := small
		if slices.Contains(c.words, overloadedWords) {
			text = long
		}
		file, dir := write(t, text), t.TempDir()
		out := into(t, file, Options{Vary: c.vary, Zip: c.zip}, dir)
		got := contents(t, dir)
		for _, name := range plotNames() {
			if text, ok := got[name]; ok != slices.Contains(c.files, name) {
				t.Errorf("%v: %s is there: %v", c.vary, name, ok)
			} else if ok && strings.HasSuffix(name, ".png") {
				if image, err := png.Decode(bytes.NewReader([]byte(text))); err != nil || image.Bounds().Dx() < 800 {
					t.Errorf("%v: %s: %v", c.vary, name, err)
				}
			}
		}
		for name, words := range map[string][]string{"lines.svg": c.words, "heatmap.svg": c.heat} {
			for _, word := range words {
				if !strings.Contains(got[name], word) {
					t.Errorf("%v: %s does not say %q", c.vary, name, word)
				}
			}
		}
		if len(c.files) == 0 && (len(out.Notes) == 0 || !strings.Contains(out.String(), "no lines.svg: ")) {
			t.Errorf("%v: nobody is told why there is no plot: %s", c.vary, out)
		}
	}
}

func TestScales(t *testing.T) {
	for vary, want := range map[string]string{"a=1,2": "", "a=1ms,2ms": "ms", "a=500us,2ms": "ms", "a=100/s,200/s": "1/s", `a="1GB","2GB"`: "GB"} {
		s := axisOf(t, vary)
		if got, ok := scaleOf(s); !ok || got.unit != want || len(got.numbers) != 2 {
			t.Errorf("%s: %+v, %v", vary, got, ok)
		}
	}
	if got, _ := scaleOf(axisOf(t, "a=500us,2ms")); got.numbers[0] != 0.5 || got.numbers[1] != 2 {
		t.Errorf("%+v", got)
	}
	for _, vary := range []string{"a=cpu,gpu", "a=1,x", "a=1,2ms", "a=true,false"} {
		if got, ok := scaleOf(axisOf(t, vary)); ok {
			t.Errorf("%s: %+v", vary, got)
		}
	}
	if !picture.Logarithmic([]float64{1, 2, 4, 8, 16, 32, 64}) || picture.Logarithmic([]float64{1, 2, 3, 4, 5, 6, 7, 8}) || picture.Logarithmic([]float64{0, 1, 100}) {
		t.Error("doubled numbers want a logarithmic axis, counted ones and 0 none")
	}
}

func axisOf(t *testing.T, vary string) study.Axis {
	t.Helper()
	a, err := study.ParseAxis(vary)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Package probe asks a GPU and its libraries what only they can answer, each question in a few seconds: what it costs when a
// session's batch size changes, whether there are JPEG engines and how far their pictures are from the CPU's, what may
// happen beside a graph's capture, what NVML lets one read. The answers say how far a profile's figures and the live
// server's design can be trusted on a GPU; no prediction reads them.
package probe

import (
	"context"
	"fmt"
	"time"

	"vsim/profile/device/gpu"
)

// Figure is one number of an answer.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
}

// Answer is what a probe found. With an Error the figures are those until then.
type Answer struct {
	Probe   string   `json:"probe"`
	Figures []Figure `json:"figures"`
	Notes   []string `json:"notes,omitempty"`
	Error   string   `json:"error,omitempty"`
	TookS   float64  `json:"took_s"`
}

func (a *Answer) figure(value float64, unit, format string, args ...any) {
	a.Figures = append(a.Figures, Figure{fmt.Sprintf(format, args...), value, unit})
}

func (a *Answer) span(d time.Duration, format string, args ...any) {
	a.figure(float64(d)/1e6, "ms", format, args...)
}

func (a *Answer) note(format string, args ...any) {
	a.Notes = append(a.Notes, fmt.Sprintf(format, args...))
}

// bench is what all probes work on. The device is bound to their goroutine.
type bench struct {
	device     *gpu.Device
	models     []string // names of the catalogue with a precision, or paths
	cacheDir   string
	switchTime time.Duration
}

// probes are asked in this order: those that may hang or end the process come last.
var probes = []struct {
	name string
	ask  func(context.Context, *bench, *Answer) error
}{
	{"monitor", monitor},
	{"jpeg", decoders},
	{"plan switch", planSwitches},
	{"set-up", setUp},
	{"clock", clock},
	{"libraries", libraries}, // by now all are loaded
	{"capture", captures},
}

// Models are the networks that are probed by default: one with many convolutions, one with some, one with a single one.
var Models = []string{"resnet50-fp16", "tinyvit-5m-fp16", "vit-base-fp16"}

// Run asks every question and hands on each answer as it comes; one that fails does not stop the others. models are names
// of the catalogue or paths of .onnx files; those of the catalogue are generated into cacheDir. When ctx is cancelled its
// error comes back.
func Run(ctx context.Context, d *gpu.Device, models []string, cacheDir string, answered func(Answer)) error {
	release, err := d.Bind()
	if err != nil {
		return err
	}
	defer release()
	b := &bench{device: d, models: models, cacheDir: cacheDir, switchTime: switchTime}
	for _, p := range probes {
		began := time.Now()
		a := Answer{Probe: p.name, Figures: []Figure{}}
		err := p.ask(ctx, b, &a)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			a.Error = err.Error()
		}
		a.TookS = time.Since(began).Round(time.Millisecond).Seconds()
		answered(a)
	}
	return nil
}

package check

import (
	"context"
	"runtime"

	"vsim/experiments/brokers/live"
	"vsim/profile/device"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// kit is what all cases need of this machine: models, pictures, brokers and profilers.
type kit struct {
	opt        Options
	libraries  *device.Libraries
	detector   input.Model
	identifier input.Model
	frames     input.Images
	faces      input.Images
	servers    map[string]*server // by kind of case
	benches    []*measure.Bench
	measured   []*server // by bench, nil for the CPU's
	reference  *measure.Reference
	pipeline   pipeline
	topics     int     // made so far
	rest       bool    // all brokers but one, see only
	running    *server // that one
	outages    bool    // brokers are to be killed
	notes      []string
}

// Workers of the pipeline: each has a core of the two that small machines have, and the broker takes its time from both.
const (
	detectors   = 1
	identifiers = 1
	maxBatch    = 8
)

// frameSet are the frames, photographs of the catalogue, out of which faces are cut at places drawn from faceSeed.
const (
	frameSet = "medium"
	faceSeed = 1
)

// open makes all of it ready, openToRun all but the profilers. What there is of a kit comes beside an error, to be closed.
func open(ctx context.Context, opt Options) (*kit, error) {
	k, err := openToRun(ctx, opt, false)
	if err == nil {
		err = k.openBenches(ctx)
	}
	return k, err
}

func openToRun(ctx context.Context, opt Options, outages bool) (*kit, error) {
	k := &kit{opt: opt, outages: outages, servers: map[string]*server{}, reference: measure.NewReference()}
	for _, step := range []func(context.Context) error{k.openLibraries, k.findInputs, k.startServers} {
		if err := ctx.Err(); err != nil {
			return k, err
		}
		if err := step(ctx); err != nil {
			return k, err
		}
	}
	return k, nil
}

func (k *kit) openLibraries(context.Context) (err error) {
	k.libraries, err = device.Open(k.opt.OrtLib)
	return err
}

// wrongInput is of a model that the caller has named wrongly.
type wrongInput struct{ error }

// ExitCode is 2: the input was wrong.
func (wrongInput) ExitCode() int { return 2 }

func (w wrongInput) Unwrap() error { return w.error }

func (k *kit) findInputs(ctx context.Context) error {
	models, err := input.FindModels(ctx, []string{k.opt.Detector, k.opt.Identifier}, k.opt.CacheDir)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return wrongInput{err}
	}
	k.detector, k.identifier = models[0], models[1]
	sets, notes, err := input.FindImages(ctx, []string{frameSet, input.Crop}, k.opt.CacheDir)
	if err != nil {
		return err
	}
	k.frames, k.faces, k.notes = sets[0], sets[1], notes
	k.pipeline = pipeline{
		Detector: k.detector.Name, Identifier: k.identifier.Name, Frame: frameSet, Face: input.Crop, Detectors: detectors, Identifiers: identifiers,
		MaxBatch: maxBatch, MessageBytes: live.MessageBytes(k.faces.Files), Cores: runtime.NumCPU(),
	}
	return nil
}

func (k *kit) close() {
	if k == nil {
		return
	}
	for _, s := range k.servers {
		if s.local != nil {
			s.local.Resume() // to remove what was measured with
		}
	}
	for _, b := range k.benches {
		b.Close()
	}
	stopped := map[*server]bool{}
	for _, s := range k.servers {
		if s.local != nil && !stopped[s] {
			s.local.Stop()
			stopped[s] = true
		}
	}
}

package daemon

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"

	"vsim/experiments/serve"
	"vsim/experiments/serve/backend"
	"vsim/experiments/serve/setup"
	"vsim/profile/device"
	"vsim/profile/device/gpu"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/profile/measure/input"
	"vsim/sim/scenario"
)

// loaded is a scenario's model, warm, and what it holds.
type loaded struct {
	*backend.Model
	config serve.Config
	device *gpu.Device
}

func (l *loaded) close() {
	l.Stop()
	if l.device != nil {
		l.device.Close()
	}
}

// load finds and opens all that a scenario names, and starts its server.
func load(ctx context.Context, s *scenario.Scenario, opt *Options, step func(what string)) (*loaded, error) {
	step("finding model " + s.Pipeline.Model)
	parts, err := find(ctx, s, opt)
	if err != nil {
		return nil, err
	}
	out := &loaded{device: parts.Device, config: parts.Config(s)}
	out.config.Interrupted = ctx.Err
	out.config.Timeouts = opt.Timeouts
	out.config.Waiting = cmp.Or(opt.Waiting, Waiting(&out.config))
	step("loading and warming up " + parts.Model.Path)
	if out.Model, err = backend.Start(modelName(s, opt), out.config, failures(opt.Log)); err != nil {
		if out.device != nil {
			out.device.Close()
		}
		return nil, err
	}
	return out, nil
}

// modelName is that by which clients know the model.
func modelName(s *scenario.Scenario, opt *Options) string {
	return cmp.Or(opt.ModelName, strings.TrimSuffix(filepath.Base(cmp.Or(opt.ModelPath, s.Pipeline.Model)), ".onnx"))
}

// find finds and opens what a scenario names.
func find(ctx context.Context, s *scenario.Scenario, opt *Options) (*setup.Parts, error) {
	models, err := measuregpu.FindModels(ctx, []string{cmp.Or(opt.ModelPath, s.OwnFile(s.Pipeline.Model), s.Pipeline.Model)}, opt.CacheDir)
	if err != nil {
		return nil, scenario.BadInput(s.File(), "pipeline.model: %v", err)
	}
	parts := &setup.Parts{Model: models[0]}
	parts.Model.Options = opt.Vision
	if !setup.OnGPU(s) {
		parts.Libraries, err = device.Open(opt.OrtLib)
		return parts, err
	}
	parts.Libraries = device.OpenCodec()
	if parts.Pictures, err = pictures(ctx, s, opt); err != nil {
		return nil, err
	}
	libraries, err := gpu.Find(opt.OrtLib)
	if err != nil {
		return nil, err
	}
	parts.Device, err = gpu.Open(ctx, libraries, opt.GPU)
	return parts, err
}

// pictures are those of the scenario, for which a GPU that decodes makes room.
func pictures(ctx context.Context, s *scenario.Scenario, opt *Options) (out [][]byte, err error) {
	if s.Pipeline.Preprocessing != "gpu" {
		return nil, nil
	}
	for _, im := range s.Pipeline.Images {
		sets, _, err := input.FindImages(ctx, []string{cmp.Or(s.OwnFile(im.Size), im.Size)}, opt.CacheDir)
		if err != nil {
			return nil, scenario.BadInput(s.File(), "pipeline.images: %v", err)
		}
		out = append(out, sets[0].Files...)
	}
	return out, nil
}

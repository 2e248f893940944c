package main

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/profile/device/cache"
	"vsim/profile/device/gpu"
	"vsim/profile/measure"
	measuregpu "vsim/profile/measure/gpu"
	"vsim/profile/measure/machine"
)

// saveEvery is how often what was measured so far is written while a GPU is measured: the machine may be
// lent for a while only.
const saveEvery = 10 * time.Second

// profileGPU measures a GPU. Whatever ends it, the file has what was measured until then.
func profileGPU(cmd *cobra.Command, f profileFlags) error {
	libraries, err := gpu.Find(f.ortLib)
	if err != nil {
		return err
	}
	device, err := gpu.Open(cmd.Context(), libraries, f.gpu)
	if err != nil {
		return notMeasured(cmd.Context(), err)
	}
	defer device.Close()
	if f.out == "" {
		f.out = machine.Slug(device.Info.Name) + ".toml"
		if err := f.checkOutput(); err != nil {
			return err
		}
	}
	bench, err := openGPUBench(cmd.Context(), device, f)
	if err != nil {
		return notMeasured(cmd.Context(), err)
	}
	defer bench.Close()
	return keepProfile(cmd, f.out, bench, measureGPU(cmd, bench, f.out))
}

func openGPUBench(ctx context.Context, device *gpu.Device, f profileFlags) (*measure.Bench, error) {
	dir, err := cache.Dir()
	if err != nil {
		return nil, err
	}
	preset := measuregpu.Default
	if f.quick {
		preset = measuregpu.Quick
	}
	cfg, err := measuregpu.Find(ctx, measuregpu.Selection{Selection: f.what}.Or(preset), device, dir)
	if err != nil {
		return nil, usageError{err}
	}
	cfg.Command = "vsim " + strings.Join(os.Args[1:], " ")
	return measuregpu.Open(ctx, cfg)
}

// measureGPU runs the bench, saving as it goes.
func measureGPU(cmd *cobra.Command, bench *measure.Bench, path string) error {
	show, done := progressBar(cmd.ErrOrStderr(), "profiling")
	defer done()
	saved := time.Now()
	var saveErr error
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	err := bench.Run(ctx, func(p measure.Progress) {
		if show != nil {
			show(p.Done)
		}
		if time.Since(saved) > saveEvery {
			partial := bench.Profile()
			partial.Provenance.Complete = false
			if saveErr = partial.Save(path); saveErr != nil {
				stop()
			}
			saved = time.Now()
		}
	})
	if saveErr != nil {
		return saveErr
	}
	return err
}

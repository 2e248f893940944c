package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/calibrate/running"
	"vsim/experiments/oip"
	"vsim/profile"
	"vsim/profile/device/cache"
	"vsim/profile/device/photo"
	"vsim/sim/scenario"
)

// runningFlags are the flags of vsim calibrate triton.
type runningFlags struct {
	model, image, output string
	time                 time.Duration
	cores                int
	json                 bool
}

// Rounds of a calibration: things are measured in turn, so that drift hurts all alike.
const (
	runningRounds   = 4
	leastRoundTime  = 5 * time.Second
	runningPictures = 8
)

func newCalibrateTriton() *cobra.Command {
	var f runningFlags
	cmd := &cobra.Command{
		Use:   "triton URL",
		Short: "Make a scenario from a running server: Triton, or another with its statistics",
		Long: `Send static batches, single requests with pauses, and full batches to all instances of a model of a running server, read its
statistics and its configuration, and make a scenario of it: what it would do with other traffic, smaller batches, other numbers
of instances. A model with a bounded queue (max_queue_size) is overloaded, too, and refuses requests meanwhile. URL is
http://HOST:PORT or grpc://HOST:PORT. Nobody else may use the server meanwhile, and a machine that is busy with other things gives
times that are too long.

The model has one input: a JPEG in a BYTES tensor, or a tensor of FP32. It may be an ensemble. Sequence batchers, decoupled models
and the response cache are refused. A server on this machine shares the processors with the client, and the scenario says so; of
another machine's, --cores says how many processors it has.`,
		Example: `  vsim calibrate triton grpc://127.0.0.1:8001 --model resnet50 -o server.toml
  vsim simulate server.toml --set stage.resnet50.workers=2 --set workload.concurrency=32
  vsim calibrate triton grpc://gpu-server:8001 --model classify --time 5m --json`,
		Args: exactArgs(1, "the server's URL"),
		RunE: func(cmd *cobra.Command, args []string) error { return calibrateRunning(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.model, "model", "", "`NAME` of the model")
	flags.StringVar(&f.image, "image", "medium", "`SIZE` of the photographs that are sent to models that read JPEG files: small, medium or large")
	flags.DurationVar(&f.time, "time", 2*time.Minute, "`LENGTH` of the measurement, at least 20s")
	flags.IntVar(&f.cores, "cores", 0, "`NUMBER` of processors of a server on another machine")
	flags.StringVarP(&f.output, "output", "o", "", "write the scenario to a `FILE`.toml, and the times that it looks up to FILE-profile.toml")
	flags.BoolVar(&f.json, "json", false, "print what was measured as JSON")
	return cmd
}

func (f *runningFlags) check(cmd *cobra.Command) error {
	switch {
	case f.model == "":
		return usage(cmd, scenario.BadInput("--model", "is missing: name the model to calibrate"))
	case f.time < runningRounds*leastRoundTime:
		return usage(cmd, scenario.BadInput("--time", "%v: at least %v", f.time, runningRounds*leastRoundTime))
	case f.cores < 0 || f.cores > 4096 || f.cores == 0 && cmd.Flags().Changed("cores"):
		return usage(cmd, scenario.BadInput("--cores", "%d: from 1 to 4096", f.cores))
	case f.output != "" && filepath.Ext(f.output) != ".toml":
		return usage(cmd, scenario.BadInput("--output", "%q: a name that ends with .toml", f.output))
	}
	return nil
}

func calibrateRunning(cmd *cobra.Command, address string, f runningFlags) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	for _, file := range []string{f.output, f.profileFile()} {
		if err := checkOutput("-o", file); err != nil {
			return err
		}
	}
	client, err := oip.Dial(address)
	if err != nil {
		return usage(cmd, err)
	}
	defer client.Close()
	images, err := f.images(cmd)
	if err != nil {
		return err
	}
	progress, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	round := 0
	o := running.Options{Images: images, Local: loopback(address), Cores: f.cores,
		Progress: func(_ float64, what string) { progress(round, runningRounds, what) }}
	c, err := running.New(cmd.Context(), client, f.model, o)
	var input *scenario.InputError
	if err != nil && cmd.Context().Err() != nil {
		return errors.New("interrupted before anything was measured")
	}
	if err != nil && !errors.As(err, &input) {
		return fmt.Errorf("%s: %w", oip.Shown(address), err)
	}
	if err != nil {
		return err
	}
	for round = 1; round <= runningRounds; round++ {
		if err := c.Round(cmd.Context(), f.time/runningRounds); err != nil {
			if errors.Is(err, context.Canceled) {
				return errors.New("interrupted before the calibration was complete; nothing is written")
			}
			return err
		}
	}
	done()
	r, err := c.Result()
	if err != nil {
		return err
	}
	if err := f.write(r); err != nil {
		return err
	}
	if f.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.Text(cmd.OutOrStdout())
}

// images are photographs for models that read JPEG files.
func (f *runningFlags) images(cmd *cobra.Command) ([][]byte, error) {
	dir, err := cache.Dir()
	if err != nil {
		return nil, err
	}
	if _, err := photo.FindSize(f.image); err != nil {
		return nil, usage(cmd, scenario.BadInput("--image", "%v", err))
	}
	return photo.Set(cmd.Context(), dir, f.image, runningPictures, 1)
}

// profileFile is where the times that the scenario looks up are written; "" without an output.
func (f *runningFlags) profileFile() string {
	if f.output == "" {
		return ""
	}
	return strings.TrimSuffix(f.output, ".toml") + "-profile.toml"
}

// write writes the scenario and its profile.
func (f *runningFlags) write(r *running.Calibration) error {
	if f.output == "" {
		return nil
	}
	profileFile := f.profileFile()
	text, err := r.Scenario(r.Configs(), running.Workload{Clients: 1, Profile: filepath.Base(profileFile)})
	if err != nil {
		return err
	}
	if err := r.Profile().Save(profileFile); err != nil {
		return err
	}
	if err := profile.WriteFile(f.output, text); err != nil {
		return fmt.Errorf("%s: %w", f.output, err)
	}
	return nil
}

// loopback says that an address is this machine's.
func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vsim/experiments/machinefile"
	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/measure"
	"vsim/profile/measure/broker"
	"vsim/profile/measure/cpu"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
)

// profileFlags are the flags of vsim profile.
type profileFlags struct {
	cpu, quick  bool
	gpu         int
	out, ortLib string
	what        input.Selection
	vision      visionFlags
	brokers     brokerFlags
}

func newProfile() *cobra.Command {
	var f profileFlags
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Measure this machine",
		Long: `Measure the stages of an image-classification server on this machine, each alone and beside
others, and write what was found as a profile for vsim simulate --profile, with a machine file beside
it (FILE-machine.toml) that vsim simulate and vsim validate take. Every figure is measured
until the 95 % interval of its mean is within 1 %, or its time is up. Keep the machine quiet: bursts
beside other busy processes are left out and repeated. Ctrl-C or SIGTERM keeps what was measured.

Of a message broker are measured, by the size of messages and how many go in one request: producing,
from the call to the acknowledgement; delivering, from the call until a waiting consumer has them;
fetching what lies there; and the CPU time that client and broker spend on it. Kafka and Redis are
started on loopback (make brokers fetches them), unless yours are named.

Of a GPU the transfers over its link, decoding, resizing and inference are measured, alone, in batches
and beside each other, and the energy that they take. A model's name may end in a precision, -tf32 or
-fp16 (without: FP32), and then in -graph: launched as a CUDA graph.

A model of your own is an .onnx file that reads pictures alone, [N,3,H,W] or [N,H,W,3] in float32, float16
or uint8 (pixels as they are), and gives any outputs. Where its file fixes the batch, it is measured at
that batch only.

A detector and what identifies the faces that it finds are measured together on a CPU with the image
set "crop": faces cut out of the first other set. The first model reads that set and the others the
crops; cutting a face out is a stage of its own.`,
		Example: `  vsim profile --cpu                      under 4 minutes
  vsim profile --cpu --quick -o cpu.toml  under 30 seconds
  vsim profile --cpu --model mine.onnx --images ~/pictures --batches 1,2,4,8,16
  vsim profile --cpu --model yolo.onnx --input-size 320x320 --mean 0 --std 1 --postprocessing nms
  vsim profile --cpu --model ssdlite-small,facenet-small --images medium,crop --batches 1,2,4,8,16,25
  vsim profile --gpu 0                    about 6 minutes; with --quick 90 seconds
  vsim profile --gpu 0 --model resnet50-fp16,resnet50-tf32,mine.onnx
  vsim profile --broker kafka,redis-list  about 5 minutes; with --quick under a minute each
  vsim profile --broker kafka --kafka broker:9092 --message-size 10kB,1MB --batches 1,10`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if f.what.Options, err = f.vision.options(); err != nil {
				return usage(cmd, err)
			}
			onGPU := cmd.Flags().Changed("gpu")
			if err := f.check(cmd.Flags()); err != nil {
				return usage(cmd, err)
			}
			if cmd.Flags().Changed("broker") {
				return profileBroker(cmd, f)
			}
			if err := f.checkOutput(); err != nil {
				return err
			}
			if onGPU {
				return profileGPU(cmd, f)
			}
			return runProfile(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.cpu, "cpu", false, "measure the CPU")
	flags.IntVar(&f.gpu, "gpu", 0, "measure GPU `N`, counted from 0 as in vsim doctor")
	flags.BoolVar(&f.quick, "quick", false, "one model, two image sizes, in under 30 seconds; a GPU in 90; a broker, with one size of message, in 60")
	flags.StringVarP(&f.out, "output", "o", "", "profile `FILE` to write; default: the name of the CPU or GPU, in the current folder")
	flags.StringVar(&f.ortLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	flags.StringSliceVar(&f.what.Models, "model", nil, "`NAMES` of the catalogue or paths of .onnx files; default "+strings.Join(cpu.Default.Models, ","))
	flags.StringSliceVar(&f.what.Images, "images", nil, "`SIZES` of generated images, or a folder; crop: faces cut out of the first; default "+strings.Join(cpu.Default.Images, ","))
	flags.IntSliceVar(&f.what.Batches, "batches", nil, "batch `SIZES` of inference, or messages in a request; default "+numbers(cpu.Default.Batches)+"; of brokers "+numbers(broker.Batches))
	flags.IntSliceVar(&f.what.Threads, "threads", nil, "intra-op `THREADS` of inference; default "+numbers(cpu.Default.Threads))
	flags.DurationVar(&f.what.Budget, "budget", 0, "`TIME` for measuring, without set-up; default "+cpu.Default.Budget.String()+"; "+broker.PerBroker.String()+" for each broker")
	f.vision.add(flags)
	f.brokers.add(flags)
	return cmd
}

func numbers(n []int) string { return strings.ReplaceAll(strings.Trim(fmt.Sprint(n), "[]"), " ", ",") }

// check looks at the flags.
func (f *profileFlags) check(flags *pflag.FlagSet) error {
	gpu, brokers, budget := flags.Changed("gpu"), flags.Changed("broker"), flags.Changed("budget")
	whats := 0
	for _, what := range []bool{gpu, brokers, f.cpu} {
		if what {
			whats++
		}
	}
	switch {
	case whats != 1:
		return errors.New("say what to measure: either --cpu or --gpu N or --broker BROKERS")
	case gpu && f.gpu < 0:
		return fmt.Errorf("--gpu %d: GPUs are counted from 0", f.gpu)
	case gpu && len(f.what.Threads) > 0:
		return errors.New("--threads: a GPU's inference has none; leave it out")
	case f.what.Budget < 0 || f.what.Budget == 0 && budget:
		return fmt.Errorf("--budget %v: a time above 0", f.what.Budget)
	}
	if err := f.what.Check(); err != nil {
		return err
	}
	if err := f.brokers.check(flags); err != nil {
		return err
	}
	if gpu || brokers {
		return nil
	}
	if f.quick {
		f.what = f.what.Or(cpu.Quick)
	}
	f.what = f.what.Or(cpu.Default)
	if f.out == "" {
		f.out = machine.Name(true) + ".toml"
	}
	return nil
}

// checkOutput refuses, before anything is measured, a profile that cannot be written or would be one of the inputs.
func (f *profileFlags) checkOutput() error {
	inputs := append([]string{f.ortLib}, f.what.Models...)
	for _, images := range f.what.Images {
		entries, _ := os.ReadDir(images) // a size is no folder, and has none
		for _, e := range entries {
			inputs = append(inputs, filepath.Join(images, e.Name()))
		}
	}
	return checkOutput("-o", f.out, inputs...)
}

func runProfile(cmd *cobra.Command, f profileFlags) error {
	bench, err := openBench(cmd.Context(), f)
	if err != nil {
		return notMeasured(cmd.Context(), err)
	}
	defer bench.Close()
	show, done := progressBar(cmd.ErrOrStderr(), "profiling")
	runErr := bench.Run(cmd.Context(), func(p measure.Progress) {
		if show != nil {
			show(p.Done)
		}
	})
	done()
	if runErr != nil && cmd.Context().Err() == nil {
		return runErr
	}
	p := bench.Profile()
	if len(p.Services) == 0 {
		return errors.New("interrupted before anything was measured; no profile is written")
	}
	if err := saveProfile(cmd, f.out, p); err != nil {
		return err
	}
	return whatIsMissing(f.out, bench, runErr)
}

// notMeasured says of an error during set-up that it leaves no profile.
func notMeasured(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted during set-up: nothing was measured, no profile is written")
	}
	return fmt.Errorf("%w; no profile is written", err)
}

func openBench(ctx context.Context, f profileFlags) (*measure.Bench, error) {
	if !machine.CGO {
		return nil, errors.New("measuring needs cgo: build with gcc and CGO_ENABLED=1")
	}
	libraries, err := device.Open(f.ortLib)
	if err != nil {
		return nil, err
	}
	dir, err := cache.Dir()
	if err != nil {
		return nil, err
	}
	cfg, err := cpu.Find(ctx, f.what, libraries, dir)
	if err != nil {
		return nil, usageError{err}
	}
	cfg.Command = "vsim " + strings.Join(os.Args[1:], " ")
	bench, err := cpu.Open(ctx, cfg)
	if err != nil {
		return nil, usageError{err}
	}
	return bench, nil
}

func saveProfile(cmd *cobra.Command, path string, p *profile.Profile) error {
	if err := p.Save(path); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if err := measure.WriteTable(out, p); err != nil {
		return err
	}
	fmt.Fprintln(out)
	for _, doubt := range measure.Doubts(p) {
		fmt.Fprintln(out, "!", doubt)
	}
	if doubt := p.Drift.Doubt(); doubt != "" {
		fmt.Fprintln(out, "! drift:", doubt)
	}
	if doubt := p.Provenance.Doubt(); doubt != "" {
		fmt.Fprintln(out, "! this profile", doubt)
	}
	for _, note := range measure.FixedBatches(p) {
		fmt.Fprintln(out, "!", note)
	}
	next, what := machinefile.Use, "machine"
	if len(p.Brokers()) > 0 {
		next, what = machinefile.UsePipeline, "pipeline"
	}
	use, err := next(p, path)
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		fmt.Fprintf(out, "! no %s to simulate: %s\n", what, first)
	}
	if flags := given(cmd.Flags()); len(flags) > 0 && err == nil {
		fmt.Fprintln(out, "! a live run needs the same options of the model:", machinefile.Quoted(append([]string{"vsim", "validate", machinefile.Beside(path)}, flags...)))
	}
	_, err = fmt.Fprintf(out, "profile %q is in %s (load before: %.2f)%s\n", p.Name, path, p.Provenance.Load1, use)
	return err
}

// whatIsMissing is nil for a whole profile, else an error that says what its file lacks.
func whatIsMissing(path string, bench *measure.Bench, runErr error) error {
	unmeasured, imprecise := bench.Missing()
	leftOut := bench.LeftOut()
	if runErr == nil && len(unmeasured)+len(leftOut) == 0 {
		return nil
	}
	text := "interrupted"
	switch {
	case runErr == nil && len(unmeasured) > 0:
		text = "the budget ended"
	case runErr == nil:
		text = "not whole"
	}
	text += fmt.Sprintf(": %s is marked incomplete", path)
	if len(leftOut) > 0 {
		text += "; left out because it failed: " + strings.Join(leftOut, "; ")
	}
	if len(unmeasured) > 0 {
		text += "; not measured: " + strings.Join(unmeasured, ", ")
	}
	return fmt.Errorf("%s; less precise than wanted: %d points", text, len(imprecise))
}

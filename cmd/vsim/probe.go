package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vsim/profile/device/cache"
	"vsim/profile/device/gpu"
	"vsim/profile/measure/gpu/probe"
)

func newProbe() *cobra.Command {
	var index int
	var ortLib string
	var models []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "probe",
		Short: "Ask a GPU what a profile's figures depend on",
		Long: `Ask a GPU and its libraries, in about a minute, what the design of a server on it depends on: what it
costs when a session's batch size changes, whether there are JPEG engines and how far their pictures are
from the CPU's, what may happen beside the capture of a CUDA graph, what NVML lets one read. Each answer
is printed as it comes; with --json one object a line. If a question fails the exit code is 1.

"more after the other size" is what a batch takes longer when the session's last batch was of another size,
"more the first time" what a batch size costs once. No prediction reads the answers: they say how far a
profile of this GPU can be trusted, and whether a server should pad its batches (allowed_batch_sizes).`,
		Example: `  vsim probe --gpu 0
  vsim probe --gpu 0 --model mine.onnx --json >probe.jsonl`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if index < 0 {
				return usage(cmd, fmt.Errorf("--gpu %d: GPUs are counted from 0", index))
			}
			print := printAnswer
			if asJSON {
				print = printAnswerJSON
			}
			return runProbe(cmd.Context(), cmd.OutOrStdout(), index, ortLib, models, print)
		},
	}
	cmd.Flags().IntVar(&index, "gpu", 0, "ask GPU `N`, counted from 0 as in vsim doctor; the first unless said")
	cmd.Flags().StringVar(&ortLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	cmd.Flags().StringSliceVar(&models, "model", probe.Models, "`NAMES` of the catalogue or paths of .onnx files")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each answer as JSON, one a line")
	return cmd
}

func runProbe(ctx context.Context, out io.Writer, index int, ortLib string, models []string, print func(io.Writer, probe.Answer) error) error {
	libraries, err := gpu.Find(ortLib)
	if err != nil {
		return err
	}
	device, err := gpu.Open(ctx, libraries, index)
	if err != nil {
		return err
	}
	defer device.Close()
	dir, err := cache.Dir()
	if err != nil {
		return err
	}
	var errs []error
	err = probe.Run(ctx, device, models, dir, func(a probe.Answer) {
		if a.Error != "" {
			errs = append(errs, fmt.Errorf("%s: %s", a.Probe, a.Error))
		}
		errs = append(errs, print(out, a))
	})
	if err != nil {
		return errors.New("interrupted: what was answered is printed")
	}
	return errors.Join(errs...)
}

func printAnswerJSON(w io.Writer, a probe.Answer) error { return json.NewEncoder(w).Encode(a) }

func printAnswer(w io.Writer, a probe.Answer) error {
	fmt.Fprintf(w, "%s (%.1f s)\n", a.Probe, a.TookS)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range a.Figures {
		fmt.Fprintf(t, "  %s\t%.4g %s\n", f.Name, f.Value, f.Unit)
	}
	for _, n := range a.Notes {
		fmt.Fprintf(t, "  %s\n", n)
	}
	if a.Error != "" {
		fmt.Fprintf(t, "  failed: %s\n", a.Error)
	}
	return t.Flush()
}

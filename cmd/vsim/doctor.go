package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"vsim/experiments/triton/local"
	broker "vsim/profile/device/broker/local"
	"vsim/profile/device/cache"
	"vsim/profile/device/doctor"
	"vsim/profile/measure/machine"
)

func newDoctor() *cobra.Command {
	var ortLib string
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Devices and libraries found",
		Long: `Say what this machine is, which GPUs it has, which native libraries vsim finds on it and opens,
and for what is missing how to get it. Everything but the CPU is optional: vsim simulates without any.
A GPU is tried out: its kernels are compiled, a picture is decoded, a small network runs. If a trial fails
the exit code is 1.`,
		Example: `  vsim doctor
  vsim doctor --ort-lib /opt/onnxruntime/lib/libonnxruntime.so`,
		Args: exactArgs(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeFindings(cmd.Context(), cmd.OutOrStdout(), ortLib)
		},
	}
	cmd.Flags().StringVar(&ortLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	return cmd
}

func writeFindings(ctx context.Context, w io.Writer, ortLib string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	total, available := machine.MemoryGiB()
	fmt.Fprintf(t, "vsim\t%s\n", version())
	fmt.Fprintf(t, "system\t%s, %s\n", machine.OS(), runtime.GOARCH)
	fmt.Fprintf(t, "CPU\t%s, %d cores\n", machine.CPU(), machine.Cores())
	fmt.Fprintf(t, "memory\t%.1f GiB, %.1f free\n", total, available)
	fmt.Fprintf(t, "load\t%.2f (1-minute average; profile a quiet machine)\n", machine.Load1())
	fmt.Fprintf(t, "clock\t%s\n", machine.Clock())
	fmt.Fprintf(t, "cgo\t%s\n", cgo())
	dir, err := cache.Dir()
	if err != nil {
		dir = err.Error()
	}
	fmt.Fprintf(t, "cache\t%s (%s=DIR for another)\n", dir, cache.Env)
	var failed []string
	for _, f := range append(doctor.Findings(ctx, ortLib), findTriton(), findBroker(ctx, "Redis", broker.Redis), findBroker(ctx, "Kafka", broker.Kafka)) {
		fmt.Fprintf(t, "%s\t%s%s\n", f.Name, mark(f), f.Found)
		if f.Tried && !f.OK {
			failed = append(failed, f.Name)
		}
	}
	if err := t.Flush(); err != nil || len(failed) == 0 {
		return err
	}
	return fmt.Errorf("tried out and failed: %s; the lines above say why", strings.Join(failed, ", "))
}

// findTriton looks for the Triton that vsim starts to be held against it.
func findTriton() doctor.Finding {
	p, err := local.Find()
	if err != nil {
		return doctor.Finding{Name: "Triton", Found: err.Error()}
	}
	return doctor.Finding{Name: "Triton", OK: true, Found: p.Package() + " in " + p.Folder}
}

// findBroker looks for a broker that vsim starts to measure it.
func findBroker(ctx context.Context, name, kind string) doctor.Finding {
	version, err := broker.Look(ctx, kind)
	if err != nil {
		return doctor.Finding{Name: name, Found: err.Error()}
	}
	return doctor.Finding{Name: name, OK: true, Found: version}
}

// mark says in a word how a finding is.
func mark(f doctor.Finding) string {
	switch {
	case f.Tried && f.OK:
		return "works: "
	case f.Tried:
		return "fails: "
	case f.OK:
		return "found: "
	}
	return "missing: "
}

func cgo() string {
	if machine.CGO {
		return "yes"
	}
	return "no: vsim simulates and plans; to measure a CPU, install gcc and build with CGO_ENABLED=1"
}

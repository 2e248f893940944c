package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/calibrate"
	"vsim/profile"
	"vsim/sim/scenario"
	"vsim/sim/scenario/userfile"
)

// calibrateFlags are the flags of vsim calibrate.
type calibrateFlags struct {
	anchors []int
	server  calibrate.Server
	output  string
}

func newCalibrate() *cobra.Command {
	var f calibrateFlags
	cmd := &cobra.Command{
		Use:   "calibrate STATIC.csv ONLINE.csv",
		Short: "Make a scenario from the published tables of a Triton server",
		Long: `Work out a scenario of a Triton server from two published tables of it: round trips of static batches
(columns batch, infer_per_s, avg_ms), and the throughput and the breakdown of the latency with n clients of
one image each behind the dynamic batcher (concurrency, infer_per_s, client_send_ms, network_server_ms,
queue_ms, compute_input_ms, compute_infer_ms, compute_output_ms, avg_ms). Only the anchors of the second table
are used; its other rows are predicted and compared. experiments/calibrate/README.md tells how.`,
		Example: `  vsim calibrate experiments/triton-a100/static.csv experiments/triton-a100/online.csv
  vsim calibrate static.csv online.csv --anchors 8,32,128 --max-batch 64 --preferred 32,64 -o server.toml`,
		Args: exactArgs(2, "a static and an online table"),
		RunE: func(cmd *cobra.Command, args []string) error { return runCalibrate(cmd, args[0], args[1], f) },
	}
	flags := cmd.Flags()
	flags.IntSliceVar(&f.anchors, "anchors", []int{16, 96, 256}, "`CLIENTS` of the two or three rows of the online table that are used, ascending")
	flags.IntVar(&f.server.MaxBatch, "max-batch", 128, "Triton's max_batch_size")
	flags.IntSliceVar(&f.server.Preferred, "preferred", []int{64, 128}, "Triton's preferred_batch_size")
	flags.DurationVar(&f.server.MaxQueueDelay, "max-queue-delay", time.Millisecond, "Triton's max_queue_delay")
	flags.StringVarP(&f.output, "output", "o", "", "write the scenario to a `FILE`")
	return cmd
}

func runCalibrate(cmd *cobra.Command, staticFile, onlineFile string, f calibrateFlags) error {
	static, err := readTable(staticFile, calibrate.ReadStatic)
	if err != nil {
		return err
	}
	online, err := readTable(onlineFile, calibrate.ReadOnline)
	if err != nil {
		return err
	}
	anchors, err := calibrate.Anchors(onlineFile, online, f.anchors)
	if err != nil {
		return err
	}
	model, err := calibrate.Fit(static, anchors, f.server)
	if err != nil {
		return err
	}
	cases, err := calibrate.Compare(cmd.Context(), model, online, anchors)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the comparison was complete; nothing is written")
	}
	if err != nil {
		return err
	}
	if f.output != "" {
		name := strings.TrimSuffix(filepath.Base(f.output), ".toml")
		about := fmt.Sprintf("Calibrated from %s and %s.", filepath.Base(staticFile), filepath.Base(onlineFile))
		if err := profile.WriteFile(f.output, model.Scenario(name, about, anchors)); err != nil {
			return err
		}
	}
	return calibrate.Text(cmd.OutOrStdout(), cases)
}

// readTable reads a CSV file.
func readTable[Row any](file string, read func(file string, in io.Reader) ([]Row, error)) ([]Row, error) {
	text, err := userfile.Read(file, userfile.MaxTableBytes)
	if err != nil {
		return nil, scenario.BadInput(file, "cannot be read: %v", userfile.Reason(err))
	}
	return read(file, bytes.NewReader(text))
}

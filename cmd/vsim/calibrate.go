package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vsim/experiments/calibrate"
	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// calibrateFlags are the flags of vsim calibrate.
type calibrateFlags struct {
	anchors   []int
	server    calibrate.Server
	formation string
	table     string
	spread    float64
	output    string
}

func newCalibrate() *cobra.Command {
	var f calibrateFlags
	cmd := &cobra.Command{
		Use:   "calibrate TABLE.csv | STATIC.csv ONLINE.csv",
		Short: "Make a scenario from the measured tables of a Triton server",
		Long: `Work out a scenario of a Triton server from a table of it, and predict the rows that were not used.

TABLE.csv is what perf_analyzer writes (-f; with --verbose-csv and --request-rate-range, too), or has the columns
concurrency, infer_per_s, client_send_ms, network_server_ms, queue_ms, compute_input_ms, compute_infer_ms and
compute_output_ms; if wanted model, gpu and config (a table for each), max_batch, instances, and scenario: rows with
"offline" are static batches of client_batch images, of which avg_ms is used. Up to three rows, the anchors, are used.
Their p99 ("p99 latency" or p99_ms) tells the spread of the instance's times; where there is none, one is assumed.

A table without that split needs concurrency, infer_per_s (images) and p95_ms, p99_ms or avg_ms. It may have several
setups of one server: columns instances, dynamic_batching (yes or no), max_batch and client_batch (images of a request), or a
config such as "dynamic batching 2 instances". Rows with the fewest instances are used, and up to three anchors of
those with more; the other rows with more are predicted. A file has 1000 rows at most; repeated runs of a load count as
their mean.

STATIC.csv ONLINE.csv are two tables of one instance with large batches and even numbers of clients: round trips of
static batches (batch, infer_per_s, avg_ms), and the columns above with avg_ms. Where the anchors or the first table have
a column p99_ms, the instance's times get the spread that it tells; where none has, one is assumed, which --spread
changes. experiments/calibrate/README.md tells how both work.`,
		Example: `  vsim calibrate perf.csv --instances 2 --max-batch 8 -o server.toml
  vsim calibrate one-and-two-instances.csv --anchors 2,16 -o server.toml
  vsim calibrate experiments/triton-a100/static.csv experiments/triton-a100/online.csv
  vsim calibrate static.csv online.csv --anchors 8,32,128 --max-batch 64 --preferred 32,64 -o server.toml`,
		Args: someArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd, len(args)); err != nil {
				return err
			}
			if err := checkOutput("-o", f.output, args...); err != nil {
				return err
			}
			if len(args) == 1 {
				return calibrateTables(cmd, args[0], f)
			}
			return calibratePair(cmd, args[0], args[1], f)
		},
	}
	flags := cmd.Flags()
	intsVar(flags, &f.anchors, "anchors", "`CLIENTS` of the rows that are used, ascending, three at most (default: the first, the middle and the last row; of two tables 16,96,256)")
	flags.IntVar(&f.server.Instances, "instances", 0, "model instances (default: what the table says, or 1)")
	flags.IntVar(&f.server.MaxBatch, "max-batch", 0, "Triton's max_batch_size, in images (default: what the table says, or one request; of two tables 128)")
	intsVar(flags, &f.server.Preferred, "preferred", "Triton's preferred_batch_size (default: none; of two tables 64,128)")
	flags.DurationVar(&f.server.MaxQueueDelay, "max-queue-delay", 0, "Triton's max_queue_delay (default: none; of two tables 1ms)")
	flags.StringVar(&f.formation, "formation", "", "of one table: batches made up ahead are `growing`, or closed as in Triton up to 21.12 (default: what the anchors show)")
	flags.StringVar(&f.table, "table", "", "of one file with several tables: only those with this `TEXT` in their name")
	flags.Float64Var(&f.spread, "spread", 0, fmt.Sprintf("coefficient of variation `CV` of the instance's times, 0 for none (default: as the table's percentiles tell, else %v)", scenario.AssumedSpread))
	flags.StringVarP(&f.output, "output", "o", "", "write the scenario to a `FILE`")
	cmd.AddCommand(newCalibrateTriton())
	return cmd
}

// someArgs wants one file or two.
func someArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 1 || len(args) == 2 {
		return nil
	}
	return exactArgs(2, "one table, or a static and an online table")(cmd, args)
}

// calibrateTables calibrates each table of a file.
func calibrateTables(cmd *cobra.Command, file string, f calibrateFlags) error {
	tables, err := readTable(file, calibrate.ReadTables)
	if err != nil {
		return err
	}
	var chosen []calibrate.Table
	for _, t := range tables {
		if strings.Contains(t.Name, f.table) {
			chosen = append(chosen, t)
		}
	}
	switch {
	case len(chosen) == 0 && len(tables) == 1 && tables[0].Name == "":
		return scenario.BadInput("--table", "is %q, but %s is one table without a name: it has no columns model, gpu and config; leave --table out", f.table, file)
	case len(chosen) == 0:
		return scenario.BadInput("--table", "no table of %s has %q in its name; the first is %q", file, f.table, tables[0].Name)
	case len(chosen) > 1 && f.output != "":
		return scenario.BadInput("--output", "takes one scenario, but %s has %d tables; choose one with --table, for example --table %q", file, len(chosen), chosen[0].Name)
	}
	progress, done := tableProgress(cmd.ErrOrStderr())
	defer done()
	return calibrateEach(cmd, file, chosen, f, progress, done)
}

// calibrateEach tells with progress what is being done, and which table is being calibrated, if there are several.
func calibrateEach(cmd *cobra.Command, file string, chosen []calibrate.Table, f calibrateFlags, progress func(n, total int, what string), done func()) error {
	for i := range chosen {
		if len(chosen) > 1 {
			progress(i+1, len(chosen), "calibrating "+chosen[i].Name)
		}
		c, err := calibrateTable(cmd, file, &chosen[i], f, progress)
		done()
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprintln(cmd.OutOrStdout())
		}
		if err := c.Text(cmd.OutOrStdout()); err != nil {
			return err
		}
	}
	return nil
}

// tableProgress shows a step on a terminal; elsewhere nothing.
func tableProgress(w io.Writer) (progress func(n, total int, what string), done func()) {
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return func(int, int, string) {}, func() {}
	}
	return stepProgress(w)
}

// calibrateTable calibrates a table and writes its scenario, if one is wanted.
func calibrateTable(cmd *cobra.Command, file string, t *calibrate.Table, f calibrateFlags, progress func(n, total int, what string)) (calibrate.Result, error) {
	o := calibrate.Options{Server: f.server, Anchors: f.anchors, Formation: f.formation, Progress: progress}
	if cmd.Flags().Changed("spread") {
		o.Spread = &f.spread
	}
	c, err := calibrate.Any(cmd.Context(), file, t, o)
	if err := interrupted(err); err != nil {
		return nil, err
	}
	if f.output == "" {
		return c, nil
	}
	name := strings.TrimSuffix(filepath.Base(f.output), ".toml")
	about := "Calibrated from " + filepath.Base(file) + "."
	return c, profile.WriteFile(f.output, c.Scenario(name, about))
}

// calibratePair calibrates a static and an online table of one instance.
func calibratePair(cmd *cobra.Command, staticFile, onlineFile string, f calibrateFlags) error {
	f.pairDefaults(cmd)
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
	if cmd.Flags().Changed("spread") {
		model.Spread = calibrate.AssumeSpread(f.spread)
	}
	cases, err := calibrate.Compare(cmd.Context(), model, online, anchors)
	if err := interrupted(err); err != nil {
		return err
	}
	if f.output != "" {
		name := strings.TrimSuffix(filepath.Base(f.output), ".toml")
		about := fmt.Sprintf("Calibrated from %s and %s.", filepath.Base(staticFile), filepath.Base(onlineFile))
		if err := profile.WriteFile(f.output, model.Scenario(name, about, anchors)); err != nil {
			return err
		}
	}
	if err := calibrate.Text(cmd.OutOrStdout(), cases); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), model.Spread.Line())
	return err
}

// pairDefaults are the settings with which NVIDIA measured the tables that come in pairs.
func (f *calibrateFlags) pairDefaults(cmd *cobra.Command) {
	given := cmd.Flags().Changed
	if !given("anchors") {
		f.anchors = []int{16, 96, 256}
	}
	if !given("max-batch") {
		f.server.MaxBatch = 128
	}
	if !given("preferred") {
		f.server.Preferred = []int{64, 128}
	}
	if !given("max-queue-delay") {
		f.server.MaxQueueDelay = time.Millisecond
	}
}

// interrupted says in words that somebody has stopped it.
func interrupted(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the comparison was complete; nothing is written")
	}
	return err
}

// readTable reads a CSV file.
func readTable[Row any](file string, read func(file string, in io.Reader) ([]Row, error)) ([]Row, error) {
	text, err := userfile.Read(file, userfile.MaxTableBytes)
	if err != nil {
		return nil, scenario.BadInput(file, "cannot be read: %v", userfile.Reason(err))
	}
	return read(file, bytes.NewReader(text))
}

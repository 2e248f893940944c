package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/load/generator"
	"vsim/profile"
	"vsim/profile/device/cache"
)

// loadFlags are the flags of vsim load.
type loadFlags struct {
	opt           generator.Options
	traffic       generator.Asked
	shape         []int
	csv           string
	json, verbose bool
}

func newLoad() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "load URL",
		Short: "Put a load on a running server and measure it: Triton, vsim serve, or another of the Open Inference Protocol",
		Long: `Send images to a server of the Open Inference Protocol (KServe v2) at http://HOST:PORT or grpc://HOST:PORT, and measure
throughput and latency. The model's metadata say what is sent: JPEG files in a BYTES tensor, or an FP32 tensor.

--clients is a closed loop: each sends its next request when the last is answered, and has thought for --think. --rate is an open
loop: Poisson arrivals, or with --cv and --deterministic others; --trace replays a CSV file, --workload any arrivals that a scenario
has. Lists and ranges (1,2,4 or START:END:STEP) are loads one after the other.

Latency counts from when a request was due, so that neither a server that stalls nor a generator that is late hides it; beside it
stands that from the send. A load is called valid when requests were sent on time, the number in flight agrees with throughput x
latency (Little's law), the three thirds of the window agree (perf_analyzer's 10 %, or their 99 % intervals), there were enough
requests to claim a p99 with 99 % confidence (MLPerf's early stopping: 662), nothing failed, and the generator's processors were
not its limit. Else the report says what to change, and the exit status is 1.

-o keeps each request in DIR/records.jsonl, written twice a second: what is there can be read after any end of the generator, and
vsim load merge makes one report of several generators'. Ctrl-C ends the load and reports what there is.`,
		Example: `  vsim load grpc://127.0.0.1:8001 --model resnet50 --clients 1,2,4,8
  vsim load http://127.0.0.1:8000 --rate 50:200:50 --measure 1m
  vsim load grpc://server:8001 --model classify --input photos --rate 80 --cv 2
  vsim load grpc://server:8001 --workload traffic.toml -o run
  vsim load grpc://server:8001 --clients 1:16:5 --csv perf.csv && vsim calibrate perf.csv`,
		Args: exactArgs(1, "the server's URL"),
		RunE: func(cmd *cobra.Command, args []string) error { return runLoad(cmd, args[0], &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.opt.Model, "model", "", "`NAME` of the model; default: the server's only one")
	flags.StringVar(&f.opt.Pictures, "input", "", "what is sent: generated photographs, small, medium or large, or the `PATH` of a JPEG file or a folder; default medium")
	flags.StringVar(&f.opt.Tensor, "tensor", "", "`KIND` of tensor for a model that reads FP32: random, or image (of --input, with ImageNet's means); default random")
	intsVar(flags, &f.shape, "shape", "`SIZES` of one image's tensor, where the model leaves them open, such as 3,224,224")
	flags.IntVar(&f.opt.Batch, "batch", 1, "`IMAGES` of a request")
	flags.StringVar(&f.traffic.Clients, "clients", "", "closed loop of so many clients, a `LIST` or a range; default 1")
	flags.DurationVar(&f.traffic.Think, "think", 0, "`TIME` for which a client thinks between an answer and its next request")
	flags.StringVar(&f.traffic.Rates, "rate", "", "open loop at so many requests/s, a `LIST` or a range")
	flags.Float64Var(&f.traffic.CV, "cv", 1, "burstiness of an open loop, standard deviation over mean of the gaps: gamma arrivals")
	flags.BoolVar(&f.traffic.Deterministic, "deterministic", false, "evenly spaced arrivals in place of Poisson's")
	flags.StringVar(&f.traffic.Trace, "trace", "", "open loop that replays a CSV `FILE` with a column time_s, time_ms, time_us or time_ns")
	flags.StringVar(&f.traffic.Workload, "workload", "", "the [workload] of a `FILE`, a scenario or that table alone")
	flags.DurationVar(&f.opt.WarmUp, "warm-up", 2*time.Second, "`TIME` of a load before it is measured")
	flags.DurationVar(&f.opt.Measure, "measure", 20*time.Second, "`TIME` for which a load is measured; traffic that ends is measured whole")
	flags.Uint64Var(&f.opt.Seed, "seed", 1, "of arrivals, of pauses, and of which image comes next")
	flags.IntVar(&f.opt.Priority, "priority", 0, "`LEVEL` of the requests, 1 is the highest; default: the server's")
	flags.DurationVar(&f.opt.Timeout, "timeout", 0, "`TIME` that a request may wait in the server's queue; default: the server's")
	flags.StringVarP(&f.opt.Output, "output", "o", "", "keep each request in a `DIR`")
	outputFlags(cmd, &f)
	cmd.AddCommand(newLoadMerge())
	return cmd
}

// outputFlags are those of a report.
func outputFlags(cmd *cobra.Command, f *loadFlags) {
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "print JSON, with all latencies as HDR histograms (V2, compressed, base64)")
	flags.StringVar(&f.csv, "csv", "", "write a `FILE` as perf_analyzer -f does, which vsim calibrate reads")
	flags.BoolVar(&f.verbose, "verbose-csv", false, "with perf_analyzer's columns of --verbose-csv")
}

func newLoadMerge() *cobra.Command {
	var f loadFlags
	cmd := &cobra.Command{
		Use:   "merge DIR...",
		Short: "Make one report of what load generators keep with -o",
		Long: `Make one report of the records of several load generators that put a load on one server at the same time, by the clocks of
their machines, which must agree to better than the latencies. The window is the time within which all of them measured. One DIR
alone gives its report again; that of a generator that was killed ends where it was.`,
		Example: `  vsim load merge run                       the report of one
  vsim load merge host-a host-b host-c --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, errors.New("vsim load merge takes the folders of -o, but got none"))
			}
			if err := checkOutput("--csv", f.csv); err != nil {
				return err
			}
			report, err := generator.Merged(args)
			if err != nil {
				return err
			}
			return f.print(cmd, report)
		},
	}
	outputFlags(cmd, &f)
	return cmd
}

func runLoad(cmd *cobra.Command, url string, f *loadFlags) (err error) {
	f.opt.Address = url
	for _, n := range f.shape {
		f.opt.Shape = append(f.opt.Shape, int64(n))
	}
	f.traffic.CVGiven = cmd.Flags().Changed("cv")
	if f.opt.Loads, err = f.traffic.Loads(); err != nil {
		return err
	}
	if err := f.opt.Check(); err != nil {
		return err
	}
	if err := checkOutput("--csv", f.csv); err != nil {
		return err
	}
	if f.opt.CacheDir, err = cache.Dir(); err != nil {
		return err
	}
	_, progress, done := progressNamed(cmd.ErrOrStderr(), nil, "load")
	defer done()
	f.opt.Progress = progress
	runs, err := generator.Run(cmd.Context(), f.opt)
	done()
	if len(runs) == 0 {
		if cmd.Context().Err() != nil {
			return errors.New("interrupted before anything was measured")
		}
		return err
	}
	report, reportErr := generator.ReportOf(runs)
	if reportErr != nil {
		return errors.Join(err, reportErr)
	}
	printErr := f.print(cmd, report)
	if cmd.Context().Err() != nil {
		return fmt.Errorf("interrupted: %d of %d loads ran to their end", report.Complete(), len(f.opt.Loads))
	}
	if err != nil {
		return err
	}
	return printErr
}

// print writes a report, and errs where it is not valid.
func (f *loadFlags) print(cmd *cobra.Command, report *generator.Report) error {
	if f.csv != "" {
		var text bytes.Buffer
		left, err := report.CSV(&text, f.verbose)
		if err == nil {
			err = profile.WriteFile(f.csv, text.Bytes())
		}
		if err != nil {
			return err
		}
		if left > 0 {
			fmt.Fprintf(cmd.ErrOrStderr(), "vsim: %s: %d loads are of the other kind, clients or rate, and not in it\n", f.csv, left)
		}
	}
	var err error
	if f.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = report.Text(cmd.OutOrStdout())
	}
	if err != nil {
		return err
	}
	if bad := len(report.Loads) - report.ValidLoads(); bad > 0 {
		return fmt.Errorf("%d of %d loads are not valid; the report says what to change", bad, len(report.Loads))
	}
	return nil
}

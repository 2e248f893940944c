package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"vsim/experiments/serve/daemon"
	"vsim/experiments/serve/front"
	"vsim/profile/device/cache"
)

// serveFlags are the flags of vsim serve.
type serveFlags struct {
	set    []string
	opt    daemon.Options
	bodyMB int
	log    string
	vision visionFlags
}

func newServe() *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve FILE",
		Short: "Serve a scenario's model for real, over HTTP and gRPC",
		Long: `Start the server that a scenario describes, for clients of the Open Inference Protocol
(KServe's "predict v2", as NVIDIA's Triton speaks it): tritonclient, perf_analyzer, vsim load and
others. FILE is a scenario or hardware file, or the name of an embedded machine, of one server that
infers on the CPU or on one GPU; what describes the load or the machine's speed has no effect, and what
a real server cannot do (several servers, brokers, outages, service times of your own) is refused by name.

With pipeline.preprocessing = "cpu" or "gpu" clients send JPEG files, one an image, in the input "image"
of datatype BYTES and shape [n,1]; with "none" they send ready tensors in the model's own input. n is 1 to
batcher.max_batch. Answers are the model's outputs as they are.

How many requests may wait is limited; one more is refused at once (503, UNAVAILABLE). --max-waiting
says how many; by default 64, or eight batches of every instance where that is more, beside the limits
that the scenario gives its queues.

/metrics has Triton's names (nv_inference_request_success, ..._failure{reason}, _count, _exec_count,
_pending_request_count, and sums of times in us) and beside them histograms that may be added up over servers:
nv_inference_{request,queue,compute_input,compute_infer,compute_output}_duration_seconds, with fixed
buckets from 0.1 ms to 52 s, each twice as long as the one before, and as native histograms.

It serves on loopback unless an address says otherwise; there is no encryption and no
authentication. It is ready when the model is loaded and warm. Ctrl-C or SIGTERM drains: no new request
is taken, those inside are answered, and it ends; a second one ends it at once.`,
		Example: `  vsim serve 2cpu --set pipeline.model=mobilenetv2
  vsim serve 2cpu --set pipeline.model=mobilenetv2 --set pipeline.preprocessing=none
  vsim serve my-server.toml --http 127.0.0.1:0 --grpc 127.0.0.1:0 --metrics none
  vsim serve my-server.toml --model-path net.onnx --input-size 320x320 --max-waiting 16
  vsim serve my-server.toml --http 0.0.0.0:8000 --log info`,
		Args: exactArgs(1, "one scenario or hardware file"),
		RunE: func(cmd *cobra.Command, args []string) error { return runServe(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "override a `KEY=VALUE` of the file, may be repeated")
	flags.StringVar(&f.opt.HTTP, "http", "127.0.0.1:8000", "`HOST:PORT` for HTTP; :0 takes a free port; none: not spoken")
	flags.StringVar(&f.opt.GRPC, "grpc", "127.0.0.1:8001", "`HOST:PORT` for gRPC; :0 takes a free port; none: not spoken")
	flags.StringVar(&f.opt.Metrics, "metrics", "127.0.0.1:8002", "`HOST:PORT` for /metrics over HTTP; :0 takes a free port; none: not spoken")
	flags.StringVar(&f.opt.ModelPath, "model-path", "", "an .onnx `FILE` instead of the scenario's model")
	flags.StringVar(&f.opt.ModelName, "model-name", "", "`NAME` by which clients know the model; default the scenario's, or the file's without .onnx")
	flags.StringVar(&f.opt.OrtLib, "ort-lib", "", "ONNX Runtime's shared library, a `PATH`; default: search")
	flags.IntVar(&f.opt.GPU, "gpu", 0, "number `N` of the GPU, for a scenario that infers on one")
	flags.IntVar(&f.opt.Waiting, "max-waiting", 0, "`REQUESTS` that may wait before an instance takes them; default 64, or eight batches of every instance where that is more")
	flags.BoolVar(&f.opt.Timeouts, "timeout-override", false, "let requests have less patience than their queue (parameter \"timeout\", in us), as Triton's allow_timeout_override")
	flags.IntVar(&f.bodyMB, "max-body", int(front.Standard.Body>>20), "`MIB` that a request's body may have")
	flags.IntVar(&f.opt.Limits.Requests, "max-requests", front.Standard.Requests, "`REQUESTS` in the server, those that are still being received among them")
	flags.DurationVar(&f.opt.Drain, "drain", daemon.DefaultDrain, "longest `TIME` that answers may take when it is to end; then requests are cut off")
	flags.StringVar(&f.log, "log", "warn", "`LEVEL` of what is logged on stderr of requests without an answer, a line a reason every 10 s at most: none, error, warn or info")
	f.vision.add(flags)
	return cmd
}

// logger writes what is at least as bad as a level.
func logger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	switch level {
	case "none":
		return nil, nil
	case "error", "warn", "info":
		if err := l.UnmarshalText([]byte(level)); err != nil {
			return nil, err
		}
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: l})), nil
	}
	return nil, fmt.Errorf("--log %q: none, error, warn or info", level)
}

func (f *serveFlags) check(cmd *cobra.Command) error {
	const most = 1 << 20
	waiting := 0 // the default's own sign
	if cmd.Flags().Changed("max-waiting") {
		waiting = 1
	}
	for _, n := range []struct {
		flag         string
		value, least int
	}{{"gpu", f.opt.GPU, 0}, {"max-waiting", f.opt.Waiting, waiting}, {"max-body", f.bodyMB, 1}, {"max-requests", f.opt.Limits.Requests, 1}} {
		if n.value < n.least || n.value > most {
			return fmt.Errorf("--%s %d: must be %d to %d", n.flag, n.value, n.least, most)
		}
	}
	if f.opt.Drain <= 0 {
		return fmt.Errorf("--drain %v: must be above 0", f.opt.Drain)
	}
	for _, address := range []*string{&f.opt.HTTP, &f.opt.GRPC, &f.opt.Metrics} {
		if *address == "none" {
			*address = ""
		}
	}
	if f.opt.HTTP == "" && f.opt.GRPC == "" {
		return errors.New("--http none and --grpc none: nobody could send a request; give one of them an address")
	}
	return nil
}

func runServe(cmd *cobra.Command, file string, f serveFlags) (err error) {
	if err := f.check(cmd); err != nil {
		return usage(cmd, err)
	}
	if f.opt.Log, err = logger(cmd.ErrOrStderr(), f.log); err != nil {
		return usage(cmd, err)
	}
	if f.opt.Vision, err = f.vision.options(); err != nil {
		return usage(cmd, err)
	}
	s, err := daemon.Read(file, f.set)
	if err != nil {
		return err
	}
	if f.opt.CacheDir, err = cache.Dir(); err != nil {
		return err
	}
	f.opt.Limits.Body = int64(f.bodyMB) << 20
	began := time.Now()
	step, done := stepProgress(cmd.ErrOrStderr())
	defer done()
	n := 0
	err = daemon.Run(cmd.Context(), s, f.opt, func(what string) {
		step(n, daemon.Steps, what)
		n++
	}, func(now daemon.Serving) {
		done()
		now.Text(cmd.OutOrStdout(), time.Since(began))
	})
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted before the model was loaded")
	}
	return err
}

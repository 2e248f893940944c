package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"vsim/profile"
	"vsim/sim/scenario"
	"vsim/sim/scenario/triton"
)

func newImport() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "import",
		Short:   "Make a scenario of another program's configuration",
		Long:    "Make a scenario of another program's configuration.",
		Example: "  vsim import triton models/resnet50/config.pbtxt -o resnet50.toml",
		Args:    noSuchCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newImportTriton())
	return cmd
}

func newImportTriton() *cobra.Command {
	var opt triton.Options
	var out string
	var shares map[string]int
	cmd := &cobra.Command{
		Use:   "triton CONFIG.pbtxt|REPOSITORY",
		Short: "Of a model configuration of NVIDIA's Triton Inference Server, or a repository of them",
		Long: `Read a model configuration of NVIDIA's Triton Inference Server and write a scenario: batching, queues
and priorities, instances, and the models of an ensemble as a graph of stages. The models of an ensemble
are read from their folders beside the configuration's own, or from --repository. Of a folder of models,
all that no ensemble has as a step get equal shares of the requests, or those that --traffic names theirs;
they share the GPUs on which their instances stand.

A configuration does not say how long an inference takes: the scenario looks it up in the machine's
profile under the model's name, unless --times gives it (Triton calls it compute_infer; transfers over
the link come on top, from the sizes of the tensors):

  --times TIME               of every model that has none of its own
  --times NAME=TIME          of one model
  --times @cpu=TIME          of instances on the CPU; @gpu of those on GPUs
  --times NAME@cpu=TIME      of those of one model, which a model with instances on both needs

TIME is a sum, "2ms", "40ms/image", "2ms + 0.05ms/image", or a table by batch size, "1:2ms,8:5ms", linear
between its sizes, from 1 to the largest batch.

What is not simulated is left out with a warning that names the field and its line; comments in the
scenario say where every figure comes from.`,
		Example: `  vsim import triton models/resnet50/config.pbtxt
  vsim import triton models/resnet50/config.pbtxt --hardware 8gpu --times "2ms + 0.05ms/image" -o resnet50.toml
  vsim import triton models/tagger/config.pbtxt --times "tagger@gpu=1:2ms,8:5ms" --times tagger@cpu=40ms/image
  vsim import triton models/ensemble/config.pbtxt --times preprocess=1ms --times "classifier=2ms + 0.1ms/image" --image medium
  vsim import triton models --traffic resnet50=3,ensemble=1 --times 2ms -o models.toml      a repository
  vsim import triton models/resnet50/config.pbtxt --shares 1=10,2=90     a tenth of the requests has priority 1
  vsim simulate resnet50.toml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := exactArgs(1, "one config.pbtxt or folder of models")(cmd, args); err != nil {
				return err
			}
			var err error
			if opt.Shares, err = byLevel(shares); err != nil {
				return usage(cmd, err)
			}
			if opt.DefaultMaxBatch == 0 {
				return scenario.BadInput("--default-max-batch-size", "0 is no batch size; write 1 for a server that fills in no batches")
			}
			return importTriton(cmd, args[0], out, opt)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&out, "output", "o", "", "write the scenario to a `FILE` instead of standard output")
	flags.StringVar(&opt.Hardware, "hardware", "", "machine, a `FILE` or an embedded name; default: "+triton.DefaultHardware+", without its power")
	flags.StringVar(&opt.Repository, "repository", "", "folder `DIR` of the models, in which NAME/config.pbtxt lie; default: that of the configuration's own model")
	flags.StringVar(&opt.Image, "image", "", "inputs of varying size are JPEGs of this `SIZE`: small, medium, large or bytes, such as 121kB")
	flags.StringArrayVar(&opt.Times, "times", nil, "inference `TIME` of a batch: \"2ms + 0.05ms/image\", \"1:2ms,8:5ms\", \"NAME=TIME\", \"@cpu=TIME\" or \"NAME@cpu=TIME\"; may be repeated")
	flags.StringVar(&opt.AutoComplete, "auto-complete", triton.CompleteAsGuide, "what the server fills in where a configuration names no scheduler or max_batch_size: `on`, as Triton's guide says; code, as its backends do today (ONNX Runtime's passes over configurations that list input and output); off, for --disable-auto-complete-config")
	flags.IntVar(&opt.DefaultMaxBatch, "default-max-batch-size", triton.DefaultMaxBatch, "the server's largest batch `N` where it fills in max_batch_size; 1: none")
	flags.StringVar(&opt.RateLimit, "rate-limit", triton.RateLimitOn, "the server's rate limiter: `execution_count`, which is simulated, or off")
	flags.StringArrayVar(&opt.RateLimitResources, "rate-limit-resource", nil, "how many the server has of a resource of the rate limiter, `NAME:COUNT`; default: as the instance that needs most; may be repeated")
	flags.Var((*counts)(&opt.Items), "items", "how many items a model returns for a request, `NAME=N`, such as the faces of a photo: so many requests go to the models after it; may be repeated")
	flags.Var((*counts)(&opt.Traffic), "traffic", "of a repository: shares of the requests by model, `NAME=10,NAME=90`; default: equal ones of all models that no ensemble has as a step")
	flags.Float64Var(&opt.Spread, "spread", scenario.AssumedSpread, "coefficient of variation `CV` that is assumed of times of which only the mean is known; 0 for none")
	flags.Var((*counts)(&shares), "shares", "shares of the requests by priority level, `1=10,2=90`; default: all have default_priority_level")
	return cmd
}

func byLevel(shares map[string]int) (map[int]int, error) {
	out := map[int]int{}
	for level, share := range shares {
		n, err := strconv.Atoi(level)
		if err != nil {
			return nil, fmt.Errorf("--shares %s=%d: the level must be a number, such as 1=10", level, share)
		}
		out[n] = share
	}
	return out, nil
}

func importTriton(cmd *cobra.Command, file, out string, opt triton.Options) error {
	if err := checkOutput("-o", out, file, opt.Hardware); err != nil {
		return err
	}
	opt.Folder = filepath.Dir(out) // "." for standard output
	r, err := triton.Import(file, opt)
	if err != nil {
		return err
	}
	if err := checkOutput("-o", out, r.Files...); err != nil {
		return err
	}
	warn(cmd.ErrOrStderr(), r.Warnings)
	if out != "" {
		return profile.WriteFile(out, r.TOML)
	}
	_, err = cmd.OutOrStdout().Write(r.TOML)
	return err
}

// warn prints the first warnings of an import, and how many more there are.
func warn(w io.Writer, warnings []scenario.Fault) {
	for _, f := range warnings[:min(len(warnings), triton.MaxWarnings)] {
		fmt.Fprintln(w, "vsim: warning:", visible(shortened(f.String())))
	}
	if more := len(warnings) - triton.MaxWarnings; more > 0 {
		fmt.Fprintf(w, "vsim: warning: and %d more\n", more)
	}
}

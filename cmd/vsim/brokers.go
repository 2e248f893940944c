package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/brokers"
	"vsim/profile"
)

// brokersFlags are the flags of vsim brokers.
type brokersFlags struct {
	brokers              []string
	sizes, concurrency   []int
	kafka, redis, output string
	quick, resume        bool
}

func newBrokers() *cobra.Command {
	var f brokersFlags
	cmd := &cobra.Command{
		Use:   "brokers",
		Short: "Measure message brokers side by side: Kafka, Redis lists, Redis streams",
		Long: `Measure how fast brokers carry messages from a thumbnail's size to a frame's, and what that costs: throughput,
latency at 10, 50 and 80 % of it, and processor time of clients and broker. They are ` + strings.Join(profile.BrokerKinds, ", ") + `.

Brokers are started on loopback, with their own settings, and end with the command; make brokers fetches them. --kafka
and --redis measure those of your own, whose processor time is then not known: topics and keys vsim-brokers-* are made there,
and removed. Keep the machine quiet: clients and brokers share its processors with whatever else runs.

-o keeps README.md with the table, brokers.csv, runs.json with each round, and plots as SVG and PNG. After an interrupt what was
measured is there, and the same command with --resume goes on. The exit status is 1 where something is missing.`,
		Example: `  vsim brokers                            the whole table, about 11 minutes
  vsim brokers --quick                    a noisier one, in a minute and a half
  vsim brokers -o experiments/brokers     the table of this repository anew
  vsim brokers --brokers redis-list,redis-stream --sizes 5000,50000
  vsim brokers --kafka broker:9092 --brokers kafka-all`,
		Args: func(cmd *cobra.Command, args []string) error { return exactArgs(0, "no arguments")(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return runBrokers(cmd, &f) },
	}
	full := brokers.Full()
	flags := cmd.Flags()
	flags.StringSliceVar(&f.brokers, "brokers", full.Brokers, "the `BROKERS` to measure")
	flags.IntSliceVar(&f.sizes, "sizes", full.Sizes, "`BYTES` of messages")
	flags.IntSliceVar(&f.concurrency, "concurrency", full.Concurrency, "`NUMBERS` of producers, and as many consumers and partitions")
	flags.StringVar(&f.kafka, "kafka", "", "measure the Kafka at `HOST:PORT`")
	flags.StringVar(&f.redis, "redis", "", "measure the Redis at `HOST:PORT`")
	flags.StringVarP(&f.output, "output", "o", "", "keep the results in a `DIR`")
	flags.BoolVar(&f.quick, "quick", false, "less of each, in a minute and a half: noisier")
	flags.BoolVar(&f.resume, "resume", false, "go on with what -o has")
	return cmd
}

func runBrokers(cmd *cobra.Command, f *brokersFlags) error {
	if f.resume && f.output == "" {
		return usage(cmd, errors.New("--resume: say with -o which folder to go on with"))
	}
	o := brokers.Full()
	if f.quick {
		o = brokers.Quick()
	}
	o.Brokers, o.Sizes, o.Concurrency = f.brokers, f.sizes, f.concurrency
	o.Kafka, o.Redis, o.Output, o.Resume = f.kafka, f.redis, f.output, f.resume
	o.Command = "vsim " + strings.Join(os.Args[1:], " ")
	slices.Sort(o.Sizes)
	if err := o.Check(); err != nil {
		return usage(cmd, err)
	}
	progress, done := progressBar(cmd.ErrOrStderr(), "brokers")
	defer done()
	o.Progress = progress
	r, err := brokers.Measure(cmd.Context(), o)
	done()
	if r == nil {
		return err
	}
	if printErr := r.Text(cmd.OutOrStdout()); printErr != nil {
		return printErr
	}
	if err == nil && len(r.Warnings) > 0 {
		err = fmt.Errorf("%d cells could not be measured; see the warnings", len(r.Warnings))
	}
	return err
}

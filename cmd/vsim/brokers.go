package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vsim/experiments/brokers"
	"vsim/profile"
	"vsim/profile/measure/broker"
	"vsim/sim/scenario"
)

// brokersFlags are the flags of vsim brokers.
type brokersFlags struct {
	names, sizes         []string
	concurrency          []int
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
  vsim brokers --broker redis-list,redis-stream --message-size 5kB,50kB
  vsim brokers --broker kafka --kafka broker:9092`,
		Args: func(cmd *cobra.Command, args []string) error { return exactArgs(0, "no arguments")(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return runBrokers(cmd, &f) },
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.names, "broker", nil, "the `BROKERS` to measure: kafka (kafka-all), kafka-1, redis-list, redis-stream; default all")
	flags.StringSliceVar(&f.sizes, "message-size", nil, "`SIZES` of messages, such as 10kB; default 1kB,10kB,100kB,1MB")
	flags.IntSliceVar(&f.concurrency, "concurrency", brokers.Full().Concurrency, "`NUMBERS` of producers, and as many consumers and partitions")
	flags.StringVar(&f.kafka, "kafka", "", "a Kafka of your own, `HOST:PORT`; default: one is started on loopback")
	flags.StringVar(&f.redis, "redis", "", "a Redis of your own, `HOST:PORT`; default: one is started on loopback")
	flags.StringVarP(&f.output, "output", "o", "", "keep the results in a `DIR`")
	flags.BoolVar(&f.quick, "quick", false, "less of each, in a minute and a half: noisier")
	flags.BoolVar(&f.resume, "resume", false, "go on with what -o has")
	return cmd
}

// options are those of the flags.
func (f *brokersFlags) options() (brokers.Options, error) {
	o := brokers.Full()
	if f.quick {
		o = brokers.Quick()
	}
	o.Concurrency, o.Kafka, o.Redis, o.Output, o.Resume = f.concurrency, f.kafka, f.redis, f.output, f.resume
	o.Command = "vsim " + strings.Join(os.Args[1:], " ")
	if f.resume && f.output == "" {
		return o, errors.New("--resume: say with -o which folder to go on with")
	}
	if len(f.names) > 0 {
		var err error
		if o.Brokers, err = broker.Kinds(f.names); err != nil {
			return o, fmt.Errorf("--broker: %w", err)
		}
	}
	if err := checkOwnBrokers(f.kafka, f.redis, o.Brokers); err != nil {
		return o, err
	}
	if len(f.sizes) > 0 {
		o.Sizes = nil
	}
	for _, text := range f.sizes {
		size, err := scenario.ParseBytes(text)
		if err != nil {
			return o, fmt.Errorf("--message-size %q: %w", text, err)
		}
		o.Sizes = append(o.Sizes, int(min(size, math.MaxInt32))) // which is refused
	}
	slices.Sort(o.Sizes)
	return o, o.Check()
}

func runBrokers(cmd *cobra.Command, f *brokersFlags) error {
	o, err := f.options()
	if err != nil {
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

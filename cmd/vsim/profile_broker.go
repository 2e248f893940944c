package main

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vsim/profile/measure/broker"
	"vsim/profile/measure/machine"
	"vsim/sim/scenario"
)

// brokerFlags are the flags of vsim profile --broker.
type brokerFlags struct {
	names, sizes []string
	kafka, redis string
}

func (f *brokerFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.names, "broker", nil, "measure message `BROKERS`: kafka (kafka-all), kafka-1, redis-list, redis-stream")
	flags.StringSliceVar(&f.sizes, "message-size", nil, "`SIZES` of messages, such as 10kB; default 1kB,10kB,100kB,1MB")
	flags.StringVar(&f.kafka, "kafka", "", "a Kafka of your own, `HOST:PORT`; default: one is started on loopback")
	flags.StringVar(&f.redis, "redis", "", "a Redis of your own, `HOST:PORT`; default: one is started on loopback")
}

// brokerFlagNames are those that mean nothing without --broker; notBrokers those that mean nothing with it.
var (
	brokerFlagNames = []string{"message-size", "kafka", "redis"}
	notBrokers      = append([]string{"model", "images", "threads", "ort-lib"}, visionFlagNames...)
)

// check looks at them, and at those that are for other things.
func (f *brokerFlags) check(flags *pflag.FlagSet) error {
	of, others := "--broker", brokerFlagNames
	if flags.Changed("broker") {
		of, others = "--cpu or --gpu", notBrokers
	}
	for _, name := range others {
		if flags.Changed(name) {
			return fmt.Errorf("--%s is for %s; leave it out", name, of)
		}
	}
	return nil
}

// checkOwnBrokers checks the addresses of a user's own brokers, which have to be among those that are asked for.
func checkOwnBrokers(kafka, redis string, kinds []string) error {
	for _, own := range []struct{ name, address string }{{"kafka", kafka}, {"redis", redis}} {
		if own.address == "" {
			continue
		}
		_, port, err := net.SplitHostPort(own.address)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil || port == "" {
			return fmt.Errorf("--%s %q: HOST:PORT, such as localhost:9092", own.name, own.address)
		}
		if !slices.ContainsFunc(kinds, func(kind string) bool { return strings.HasPrefix(kind, own.name+"-") }) {
			return fmt.Errorf("--%s %s: has no effect on %s; leave it out, or ask for a %s", own.name, own.address, strings.Join(kinds, ", "), own.name)
		}
	}
	return nil
}

// brokerConfig makes a broker.Config of all flags.
func (f *profileFlags) brokerConfig() (cfg broker.Config, err error) {
	if cfg.Brokers, err = broker.Kinds(f.brokers.names); err != nil {
		return cfg, fmt.Errorf("--broker: %w", err)
	}
	if err := checkOwnBrokers(f.brokers.kafka, f.brokers.redis, cfg.Brokers); err != nil {
		return cfg, err
	}
	cfg.Kafka, cfg.Redis, cfg.Batches = f.brokers.kafka, f.brokers.redis, f.what.Batches
	for _, text := range f.brokers.sizes {
		size, err := scenario.ParseBytes(text)
		if err != nil {
			return cfg, fmt.Errorf("--message-size %q: %w", text, err)
		}
		cfg.Sizes = append(cfg.Sizes, int(min(size, broker.MostBytes))) // which is refused
	}
	per := broker.PerBroker
	if f.quick {
		per, cfg.WarmUp = broker.QuickPerBroker, broker.QuickWarmUp
		if len(cfg.Sizes) == 0 {
			cfg.Sizes = broker.QuickSizes
		}
	}
	if cfg.Budget = f.what.Budget; cfg.Budget == 0 {
		cfg.Budget = time.Duration(len(cfg.Brokers)) * per
	}
	cfg.Command = "vsim " + strings.Join(os.Args[1:], " ")
	return cfg, cfg.Check()
}

// profileBroker measures brokers.
func profileBroker(cmd *cobra.Command, f profileFlags) error {
	cfg, err := f.brokerConfig()
	if err != nil {
		return usage(cmd, err)
	}
	if f.out == "" {
		f.out = machine.Name(true) + "-brokers.toml"
	}
	if err := checkOutput("-o", f.out); err != nil {
		return err
	}
	_, starting := progressBar(cmd.ErrOrStderr(), "starting and warming up brokers")
	bench, err := broker.Open(cmd.Context(), cfg)
	starting()
	if err != nil {
		return notMeasured(cmd.Context(), err)
	}
	defer bench.Close()
	return keepProfile(cmd, f.out, bench, measureAll(cmd, bench))
}

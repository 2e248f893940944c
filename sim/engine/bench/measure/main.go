//go:build unix

// Command measure runs a reference model for so many events and prints
// engine, model, events, user CPU seconds and mean latency in ns, as its
// counterparts on other engines do: see compare.sh.
package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"vsim/sim/engine/bench"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(2)
	}
}

// model is either of the reference models.
type model interface{ Run(events int64) }

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("got %d arguments: want mm1 or network, and the number of events", len(args))
	}
	events, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil || events < 1 {
		return fmt.Errorf("events %q: want a number of at least 1", args[1])
	}
	m, result, err := build(args[0])
	if err != nil {
		return err
	}
	before, err := userTime()
	if err != nil {
		return err
	}
	m.Run(events)
	after, err := userTime()
	if err != nil {
		return err
	}
	fmt.Printf("vsim %s %d %.4f %.1f\n", args[0], result.Events, (after - before).Seconds(), result.Latency.Mean())
	return nil
}

func build(name string) (model, *bench.Result, error) {
	switch name {
	case "mm1":
		m, err := bench.NewMM1(1, 1e6, 0.8e6)
		if err != nil {
			return nil, nil, err
		}
		return m, &m.Result, nil
	case "network":
		m, err := bench.NewClosedNetwork(1, bench.Reference())
		if err != nil {
			return nil, nil, err
		}
		return m, &m.Result, nil
	}
	return nil, nil, fmt.Errorf("model %q: want mm1 or network", name)
}

// userTime returns the CPU time that the process has spent outside the kernel.
func userTime() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(usage.Utime.Nano()), nil
}

//go:build linux

package remote_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/remote"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
	"vsim/profile/device/native/nativetest"
	"vsim/sim/engine"
)

// clients of the closed loop in which NVIDIA's perf_analyzer and we measure the same server.
const clients = 4

// seen is what one of us saw.
type seen struct{ rps, meanS float64 }

// We and NVIDIA's perf_analyzer measure the same server in a closed loop. On a machine that is busy with other things each of us
// must be right in itself: throughput times latency are the clients (Little's law), and perf_analyzer's mean latency is among
// those that we saw. With VSIM_QUIET=1, on a quiet machine, we take turns at being first
// nine times, and agree within 3 % in the median.
func TestAgreesWithPerfAnalyzer(t *testing.T) {
	quiet := os.Getenv("VSIM_QUIET") == "1"
	rounds, window := 1, 2*time.Second
	if quiet {
		rounds, window = 9, 4*time.Second
	}
	s, program := classifier(t)
	var rps, mean []float64
	for round := range rounds {
		var theirs seen
		var r *load.Result
		var under [2]string
		for turn := range 2 {
			before := counts(t, s)
			if turn == round%2 {
				theirs = perfAnalyzer(t, program, s, window)
			} else {
				r = ours(t, s, window)
			}
			under[(turn+round)%2] = work(before, counts(t, s))
		}
		t.Logf("the server under perf_analyzer: %s; under us: %s", under[0], under[1])
		us := seen{r.ThroughputRPS, r.Mean()}
		t.Logf("perf_analyzer: %.2f/s, mean %.2f ms; we: %.2f/s, mean %.2f ms; ratios %.4f and %.4f", theirs.rps, 1e3*theirs.meanS, us.rps, 1e3*us.meanS, us.rps/theirs.rps, us.meanS/theirs.meanS)
		for name, who := range map[string]seen{"perf_analyzer": theirs, "we": us} {
			if inside := who.rps * who.meanS; math.Abs(inside-clients) > 0.15*clients {
				t.Errorf("%s: throughput x latency = %.2f, want %d clients", name, inside, clients)
			}
		}
		if least, most := r.LatencyS[0], r.LatencyS[len(r.LatencyS)-1]; !quiet && (theirs.meanS < least/4 || theirs.meanS > 4*most) {
			t.Errorf("perf_analyzer's mean is %.2f ms, far from all of ours, %.2f to %.2f ms", 1e3*theirs.meanS, 1e3*least, 1e3*most)
		}
		rps, mean = append(rps, us.rps/theirs.rps), append(mean, us.meanS/theirs.meanS)
	}
	if slices.Sort(rps); quiet && math.Abs(rps[rounds/2]-1) > 0.03 {
		t.Errorf("our throughput is perf_analyzer's times %.3f in the median", rps[rounds/2])
	}
	if slices.Sort(mean); quiet && math.Abs(mean[rounds/2]-1) > 0.03 {
		t.Errorf("our mean latency is perf_analyzer's times %.3f in the median", mean[rounds/2])
	}
}

// counts are the server's own.
func counts(t *testing.T, s *local.Server) *wire.ModelStatistics {
	t.Helper()
	client, err := oip.Dial(s.GRPC())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	all, err := client.Statistics(t.Context(), repository.Classify)
	if err != nil {
		t.Fatal(err)
	}
	return all[0]
}

// work says what a server did between two counts: its executions and their mean times, by batch size.
func work(from, to *wire.ModelStatistics) string {
	earlier := map[uint64]*wire.StatisticDuration{}
	for _, b := range from.BatchStats {
		earlier[b.BatchSize] = b.ComputeInfer
	}
	var said []string
	for _, b := range to.BatchStats {
		n, ns := b.ComputeInfer.GetCount()-earlier[b.BatchSize].GetCount(), b.ComputeInfer.GetNs()-earlier[b.BatchSize].GetNs()
		if n > 0 {
			said = append(said, fmt.Sprintf("%d of %d in %.2f ms", n, b.BatchSize, float64(ns)/float64(n)/1e6))
		}
	}
	return strings.Join(said, ", ")
}

// classifier starts NVIDIA's server with MobileNetV2 on tensors, and finds perf_analyzer.
func classifier(t *testing.T) (s *local.Server, program string) {
	t.Helper()
	p, err := local.Find()
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	program = filepath.Join(p.Folder, "perf_analyzer/bin/perf_analyzer")
	if _, err := os.Stat(program); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir := t.TempDir()
	if err := repository.Write(dir, repository.Options{MaxBatch: 4, Batching: true}); err != nil {
		t.Fatal(err)
	}
	if s, err = local.Start(t.Context(), local.Options{Repository: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s, program
}

// perfAnalyzer has it measure three windows at once, however much they differ, and reads what it says in its CSV file. It sends
// zeros, as we do: random bytes, which it sends else, are also NaN and subnormal numbers, at which processors take longer.
func perfAnalyzer(t *testing.T, program string, s *local.Server, window time.Duration) seen {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out.csv")
	ms := strconv.FormatInt(window.Milliseconds()/2, 10)
	command := exec.CommandContext(t.Context(), program, "-m", repository.Classify, "-u", strings.TrimPrefix(s.GRPC(), "grpc://"), "-i", "grpc", "--shared-memory", "none", "--input-data", "zero",
		"--concurrency-range", strconv.Itoa(clients), "--measurement-interval", ms, "--stability-percentage", "999", "--max-trials", "3", "-f", file)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("perf_analyzer: %v\n%s", err, out)
	}
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	rows, err := csv.NewReader(text).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("perf_analyzer wrote %v, %v", rows, err)
	}
	number := func(column string) float64 {
		i := slices.Index(rows[0], column)
		if i < 0 {
			t.Fatalf("no column %q among %q", column, rows[0])
		}
		v, err := strconv.ParseFloat(rows[1][i], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	// Its mean latency is not a column, but the parts that it is the sum of are.
	us := 0.0
	for _, part := range []string{"Client Send", "Network+Server Send/Recv", "Server Queue", "Server Compute Input", "Server Compute Infer", "Server Compute Output", "Client Recv"} {
		us += number(part)
	}
	return seen{number("Inferences/Second"), us / 1e6}
}

// ours measures the same.
func ours(t *testing.T, s *local.Server, window time.Duration) *load.Result {
	t.Helper()
	client, err := oip.Dial(s.GRPC())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	target, err := remote.New(t.Context(), client, remote.Options{Model: repository.Classify})
	if err != nil {
		t.Fatal(err)
	}
	tensor := make([]byte, 4*3*224*224)
	r, err := load.Run(t.Context(), target, load.Config{Classes: []load.Class{{Name: "all", Weight: 1, Images: [][]byte{tensor}}},
		Source: engine.Source{Clients: clients}, WarmUp: window / 4, Measure: window * 3 / 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Failed > 0 || r.Completed == 0 {
		t.Fatalf("%d served, %d failed: %s", r.Completed, r.Failed, r.FirstFailure)
	}
	return r
}

package generator

import (
	"os"
	"testing"
	"time"

	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
)

// NVIDIA's Triton is loaded by gRPC and by HTTP: all that is sent is answered, and what it counted is what was sent.
func TestTriton(t *testing.T) {
	if _, err := local.Find(); err != nil {
		if os.Getenv("VSIM_REQUIRE_NATIVE") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	dir := t.TempDir()
	if err := repository.Write(dir, repository.Options{MaxBatch: 4, Batching: true, MaxQueueDelay: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	server, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	for _, address := range []string{server.GRPC(), server.HTTP()} {
		o := options(t, address, Asked{Clients: "2"})
		o.Batch, o.Measure = 2, 2*time.Second
		r := mustRun(t, o)
		row := &r.Loads[0]
		if c := check(t, row, "failures"); !c.Holds {
			t.Errorf("%s: %+v", address, c)
		}
		s := row.Split
		if s == nil || s.InferS <= 0 || s.QueueS <= 0 || s.QueueS+s.ComputeS() > row.FromSend.MaxS || s.Failures > 0 {
			t.Fatalf("%s: the server's times are %+v of a latency of %g s", address, s, row.FromSend.MeanS)
		}
		if served, counted := row.Requests, int(s.Requests); served-counted > 4 || counted-served > 4 || s.Images != 2*s.Requests {
			t.Errorf("%s: %d answers, the server counted %d with %d images", address, served, counted, s.Images)
		}
	}
}

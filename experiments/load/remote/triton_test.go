//go:build linux

package remote_test

import (
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/remote"
	"vsim/experiments/oip"
	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
	"vsim/profile/device/cache"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/sim/engine"
)

// triton starts NVIDIA's server with MobileNetV2, JPEG files in and tensors in; what waits in the classifier's queue is little.
func triton(t *testing.T) *local.Server {
	t.Helper()
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	dir := t.TempDir()
	o := repository.Options{MaxBatch: 4, Batching: true, Levels: 2, DefaultLevel: 2, PreprocessInstances: 1,
		Policy: &repository.Policy{MaxQueueSize: 4, Timeout: time.Minute, AllowTimeoutOverride: true}}
	if err := repository.Write(dir, o); err != nil {
		t.Fatal(err)
	}
	s, err := local.Start(t.Context(), local.Options{Repository: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// A load is put on NVIDIA's server over both transports: all images of a few clients are served, of JPEG files and of tensors
// in batches; the queue turns the rest of many away, and we see why.
func TestLoadOnTriton(t *testing.T) {
	s := triton(t)
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	files, err := photo.Set(t.Context(), dir, "small", 3, 1)
	if err != nil {
		t.Fatal(err)
	}
	tensors := [][]byte{make([]byte, 4*3*224*224)}
	for _, address := range []string{s.GRPC(), s.HTTP()} {
		client, err := oip.Dial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		put := func(o remote.Options, images [][]byte, clients int) *load.Result {
			target, err := remote.New(t.Context(), client, o)
			if err != nil {
				t.Fatal(err)
			}
			r, err := load.Run(t.Context(), target, load.Config{Classes: []load.Class{{Name: "all", Weight: 1, Priority: 1, Images: images}},
				Source: engine.Source{Clients: clients}, Measure: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		for _, r := range []*load.Result{
			put(remote.Options{Model: repository.JPEG}, files, 2),
			put(remote.Options{Model: repository.Classify, Batch: 2}, tensors, 2),
		} {
			if r.Completed == 0 || r.Failed > 0 || len(r.Dropped) > 0 || r.Unanswered > 0 {
				t.Errorf("%s: %d served, %d failed (%s), %v, %d unanswered", address, r.Completed, r.Failed, r.FirstFailure, r.Dropped, r.Unanswered)
			}
		}
		broken := put(remote.Options{Model: repository.JPEG}, [][]byte{files[0], files[0][:100]}, 2)
		if broken.Completed == 0 || broken.Failed == 0 || len(broken.Dropped) > 0 {
			t.Errorf("%s, broken files: %d served, %d failed, %v", address, broken.Completed, broken.Failed, broken.Dropped)
		}
		// While its queue is full, this Triton looks into it every 500 ms only: few are served.
		full := put(remote.Options{Model: repository.Classify, Batch: 4}, tensors, 12)
		late := put(remote.Options{Model: repository.Classify, Batch: 4, Timeout: time.Microsecond}, tensors, 3)
		t.Logf("%s: full queue: %d served, %v; short timeout: %d served, %v", address, full.Completed, full.Dropped, late.Completed, late.Dropped)
		for reason, r := range map[string]*load.Result{"rejected": full, "expired": late} {
			if r.Dropped[reason] == 0 || r.Failed > 0 || r.Unanswered > 0 {
				t.Errorf("%s, to be %s: %d served, %v, %d failed (%s), %d unanswered", address, reason, r.Completed, r.Dropped, r.Failed, r.FirstFailure, r.Unanswered)
			}
		}
	}
}

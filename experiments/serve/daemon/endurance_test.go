package daemon

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/serve"
	"vsim/experiments/serve/backend"
	"vsim/experiments/serve/front"
	"vsim/experiments/serve/metrics"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/tensor"
	"vsim/sim/engine/batcher"
)

// enduranceEnv says how long TestEndurance overloads the server; `make serve-endurance` sets it.
const enduranceEnv = "VSIM_ENDURANCE"

// onceEach is a model that counts how often each request is answered.
type onceEach struct {
	*backend.Model
	asked, answered, again atomic.Int64
}

func (o *onceEach) Infer(ctx context.Context, r *front.Request, reply func(*wire.ModelInferResponse, error)) {
	o.asked.Add(1)
	var answers atomic.Int32
	o.Model.Infer(ctx, r, func(a *wire.ModelInferResponse, err error) {
		if answers.Add(1) > 1 {
			o.again.Add(1)
			return
		}
		o.answered.Add(1)
		reply(a, err)
	})
}

// crowd is clients of a server, and what became of their requests.
type crowd struct {
	clients  []oip.Client // over HTTP and gRPC
	pictures [][]byte     // the last is none
	scores   [][]float32  // of all but the last
	sent     atomic.Int64
	waiting  sync.WaitGroup
	mutex    sync.Mutex
	became   map[string]int
}

// send sends a picture, and hangs up after a time if that is above 0.
func (c *crowd) send(over, picture int, patience time.Duration) (became string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if patience > 0 {
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	a, err := c.clients[over].Infer(ctx, &wire.ModelInferRequest{ModelName: "m",
		Inputs:           []*wire.ModelInferRequest_InferInputTensor{{Name: backend.Image, Datatype: "BYTES", Shape: []int64{1, 1}}},
		RawInputContents: [][]byte{oip.AppendBytes(nil, c.pictures[picture])}})
	broken := picture == len(c.scores)
	switch code := status.Code(err); {
	case err == nil && broken:
		return "wrong: a broken picture has an answer"
	case err == nil && !near(tensor.Singles(a.RawOutputContents[0]), c.scores[picture]):
		return "wrong: scores of another picture"
	case err == nil:
		return "served"
	case patience > 0 && (ctx.Err() != nil || code == codes.DeadlineExceeded || code == codes.Canceled):
		return "hung up"
	case broken && code == codes.InvalidArgument:
		return "broken"
	case code == codes.Unavailable && strings.Contains(err.Error(), "xceeds maximum queue size"):
		return "refused"
	default:
		return "wrong: " + err.Error()
	}
}

func near(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return x-y < 1e-3 && y-x < 1e-3 })
}

// open sends requests at random times at a rate for so long: 1 % are broken, 5 % hang up in the middle.
func (c *crowd) open(rps float64, span time.Duration) {
	rng := rand.New(rand.NewPCG(7, 1))
	began := time.Now()
	for at := time.Duration(0); at < span; at += time.Duration(rng.ExpFloat64() / rps * 1e9) {
		time.Sleep(time.Until(began.Add(at)))
		over, picture, patience := rng.IntN(len(c.clients)), rng.IntN(len(c.scores)), time.Duration(0)
		switch rng.IntN(100) {
		case 0:
			picture = len(c.scores)
		case 1, 2, 3, 4, 5:
			patience = time.Duration(1 + rng.Int64N(int64(300*time.Millisecond)))
		}
		c.sent.Add(1)
		c.waiting.Go(func() {
			became := c.send(over, picture, patience)
			c.mutex.Lock()
			defer c.mutex.Unlock()
			c.became[became]++
		})
	}
	c.waiting.Wait()
}

// capacity is how many requests a second a closed loop of clients gets answered.
func (c *crowd) capacity(t *testing.T, clients int, span time.Duration) float64 {
	var served atomic.Int64
	began := time.Now()
	for i := range clients {
		c.waiting.Go(func() {
			for time.Since(began) < span {
				if became := c.send(i%len(c.clients), i%len(c.scores), 0); became != "served" {
					t.Error(became)
					return
				}
				served.Add(1)
			}
		})
	}
	c.waiting.Wait()
	return float64(served.Load()) / time.Since(began).Seconds()
}

// residentMB is what this process, server and clients, has in memory.
func residentMB(t *testing.T) float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("memory is only read on Linux")
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// At three times what it can do, with broken pictures and clients that hang up, every request has one answer or one refusal, memory
// stays where it is, and afterwards the server answers rightly and leaves nothing behind.
func TestEndurance(t *testing.T) {
	nativetest.Require(t, native.ONNXRuntime)
	span := 10 * time.Second
	if text := os.Getenv(enduranceEnv); text != "" {
		var err error
		if span, err = time.ParseDuration(text); err != nil {
			t.Fatalf("%s: %v", enduranceEnv, err)
		}
	}
	c := &crowd{pictures: append(somePictures(t, 4), []byte("\xff\xd8 nonsense")), became: map[string]int{}}
	m := openModel(t)
	for _, file := range c.pictures[:4] {
		c.scores = append(c.scores, m.scores(t, m.tensor(t, file)))
	}
	goroutines := runtime.NumGoroutine()
	overload(t, c, span)
	for until := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > goroutines && time.Now().Before(until); {
		time.Sleep(50 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d afterwards:\n%s", goroutines, n, stacks[:runtime.Stack(stacks, true)])
	}
}

func overload(t *testing.T, c *crowd, span time.Duration) {
	libraries, err := device.Open("")
	if err != nil {
		nativetest.SkipOrFail(t, err)
	}
	path, err := cache.Model(cacheDir(t), "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	cfg := serve.Config{Libraries: libraries, ModelPath: path, Workers: 1, Instances: 1, Threads: 1, Batch: batcher.Config{Max: 8, Delay: time.Millisecond}}
	cfg.Waiting = Waiting(&cfg)
	failures := map[metrics.Reason]int{}
	var mutex sync.Mutex
	served, err := backend.Start("m", cfg, func(why metrics.Reason, _ error) {
		mutex.Lock()
		defer mutex.Unlock()
		failures[why]++
	})
	if err != nil {
		t.Fatal(err)
	}
	defer served.Stop()
	counting := &onceEach{Model: served}
	server, err := front.Start(front.Config{HTTP: "127.0.0.1:0", GRPC: "127.0.0.1:0", Models: []front.Model{counting}})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"http://" + server.HTTPAddr().String(), "grpc://" + server.GRPCAddr().String()} {
		client, err := oip.Dial(address)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		c.clients = append(c.clients, client)
	}
	rps := c.capacity(t, 16, 2*time.Second)
	before := counting.asked.Load()
	memory := watchMemory(t)
	c.open(3*rps, span)
	first, last := memory()
	report(t, c, counting, before, rps, first, last, failures)
	for over := range c.clients {
		if err := c.clients[over].Ready(t.Context()); err != nil {
			t.Errorf("afterwards it is not ready: %v", err)
		}
		for picture := range c.scores {
			if became := c.send(over, picture, 0); became != "served" {
				t.Errorf("afterwards a request is %s", became)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		t.Errorf("it does not drain: %v", err)
	}
}

// watchMemory reads the memory until it is asked for the medians of the first and the last third, in MiB.
func watchMemory(t *testing.T) (end func() (firstMB, lastMB float64)) {
	var all []float64
	stop, done := make(chan struct{}), make(chan struct{})
	residentMB(t)
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				all = append(all, residentMB(t))
			}
		}
	}()
	return func() (float64, float64) {
		close(stop)
		<-done
		third := max(len(all)/3, 1)
		return median(all[:third]), median(all[len(all)-third:])
	}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// report checks what became of the requests and the memory.
func report(t *testing.T, c *crowd, counting *onceEach, before int64, rps, first, last float64, failures map[metrics.Reason]int) {
	total := 0
	for what, n := range c.became {
		total += n
		if strings.HasPrefix(what, "wrong") {
			t.Errorf("%d: %s", n, what)
		}
	}
	t.Logf("capacity %.0f/s; of %d requests: %v; without an answer: %v; memory %.0f MiB in the first third, %.0f MiB in the last", rps, c.sent.Load(), c.became, failures, first, last)
	if int64(total) != c.sent.Load() {
		t.Errorf("%d requests were sent, and %d came to an end", c.sent.Load(), total)
	}
	for until := time.Now().Add(30 * time.Second); counting.asked.Load() != counting.answered.Load() && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if a, b := counting.asked.Load(), counting.answered.Load(); a != b || counting.again.Load() > 0 || a == before {
		t.Errorf("%d requests came to the model, it answered %d, %d of them again", a, b, counting.again.Load())
	}
	for _, what := range []string{"served", "refused", "broken", "hung up"} {
		if c.became[what] == 0 {
			t.Errorf("none of %d requests was %s", total, what)
		}
	}
	if last > 1.2*first {
		t.Errorf("memory: %.0f MiB in the first third, %.0f MiB in the last", first, last)
	}
}

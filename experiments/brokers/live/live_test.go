package live

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vsim/experiments/load"
	"vsim/profile/device"
	"vsim/profile/device/cache"
	"vsim/profile/device/native"
	"vsim/profile/device/native/nativetest"
	"vsim/profile/device/photo"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// testConfig is a pipeline of the quickest model that there is, for both jobs.
func testConfig(t *testing.T, link Link, faces map[int]float64) Config {
	t.Helper()
	lib, err := device.Open(nativetest.Require(t, native.ONNXRuntime))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	path, err := cache.Model(dir, "mobilenetv2", 1)
	if err != nil {
		t.Fatal(err)
	}
	var values []int
	var weights []float64
	for n, weight := range faces {
		values, weights = append(values, n), append(weights, weight)
	}
	counter, err := random.NewCounter(values, weights)
	if err != nil {
		t.Fatal(err)
	}
	return Config{Libraries: lib, Detector: Model{Path: path}, Identifier: Model{Path: path}, Detectors: 1, Identifiers: 2,
		MaxBatch: 2, Faces: counter, Seed: 7, Link: link, Patience: time.Hour}
}

func frames(t *testing.T) [][]byte {
	t.Helper()
	dir, err := cache.Dir()
	if err != nil {
		t.Fatal(err)
	}
	files, err := photo.Set(t.Context(), dir, "medium", 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// answers sends frames and waits for all that becomes of them; meanwhile hears after each how many were served so far.
func answers(t *testing.T, p *Pipeline, images [][]byte, n int, meanwhile func(served int)) (out []load.Reply) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Add(n)
	for i := range n {
		p.Send(t.Context(), load.Request{Image: images[i%len(images)]}, func(r load.Reply) {
			mu.Lock()
			out = append(out, r)
			served := 0
			for _, a := range out {
				if a.Err == nil && a.Dropped == "" {
					served++
				}
			}
			mu.Unlock()
			if all.Done(); meanwhile != nil {
				go meanwhile(served)
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("frames have had no answer for a minute")
	}
	return out
}

func start(t *testing.T, cfg Config) *Pipeline {
	t.Helper()
	p, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Every frame is answered once, when all of its faces are identified, whatever their number; the parts make up its latency.
func TestEveryFrameIsAnsweredByItsLastFace(t *testing.T) {
	for name, link := range map[string]*fakeLink{"broker": newFake(nil), "fused": nil} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t, nil, map[int]float64{0: 1, 1: 1, 5: 1})
			if link != nil {
				cfg.Link = link
			}
			p := start(t, cfg)
			result, err := load.Run(t.Context(), p, load.Config{
				Classes: []load.Class{{Name: "frame", Weight: 1, Images: frames(t)}}, Source: engine.Source{Clients: 3}, Measure: time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			if result.Failed+result.Unanswered > 0 || result.Completed < 3 || result.Dropped != nil {
				t.Errorf("%d answered, %d failed (%s), %d without an answer, dropped %v", result.Completed, result.Failed, result.FirstFailure, result.Unanswered, result.Dropped)
			}
			if losses := p.Losses(); losses != (Losses{}) {
				t.Errorf("losses %+v", losses)
			}
			sum := 0.0
			for _, s := range result.Stages {
				sum += s.MeanS
			}
			if mean := result.Mean(); sum < 0.95*mean || sum > mean {
				t.Errorf("the parts of a frame take %.3f ms, its latency is %.3f ms: %v", 1e3*sum, 1e3*mean, result.Stages)
			}
			if link == nil {
				return
			}
			acked := func() int {
				link.mu.Lock()
				defer link.mu.Unlock()
				return link.acked
			}
			settles(t, func() bool { return acked() > 0 && acked() == link.sent }, func() any { return acked() }) // after the answer
			if m := p.Messages(); m.Sent != link.sent || m.Bytes < 4000 || m.Bytes > 20000 || m.Batch < 1 || m.Batch > 2 {
				t.Errorf("messages %+v of %d", m, link.sent)
			}
		})
	}
}

// Frames of one face that meet what can become of their messages.
func TestLosses(t *testing.T) {
	for name, c := range map[string]struct {
		become     func(n int) fate
		want       Losses // without the words
		words      string
		lost, fine int
	}{
		"vanished": {func(n int) fate { return []fate{arrives, vanishes, arrives}[n%3] }, Losses{Frames: 2, Vanished: 2}, "did not come within 1h0m0s", 2, 4},
		"refused":  {func(n int) fate { return []fate{arrives, arrives, isRefused}[n%3] }, Losses{Frames: 2, Refused: 2}, "a message was not sent: refused", 2, 4},
		"repeated": {func(n int) fate { return comesTwice }, Losses{Repeated: 6}, "", 0, 6},
	} {
		t.Run(name, func(t *testing.T) {
			p := start(t, testConfig(t, newFake(c.become), map[int]float64{1: 1}))
			lost, fine := 0, 0
			for _, r := range answers(t, p, frames(t), 6, func(served int) {
				for served == c.fine && p.Losses().Frames < c.lost && t.Context().Err() == nil {
					p.ledger.giveUp(time.Now().Add(2 * time.Hour)) // patience is over
					time.Sleep(time.Millisecond)
				}
			}) {
				switch {
				case r.Dropped == Lost:
					lost++
				case r.Err == nil && r.Dropped == "":
					fine++
				default:
					t.Errorf("reply %+v", r)
				}
			}
			if lost != c.lost || fine != c.fine {
				t.Errorf("%d frames lost, %d answered; want %d and %d", lost, fine, c.lost, c.fine)
			}
			settles(t, func() bool {
				l := p.Losses()
				l.First = ""
				return l == c.want
			}, func() any { return p.Losses() })
			if first := p.Losses().First; !strings.Contains(first, c.words) {
				t.Errorf("first loss %q, want %q", first, c.words)
			}
		})
	}
}

// settles waits for what happens behind an answer.
func settles(t *testing.T, ok func() bool, found func() any) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("found %+v", found())
		}
	}
}

// One lost message of several loses the frame, once, and the faces that come later change nothing.
func TestALostFaceLosesItsFrame(t *testing.T) {
	p := start(t, testConfig(t, newFake(func(n int) fate {
		if n == 1 {
			return isRefused
		}
		return arrives
	}), map[int]float64{4: 1}))
	all := answers(t, p, frames(t), 2, nil)
	dropped := slices.IndexFunc(all, func(r load.Reply) bool { return r.Dropped == Lost })
	if dropped < 0 || all[1-dropped].Err != nil || all[1-dropped].Dropped != "" {
		t.Errorf("replies %+v", all)
	}
	settles(t, func() bool { l := p.Losses(); return l.Frames == 1 && l.Refused == 1 && l.Vanished == 0 }, func() any { return p.Losses() })
}

// A frame whose message's fate nobody tells is no loss that is known of; a stop answers it all the same, soon.
func TestStopAnswersWhoeverWaits(t *testing.T) {
	link := newFake(func(int) fate { return hangs })
	p, err := Start(t.Context(), testConfig(t, link, map[int]float64{1: 1}))
	if err != nil {
		t.Fatal(err)
	}
	replies := make(chan load.Reply, 3)
	for range 3 {
		p.Send(t.Context(), load.Request{Image: frames(t)[0]}, func(r load.Reply) { replies <- r })
	}
	sent := func() int {
		link.mu.Lock()
		defer link.mu.Unlock()
		return link.sent
	}
	settles(t, func() bool { return sent() == 3 }, func() any { return sent() })
	p.ledger.giveUp(time.Now().Add(2 * time.Hour))
	if n := len(replies); n > 0 {
		t.Errorf("%d frames were given up before their messages were", n)
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	for range 3 {
		if r := <-replies; !errors.Is(r.Err, ErrStopped) {
			t.Errorf("reply %+v", r)
		}
	}
	p.Send(t.Context(), load.Request{}, func(r load.Reply) { replies <- r })
	if r := <-replies; !errors.Is(r.Err, ErrStopped) {
		t.Errorf("after the stop: reply %+v", r)
	}
}

// A stop does not wait for the frames that no detector has taken, and more of them than there is room for are turned away.
func TestStopLeavesTheQueue(t *testing.T) {
	p, err := Start(t.Context(), testConfig(t, newFake(nil), map[int]float64{1: 1}))
	if err != nil {
		t.Fatal(err)
	}
	image := frames(t)[0]
	replies := make(chan load.Reply, room+100)
	for range room + 100 {
		p.Send(t.Context(), load.Request{Image: image}, func(r load.Reply) { replies <- r })
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	became := map[string]int{}
	for range room + 100 {
		switch r := <-replies; {
		case r.Err != nil:
			became[r.Err.Error()]++
		default:
			became[r.Dropped]++
		}
	}
	if became["rejected"] > 100 || became[ErrStopped.Error()] < room/2 {
		t.Errorf("frames became %v", became)
	}
}

// What is wrong with a frame fails it alone.
func TestABadFrameFailsAlone(t *testing.T) {
	p := start(t, testConfig(t, newFake(nil), map[int]float64{1: 1}))
	all := answers(t, p, [][]byte{frames(t)[0], []byte("no JPEG")}, 4, nil)
	failed := 0
	for _, r := range all {
		if r.Err != nil && strings.HasPrefix(r.Err.Error(), "decode: ") {
			failed++
		}
	}
	if failed != 2 {
		t.Errorf("replies %+v", all)
	}
}

// An interrupt ends the start.
func TestInterruptEndsTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, testConfig(t, newFake(nil), map[int]float64{1: 1})); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsNoPipeline(t *testing.T) {
	for _, change := range []func(*Config){
		func(c *Config) { c.Detectors = 0 }, func(c *Config) { c.Identifiers = 0 }, func(c *Config) { c.MaxBatch = 0 }, func(c *Config) { c.Faces = nil },
	} {
		cfg := testConfig(t, newFake(nil), map[int]float64{1: 1})
		change(&cfg)
		if _, err := Start(t.Context(), cfg); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v", cfg, err)
		}
	}
}

func TestHeader(t *testing.T) {
	want := header{1<<40 + 3, 7, 25}
	m := make([]byte, headerBytes+2)
	want.put(m)
	if got, jpeg, err := parse(m); got != want || len(jpeg) != 2 || err != nil {
		t.Errorf("%+v, %d bytes, %v", got, len(jpeg), err)
	}
	header{1, 2, 2}.put(m)
	for _, bad := range [][]byte{nil, m[:headerBytes-1], m} {
		if _, _, err := parse(bad); err == nil {
			t.Errorf("%v is accepted", bad)
		}
	}
}

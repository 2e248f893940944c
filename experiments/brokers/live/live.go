// Package live is a real pipeline of two models in this process: detectors find faces in frames, identifiers say whose they
// are, and a real broker stands between them, or none. Its frames come from the load of package load.
package live

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"vsim/experiments/load"
	"vsim/profile/device"
	"vsim/profile/device/broker"
	"vsim/profile/device/vision"
	"vsim/sim/engine/random"
)

// Model is an ONNX model of the pipeline. It runs with one intra-op thread, which spins on nothing.
type Model struct {
	Path    string
	Options vision.Options // what its file does not say
}

// Config says what a pipeline is made of.
type Config struct {
	Libraries   *device.Libraries
	Detector    Model
	Identifier  Model
	Detectors   int             // workers that detect, each with a session of its own
	Identifiers int             // workers that identify, likewise; fused, the detectors identify
	MaxBatch    int             // most faces of a batch; fused, all faces of a frame are one
	Faces       *random.Counter // faces of a frame: random weights find none that are real
	Seed        uint64          // of the number of faces, and where they are
	Link        Link            // between the two; nil: fused
	// Patience is how long a frame that waits for faces from the broker may see none come before it is given up as lost;
	// 0 means 8 s.
	Patience time.Duration
}

// Link is a topic of a broker.
type Link interface {
	NewProducer() (broker.Producer, error)
	// NewConsumers makes all consumers of the topic, which share its messages.
	NewConsumers(n int) ([]broker.Consumer, error)
}

const (
	patience = 8 * time.Second // shorter than package load's
	closing  = 5 * time.Second // for each of the things that end when a pipeline stops
	room     = 1 << 14         // frames that may wait for a detector
)

func (cfg *Config) check() error {
	if cfg.Detectors < 1 || cfg.Link != nil && (cfg.Identifiers < 1 || cfg.MaxBatch < 1) || cfg.Faces == nil {
		return fmt.Errorf("live pipeline: %d detectors, %d identifiers of batches of %d: each must be at least 1, and there must be faces",
			cfg.Detectors, cfg.Identifiers, cfg.MaxBatch)
	}
	return nil
}

// Pipeline is a running pipeline, and a target of package load.
type Pipeline struct {
	cfg        Config
	frames     chan *frame
	ledger     ledger
	detectors  []*detector
	consumers  []*consumer
	producer   broker.Producer // nil: fused
	ctx        context.Context // of the consumers
	cancel     context.CancelFunc
	working    sync.WaitGroup // detectors
	consuming  sync.WaitGroup // consumers and whoever looks for lost frames
	entry      sync.RWMutex   // held to close frames
	stopped    bool           // frames is closed
	processors int            // GOMAXPROCS before
}

// Start loads the models for each worker, warms them up at every size of a batch and starts the workers.
//
// Until Stop, every worker has a processor of Go's scheduler, and two are left for the load and the broker's client.
func Start(ctx context.Context, cfg Config) (*Pipeline, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	p := &Pipeline{cfg: cfg, frames: make(chan *frame, room), ledger: newLedger(cmp.Or(cfg.Patience, patience), cfg.Faces, cfg.Seed)}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if err := p.open(ctx); err != nil {
		p.cancel()
		p.free()
		return nil, err
	}
	p.processors = runtime.GOMAXPROCS(len(p.detectors) + len(p.consumers) + 2)
	for _, d := range p.detectors {
		p.working.Go(func() { d.loop(p) })
	}
	for _, c := range p.consumers {
		work, done := make(chan []broker.Message), make(chan struct{})
		p.consuming.Go(func() { c.fetchLoop(p, work, done) })
		p.consuming.Go(func() { c.workLoop(p, work, done) })
	}
	p.consuming.Go(func() { p.ledger.watch(p.ctx) })
	return p, nil
}

// open loads all that the workers need.
func (p *Pipeline) open(ctx context.Context) error {
	for range p.cfg.Detectors {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := newDetector(&p.cfg)
		if err != nil {
			return err
		}
		p.detectors = append(p.detectors, d)
	}
	if p.cfg.Link == nil {
		return nil
	}
	var err error
	if p.producer, err = p.cfg.Link.NewProducer(); err != nil {
		return err
	}
	topic, err := p.cfg.Link.NewConsumers(p.cfg.Identifiers)
	if err != nil {
		return err
	}
	for _, from := range topic {
		p.consumers = append(p.consumers, &consumer{from: from})
	}
	for _, c := range p.consumers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if c.identifier, err = newIdentifier(&p.cfg, p.cfg.MaxBatch); err != nil {
			return err
		}
	}
	return nil
}

// ErrStopped is the answer to a frame that a pipeline had when it stopped.
var ErrStopped = errors.New("the pipeline has stopped")

// Send lets a frame in; see load.Target.
func (p *Pipeline) Send(_ context.Context, r load.Request, reply func(load.Reply)) {
	p.entry.RLock()
	defer p.entry.RUnlock()
	if p.stopped {
		reply(load.Reply{Err: ErrStopped})
		return
	}
	f := p.ledger.open(r.Image, reply)
	select {
	case p.frames <- f:
	default:
		p.ledger.turnAway(f)
	}
}

// Losses are what has been lost so far.
func (p *Pipeline) Losses() Losses { return p.ledger.lossesSoFar() }

// Messages are the means of the broker's part so far.
func (p *Pipeline) Messages() Messages { return p.ledger.messagesSoFar() }

// Stop ends the workers after what they are at, answers the frames that are left with ErrStopped, and frees everything. It
// errs where something did not end within seconds; that is then not freed.
func (p *Pipeline) Stop() error {
	p.entry.Lock()
	p.stopped = true
	close(p.frames)
	p.entry.Unlock()
	p.ledger.stop()
	detected := ends(&p.working)
	if p.producer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		_ = p.producer.Flush(ctx) // what was not sent is in the losses
		cancel()
	}
	p.cancel()
	consumed := ends(&p.consuming)
	runtime.GOMAXPROCS(p.processors)
	if !detected || !consumed {
		return fmt.Errorf("live pipeline: its workers did not end within %v of the stop", closing)
	}
	p.free()
	return nil
}

// ends waits for workers, but not for ever.
func ends(workers *sync.WaitGroup) bool {
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	select {
	case <-done:
		return true
	case <-time.After(closing):
		return false
	}
}

func (p *Pipeline) free() {
	if p.producer != nil {
		p.producer.Close()
	}
	for _, c := range p.consumers {
		c.from.Close()
		c.identifier.close()
	}
	for _, d := range p.detectors {
		d.close()
	}
}

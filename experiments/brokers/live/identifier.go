package live

import (
	"context"
	"fmt"
	"image"
	"runtime"
	"time"

	"vsim/profile/device"
	"vsim/profile/device/broker"
	"vsim/profile/device/tensor"
)

// identifier says whose faces those of a batch are. It belongs to one worker.
type identifier struct {
	preprocessor *device.Preprocessor
	instance     *device.Instance
	tensor       tensor.Tensor
}

// newIdentifier loads the model, warm at each size of a batch.
func newIdentifier(cfg *Config, maxBatch int) (*identifier, error) {
	instance, err := device.NewInstance(cfg.Identifier.Path, 1, maxBatch, cfg.Identifier.Options)
	if err != nil {
		return nil, err
	}
	d := &identifier{instance: instance, tensor: instance.Tensor().New()}
	d.preprocessor, err = cfg.Libraries.NewPreprocessor(instance.Tensor(), instance.Model().Normalise)
	for n := 1; err == nil && n <= maxBatch; n++ { // every size allocates on its first run
		err = instance.Infer(n)
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// take puts a picture at a place of the batch.
func (d *identifier) take(place int, img *image.RGBA) {
	d.preprocessor.Resize(img, d.tensor)
	d.instance.Copy(place, d.tensor)
}

// run identifies the first n of the batch.
func (d *identifier) run(n int) error {
	if err := d.instance.Infer(n); err != nil {
		return fmt.Errorf("identify: %w", err)
	}
	for place := range n {
		d.instance.Post(place)
	}
	return nil
}

func (d *identifier) close() {
	if d == nil {
		return
	}
	if d.preprocessor != nil {
		d.preprocessor.Close()
	}
	d.instance.Close()
}

// consumer is a worker that identifies faces, and a client of the broker that fetches them for it, once it is free.
//
// The client's calls are on another goroutine than the work. A goroutine that Go's scheduler wakes for the network and that then
// works for milliseconds leaves the network to the runtime's monitor, which looks after 10 ms (findRunnable and sysmon in
// runtime/proc.go): acknowledgements of the producer's then came so late.
type consumer struct {
	from       broker.Consumer
	identifier *identifier
}

// afterError is how long a client waits after a fetch that failed.
const afterError = 50 * time.Millisecond

// fetchLoop fetches messages, hands them to the worker, waits until it is through with them, and acknowledges them, until the
// pipeline stops. A fetch that fails is made again.
func (c *consumer) fetchLoop(p *Pipeline, work chan<- []broker.Message, done <-chan struct{}) {
	defer close(work)
	for p.ctx.Err() == nil {
		messages, err := c.from.Fetch(p.ctx)
		if err != nil {
			p.ledger.note(err)
			pause(p.ctx, afterError)
			continue
		}
		work <- messages
		<-done
		c.acknowledge(p, messages)
	}
}

func (c *consumer) acknowledge(p *Pipeline, messages []broker.Message) {
	ctx, cancel := context.WithTimeout(p.ctx, closing)
	defer cancel()
	if err := c.from.Ack(ctx, messages); err != nil && p.ctx.Err() == nil {
		p.ledger.note(fmt.Errorf("acknowledging faces: %w", err))
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// workLoop works on what was fetched, on a thread of its own.
func (c *consumer) workLoop(p *Pipeline, work <-chan []broker.Message, done chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for messages := range work {
		for len(messages) > 0 {
			n := min(len(messages), p.cfg.MaxBatch)
			c.identify(p, messages[:n])
			messages = messages[n:]
		}
		done <- struct{}{}
	}
}

// identify works on a batch, and answers the frames of which it has the last face.
func (c *consumer) identify(p *Pipeline, messages []broker.Message) {
	b := batch{began: time.Now()}
	w := watch{b.began}
	var faces []header
	for _, m := range messages {
		h, jpeg, err := parse(m.Value)
		if err != nil {
			p.ledger.note(err)
			continue
		}
		img, err := c.identifier.preprocessor.Decode(jpeg)
		if err != nil {
			p.ledger.bad(h, fmt.Errorf("decode face: %w", err))
			continue
		}
		b.unpacked += w.lap()
		c.identifier.take(len(faces), img)
		b.fitted += w.lap()
		faces = append(faces, h)
	}
	if b.faces = len(faces); b.faces == 0 {
		return
	}
	err := c.identifier.run(b.faces)
	b.inferred = w.lap()
	if err == nil {
		p.ledger.identified(faces, b)
		return
	}
	for _, h := range faces {
		p.ledger.bad(h, err)
	}
}

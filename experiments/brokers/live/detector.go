package live

import (
	"fmt"
	"image"
	"runtime"
	"time"

	"vsim/experiments/load"
	"vsim/profile/device"
	"vsim/profile/device/tensor"
)

// detector is a worker that takes frames, finds faces and hands them on; fused, it identifies them itself.
type detector struct {
	preprocessor *device.Preprocessor
	instance     *device.Instance
	tensor       tensor.Tensor
	cutter       *cutter
	identifier   *identifier // fused; else nil
}

func newDetector(cfg *Config) (*detector, error) {
	d := &detector{}
	var err error
	if d.instance, err = device.NewInstance(cfg.Detector.Path, 1, 1, cfg.Detector.Options); err != nil {
		return nil, err
	}
	d.tensor = d.instance.Tensor().New()
	if d.preprocessor, err = cfg.Libraries.NewPreprocessor(d.instance.Tensor(), d.instance.Model().Normalise); err == nil {
		err = d.instance.Infer(1)
	}
	if err == nil {
		d.cutter, err = newCutter(cfg.Libraries, cfg.Seed)
	}
	if err == nil && cfg.Link == nil {
		d.identifier, err = newIdentifier(cfg, max(cfg.Faces.Max(), 1))
	}
	if err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// loop works on frames until there are no more, on a thread of its own.
func (d *detector) loop(p *Pipeline) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for f := range p.frames {
		if !p.ledger.waits(f) { // the pipeline stops
			continue
		}
		if err := d.frame(p, f); err != nil {
			p.ledger.fail(f, load.Reply{Err: err})
		}
	}
}

// watch is a stopwatch.
type watch struct{ at time.Time }

// lap is the time since the last one.
func (w *watch) lap() time.Duration {
	now := time.Now()
	d := now.Sub(w.at)
	w.at = now
	return d
}

func (d *detector) frame(p *Pipeline, f *frame) error {
	var s spans
	w := watch{f.entered}
	s[waiting] = w.lap()
	img, err := d.preprocessor.Decode(f.image)
	if err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	s[decoding] = w.lap()
	d.preprocessor.Resize(img, d.tensor)
	s[resizing] = w.lap()
	d.instance.Copy(0, d.tensor)
	if err := d.instance.Infer(1); err != nil {
		return fmt.Errorf("detect: %w", err)
	}
	d.instance.Post(0)
	s[detecting] = w.lap()
	boxes := d.cutter.places(img.Rect, f.number, f.faces)
	if d.identifier != nil {
		return d.fused(p, f, s, w, img, boxes)
	}
	messages := make([][]byte, len(boxes))
	for i, box := range boxes {
		if messages[i], err = d.cutter.message(img, box, header{f.number, uint16(i), uint16(len(boxes))}); err != nil {
			return err
		}
	}
	s[cropping] = w.lap()
	p.ledger.part(f, s, w.at)
	for _, m := range messages {
		sent := time.Now()
		p.producer.Send(m, func(err error) { p.ledger.acknowledged(f, len(m), time.Since(sent), err) })
	}
	p.ledger.handOver(f, time.Now())
	return nil
}

// fused identifies a frame's faces as one batch. They are resized from the frame's own pixels: nothing is encoded.
func (d *detector) fused(p *Pipeline, f *frame, s spans, w watch, img *image.RGBA, boxes []image.Rectangle) error {
	for i, box := range boxes {
		d.identifier.take(i, img.SubImage(box).(*image.RGBA))
	}
	s[cropping] = w.lap()
	if len(boxes) > 0 {
		if err := d.identifier.run(len(boxes)); err != nil {
			return err
		}
	}
	s[identifying] = w.lap()
	p.ledger.finished(f, s)
	return nil
}

func (d *detector) close() {
	if d.preprocessor != nil {
		d.preprocessor.Close()
	}
	if d.cutter != nil {
		d.cutter.Close()
	}
	d.identifier.close()
	d.instance.Close()
}

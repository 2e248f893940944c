package record

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"vsim/sim/scenario"
)

// flushEvery is how much of a load may be lost at most.
const flushEvery = 500 * time.Millisecond

// Writer writes the file. Lines reach the system whole, twice a second, and are then safe from whatever ends this process.
// Methods may be called from any goroutine; an error stays until Close.
type Writer struct {
	file *os.File
	stop chan struct{}
	done sync.WaitGroup

	mu      sync.Mutex
	pending []byte
	err     error
}

// Create makes the file in a folder, which is made where it is missing. A file that is there is kept: the error then is a
// *scenario.InputError.
func Create(dir string) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, scenario.BadInput("-o "+dir, "cannot be written: %v", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, File), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, scenario.BadInput("-o "+dir, "has the records of another load, %s; name another folder, or remove it", File)
	case err != nil:
		return nil, scenario.BadInput("-o "+dir, "cannot be written: %v", err)
	}
	w := &Writer{file: file, stop: make(chan struct{})}
	w.done.Go(w.flushNowAndThen)
	return w, nil
}

// Begin begins a load.
func (w *Writer) Begin(h Header) {
	h.Version = version
	w.line(map[string]any{"load": h})
}

// Gauge notes how many requests were in flight.
func (w *Writer) Gauge(g Gauge) { w.line(g) }

// End ends a load.
func (w *Writer) End(e End) { w.line(map[string]any{"end": e}) }

// Request notes an answered request. It is JSON written by hand: a load has thousands of them a second.
func (w *Writer) Request(r Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := append(w.pending, `{"due_ns":`...)
	b = strconv.AppendInt(b, r.DueNs, 10)
	b = strconv.AppendInt(append(b, `,"sent_ns":`...), r.SentNs, 10)
	b = strconv.AppendInt(append(b, `,"came_ns":`...), r.CameNs, 10)
	if r.Class != 0 {
		b = strconv.AppendInt(append(b, `,"class":`...), int64(r.Class), 10)
	}
	if r.Outcome != "" {
		b = strconv.AppendQuote(append(b, `,"outcome":`...), string(r.Outcome))
	}
	w.pending = append(b, "}\n"...)
}

func (w *Writer) line(value any) {
	text, err := json.Marshal(value)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil {
		w.err = errors.Join(w.err, err)
		return
	}
	w.pending = append(append(w.pending, text...), '\n')
}

func (w *Writer) flushNowAndThen() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.flush()
		case <-w.stop:
			return
		}
	}
}

// flush hands what is pending to the system. It writes outside the lock, so that a slow disk does not hold up who sends.
func (w *Writer) flush() {
	w.mu.Lock()
	text := w.pending
	w.pending = nil
	w.mu.Unlock()
	if len(text) == 0 {
		return
	}
	if _, err := w.file.Write(text); err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.err == nil {
			w.err = err
		}
	}
}

// Close writes the rest and says what went wrong, if anything did.
func (w *Writer) Close() error {
	close(w.stop)
	w.done.Wait()
	w.flush()
	return errors.Join(w.err, w.file.Close())
}

package record

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// The largest file that is read (some 50 million requests), and the longest line of it.
const (
	MaxBytes  = 4 << 30
	maxLine   = 1 << 20
	maxTimeNs = 1 << 53 // 104 days
)

// Read gives the loads in a folder's file. A last line that is torn, as the generator was killed, is left out and told. The
// error is a *scenario.InputError.
func Read(dir string) ([]*Run, error) {
	path := filepath.Join(dir, File)
	if err := userfile.Check(path, MaxBytes); err != nil {
		return nil, scenario.BadInput(path, "cannot be read: %v; name a folder that vsim load -o wrote", userfile.Reason(err))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, scenario.BadInput(path, "cannot be read: %v", userfile.Reason(err))
	}
	defer file.Close()
	return Parse(path, file)
}

// Parse is Read of what a reader gives; file is its name in errors.
func Parse(file string, in io.Reader) ([]*Run, error) {
	lines := bufio.NewReaderSize(in, maxLine)
	p := parser{}
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			p.torn()
			return p.end(file)
		case errors.Is(err, io.EOF):
			return p.end(file)
		case errors.Is(err, bufio.ErrBufferFull):
			err = fmt.Errorf("the line is longer than %d bytes", maxLine)
		case err == nil:
			err = p.line(line)
		}
		if err != nil {
			return nil, &scenario.InputError{Faults: []scenario.Fault{{File: file, Line: number, Rule: err.Error(),
				Remedy: "give a file as vsim load -o writes it"}}}
		}
	}
}

// parser goes through a file.
type parser struct{ runs []*Run }

// parts is what a line may have.
type parts struct {
	Load *Header `json:"load"`
	End  *End    `json:"end"`
	Request
	Gauge
	DueNs    *int64   `json:"due_ns"`
	InFlight *float64 `json:"in_flight"`
}

func (p *parser) line(text []byte) error {
	var part parts
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&part); err != nil {
		return fmt.Errorf("is no record: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	switch {
	case part.Load != nil:
		return p.begin(part.Load)
	case len(p.runs) == 0:
		return errors.New("a record comes before the header of its load")
	}
	run := p.runs[len(p.runs)-1]
	switch {
	case part.End != nil && run.End == nil:
		run.End = part.End
	case part.End != nil || run.End != nil:
		return errors.New("a record comes after the end of its load")
	case part.InFlight != nil:
		part.Gauge.InFlight = *part.InFlight
		return run.gauge(part.Gauge)
	case part.DueNs != nil:
		part.Request.DueNs = *part.DueNs
		return run.request(part.Request)
	default:
		return errors.New("is no record: neither load, request, gauge nor end")
	}
	return nil
}

func (p *parser) begin(h *Header) error {
	switch {
	case h.Version != version:
		return fmt.Errorf("load.version is %d; this vsim reads %d", h.Version, version)
	case h.WarmUpNs < 0 || h.MeasureNs < 0 || h.WarmUpNs > maxTimeNs || h.MeasureNs > maxTimeNs || h.BeganNs < 0:
		return errors.New("load has times that cannot be")
	case h.Clients < 0 || h.Batch < 1 || !(h.RateRPS >= 0):
		return fmt.Errorf("load has %d clients, %g requests/s, %d images a request: no such load", h.Clients, h.RateRPS, h.Batch)
	}
	p.runs = append(p.runs, &Run{Header: *h, Generators: 1})
	return nil
}

func (r *Run) request(q Request) error {
	switch {
	case q.DueNs < 0 || q.SentNs < q.DueNs || q.CameNs < q.SentNs || q.CameNs > maxTimeNs:
		return fmt.Errorf("a request is due at %d, sent at %d, answered at %d ns; must be ascending", q.DueNs, q.SentNs, q.CameNs)
	case q.Outcome != "" && q.Outcome != Rejected && q.Outcome != Expired && q.Outcome != Failed:
		return fmt.Errorf("outcome is %q; must be rejected, expired or failed", q.Outcome)
	}
	r.Requests = append(r.Requests, q)
	return nil
}

func (r *Run) gauge(g Gauge) error {
	if g.FromNs < 0 || g.ToNs < g.FromNs || g.ToNs > maxTimeNs || !(g.InFlight >= 0) {
		return fmt.Errorf("%g in flight from %d to %d ns; must be 0 or more, and ascending", g.InFlight, g.FromNs, g.ToNs)
	}
	r.Gauges = append(r.Gauges, g)
	return nil
}

func (p *parser) torn() {
	if n := len(p.runs); n > 0 {
		p.runs[n-1].Torn = true
	}
}

func (p *parser) end(file string) ([]*Run, error) {
	if len(p.runs) == 0 {
		return nil, scenario.BadInput(file, "has no records; give a file as vsim load -o writes it")
	}
	return p.runs, nil
}

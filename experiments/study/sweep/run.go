package sweep

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"vsim/experiments/study"
	"vsim/sim"
	"vsim/sim/predict"
)

// Summary says what a folder has.
type Summary struct {
	Rows       int
	Earlier    int // of them, what was there before
	Invalid    int
	Overloaded int
	Files      []string // paths of what was written
	Notes      []string // why there is no plot

	warnings, reasons warned
}

// each predicts the points on all cores and hands their rows over in order. Finished hears each row as soon as it is there, from
// several goroutines, and gives rows that are there already; it may be nil.
func (s *Sweep) each(ctx context.Context, points []study.Point, finished *ahead, progress func(float64), row func(study.Point, []byte) error) error {
	lines := make([][]byte, len(points))
	var mu sync.Mutex
	done := 0
	one := func(ctx context.Context, i int) (*sim.Prediction, error) {
		line := finished.take(points[i])
		if line == nil {
			p, err := sim.Predict(ctx, s.sourceOf(points[i]), sim.Options{NoWhatIf: true, NoPI: true})
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if line, err = s.lineOf(points[i], p, err); err != nil {
				return nil, err
			}
			if err := finished.keep(line); err != nil {
				return nil, err
			}
		}
		lines[i] = line
		mu.Lock()
		defer mu.Unlock()
		if done++; progress != nil {
			progress(float64(done) / float64(len(points)))
		}
		return nil, nil
	}
	return study.Each(ctx, len(points), one, func(i int, o study.Outcome) error {
		if o.Err != nil {
			return o.Err
		}
		err := row(points[i], lines[i])
		lines[i] = nil
		return err
	})
}

// Into predicts the points that a folder has no row of yet, and draws what it then has. It errs with a *scenario.InputError where
// the folder is of another sweep.
func (s *Sweep) Into(ctx context.Context, dir string, progress func(done float64)) (*Summary, error) {
	f, err := openFolder(dir, &s.plan, s.points)
	if err != nil {
		return nil, err
	}
	defer f.close()
	earlier := f.rows
	err = s.each(ctx, s.points[earlier:], f.ahead, progress, func(at study.Point, line []byte) error { return f.add(at, line) })
	if ctx.Err() != nil {
		return nil, interrupted(ctx, f.rows, len(s.points), "; the same command goes on")
	}
	if err != nil {
		return nil, err
	}
	out, err := f.finish()
	if err != nil {
		return nil, err
	}
	out.Earlier = earlier
	return out, nil
}

// count adds a row up.
func (o *Summary) count(r *Row) {
	o.Rows++
	o.warnings.add(r.Warnings...)
	switch r.Verdict {
	case invalid:
		o.Invalid++
		o.reasons.add(r.Reason)
	case predict.Overloaded:
		o.Overloaded++
	}
}

// String is the summary for people.
func (o *Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d points", o.Rows)
	for _, part := range []struct {
		n    int
		what string
	}{{o.Earlier, "there before"}, {o.Overloaded, "overloaded"}, {o.Invalid, "invalid"}} {
		if part.n > 0 {
			fmt.Fprintf(&b, ", %d %s", part.n, part.what)
		}
	}
	for i, file := range o.Files {
		if i == 0 {
			fmt.Fprintf(&b, ": %s", file)
			continue
		}
		fmt.Fprintf(&b, ", %s", filepath.Base(file))
	}
	b.WriteString("\n")
	for _, note := range o.Notes {
		b.WriteString(note + "\n")
	}
	b.WriteString(o.reasons.lines("Invalid", o.Rows))
	b.WriteString(o.warnings.lines("Warning", o.Rows))
	return b.String()
}

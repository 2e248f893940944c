package sweep

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/experiments/study"
	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// The files of a folder. rows.jsonl is what counts: rows.csv is made of it anew whenever a sweep goes on, and ahead.jsonl has rows
// for which it is not yet their turn.
const (
	planFile  = "plan.json"
	rowsFile  = "rows.jsonl"
	tableFile = "rows.csv"
	aheadFile = "ahead.jsonl"
)

// Outputs are the paths of the files that a sweep writes into a folder.
func Outputs(dir string) (paths []string) {
	for _, name := range append([]string{planFile, rowsFile, tableFile, aheadFile, pageFile}, plotNames()...) {
		paths = append(paths, filepath.Join(dir, name))
	}
	return paths
}

// folder is a folder of rows that is being written.
type folder struct {
	dir    string
	plan   *plan
	axes   []study.Axis
	points []study.Point // that it has rows of when it is complete
	rows   int           // that it has
	lines  *os.File      // rows.jsonl
	table  *os.File      // rows.csv
	ahead  *ahead
	unlock func()
}

// openFolder takes what an earlier run of the same sweep left, and lets no other in. The error is a *scenario.InputError where the
// folder is of another sweep.
func openFolder(dir string, p *plan, points []study.Point) (f *folder, err error) {
	f = &folder{dir: dir, plan: p, axes: p.axes(), points: points, unlock: func() {}}
	defer func() {
		if err != nil {
			f.close()
		}
	}()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return f, f.bad(userfile.Reason(err))
	}
	if f.unlock, err = lock(dir); err != nil {
		f.unlock = func() {}
		return f, f.bad(err)
	}
	if err := f.begin(); err != nil {
		return f, f.bad(err)
	}
	return f, f.resume()
}

// bad says why a folder cannot be used.
func (f *folder) bad(why error) error {
	return scenario.BadInput("-o "+f.dir, "%v; name another folder", why)
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// begin writes the plan, or sees that the one that is there is the same.
func (f *folder) begin() error {
	was, err := readPlan(f.path(planFile))
	switch {
	case err == nil:
		if why := was.differs(f.plan); why != "" {
			return fmt.Errorf("it is of another sweep: %s", why)
		}
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return userfile.Reason(err)
	}
	for _, name := range []string{rowsFile, tableFile, aheadFile, pageFile} {
		if _, err := os.Lstat(f.path(name)); err == nil {
			return fmt.Errorf("it has %s but no %s", name, planFile)
		}
	}
	return profile.WriteFile(f.path(planFile), f.plan.encode())
}

// resume keeps the rows that are whole, in their order, and goes on behind them.
func (f *folder) resume() (err error) {
	f.sweepUp()
	if f.lines, err = os.OpenFile(f.path(rowsFile), os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return err
	}
	if f.table, err = os.Create(f.path(tableFile)); err != nil {
		return err
	}
	table := bufio.NewWriter(f.table)
	text, err := csvLine(heading(f.axes))
	if err != nil {
		return err
	}
	table.Write(text) // Flush says what went wrong
	size := int64(0)
	err = wholeRows(f.lines, f.axes, f.points, func(r *Row, line []byte) error {
		f.rows++
		size += int64(len(line))
		text, err := csvLine(r.cells())
		table.Write(text)
		return err
	})
	if err == nil {
		err = table.Flush()
	}
	if err == nil {
		err = f.lines.Truncate(size)
	}
	if err == nil {
		_, err = f.lines.Seek(size, io.SeekStart)
	}
	if err == nil {
		f.ahead, err = openAhead(f.path(aheadFile), f.axes, f.points[f.rows:])
	}
	return err
}

// wholeRows hands the rows of a file over, each with its line, up to the first that is missing, cut off or another's.
func wholeRows(from io.Reader, axes []study.Axis, points []study.Point, each func(*Row, []byte) error) error {
	lines := bufio.NewReaderSize(from, 1<<16)
	for _, at := range points {
		line, err := lines.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		row, err := parse(axes, at, line)
		if err != nil {
			return nil
		}
		if err := each(row, line); err != nil {
			return err
		}
	}
	return nil
}

// sweepUp removes what a killed writer of whole files may have left beside them.
func (f *folder) sweepUp() {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		for _, path := range Outputs(f.dir) {
			digits, left := strings.CutPrefix(e.Name(), "."+filepath.Base(path))
			if left && digits != "" && strings.Trim(digits, "0123456789") == "" && e.Type().IsRegular() {
				_ = os.Remove(f.path(e.Name())) // litter is no reason to fail
			}
		}
	}
}

// add writes the next row, in one write a file.
func (f *folder) add(at study.Point, line []byte) error {
	row, err := parse(f.axes, at, line)
	if err != nil {
		return err
	}
	text, err := csvLine(row.cells())
	if err != nil {
		return err
	}
	if _, err := f.lines.Write(line); err != nil {
		return err
	}
	if _, err := f.table.Write(text); err != nil {
		return err
	}
	f.rows++
	return f.ahead.passed(at)
}

// finish draws the rows and removes what was only for going on. A shard is not drawn.
func (f *folder) finish() (*Summary, error) {
	out := &Summary{Files: []string{f.path(tableFile), f.path(rowsFile)}}
	var rows []*Row
	var warnings said
	if _, err := f.lines.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	err := wholeRows(f.lines, f.axes, f.points, func(r *Row, _ []byte) error {
		out.count(r)
		warnings.add(r.Warnings)
		if r.Warnings = nil; len(rows) >= mostRows {
			r.Bottleneck, r.Reason = "", "" // of a million rows
		}
		rows = append(rows, r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if out.Rows != len(f.points) {
		return nil, fmt.Errorf("%s: row %d was changed by somebody else meanwhile", f.path(rowsFile), out.Rows+1)
	}
	if f.plan.shard().all() {
		if err := f.draw(rows, &warnings, out); err != nil {
			return nil, err
		}
	}
	return out, f.ahead.remove()
}

// draw writes the plots and the page of all rows.
func (f *folder) draw(rows []*Row, warnings *said, out *Summary) error {
	plots, notes, err := plotsOf(f.axes, f.plan.Zip, rows)
	if err != nil {
		return fmt.Errorf("the rows are whole, but cannot be drawn: %w", err)
	}
	out.Notes = notes
	html, err := f.html(rows, warnings, out)
	if err != nil {
		return err
	}
	for _, p := range append(plots, drawing{pageFile, html}) {
		if err := profile.WriteFile(f.path(p.name), p.data); err != nil {
			return err
		}
		out.Files = append(out.Files, f.path(p.name))
	}
	return nil
}

func (f *folder) close() {
	for _, file := range []*os.File{f.lines, f.table} {
		if file != nil {
			file.Close()
		}
	}
	f.ahead.close()
	f.unlock()
}

// readLines gives all lines of a file, the last one perhaps without an end; none where there is no file.
func readLines(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return slices.Collect(bytes.Lines(text)), err
}

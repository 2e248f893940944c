package sweep

import (
	"bytes"
	"encoding/json"
	"os"
	"sync"

	"vsim/experiments/study"
	"vsim/profile"
)

// ahead keeps rows for which it is not yet their turn, so that a sweep that is killed repeats no point that it had ended. Its
// file has them in any order; lines that are not whole, or of points that were passed, count for nothing. A nil ahead keeps nothing.
type ahead struct {
	mu   sync.Mutex
	path string
	file *os.File
	rows map[int][]byte // by the number of the point, of an earlier run
	kept int            // rows that are in the file and not passed
	size int            // bytes in the file
}

// tidy is the size from which a file with nothing that counts is emptied.
const tidy = 1 << 20

// openAhead reads the rows of points that are to come.
func openAhead(path string, axes []study.Axis, points []study.Point) (*ahead, error) {
	a := &ahead{path: path, rows: map[int][]byte{}}
	lines, err := readLines(path)
	if err != nil {
		return nil, err
	}
	expected := map[int]study.Point{}
	if len(lines) > 0 {
		for _, p := range points {
			expected[p.Index] = p
		}
	}
	var whole []byte
	for _, line := range lines {
		var of struct{ Point int }
		if json.Unmarshal(line, &of) != nil {
			continue
		}
		at, ok := expected[of.Point]
		if !ok || a.rows[at.Index] != nil {
			continue
		}
		if _, err := parse(axes, at, line); err != nil {
			continue
		}
		a.rows[at.Index] = bytes.Clone(line)
		whole = append(whole, line...)
	}
	a.kept, a.size = len(a.rows), len(whole)
	if err := profile.WriteFile(path, whole); err != nil {
		return nil, err
	}
	a.file, err = os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o644)
	return a, err
}

// take gives the row of a point that an earlier run had ended, or nil.
func (a *ahead) take(at study.Point) []byte {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rows[at.Index]
}

// keep notes a row, in one write.
func (a *ahead) keep(line []byte) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	n, err := a.file.Write(line)
	a.kept++
	a.size += n
	return err
}

// passed says that a point's row is where it belongs.
func (a *ahead) passed(at study.Point) error {
	if a == nil {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.rows, at.Index)
	if a.kept--; a.kept > 0 || a.size < tidy {
		return nil
	}
	a.size = 0
	return a.file.Truncate(0)
}

// remove ends it when all rows are where they belong.
func (a *ahead) remove() error { return os.Remove(a.path) }

func (a *ahead) close() {
	if a != nil && a.file != nil {
		a.file.Close()
	}
}

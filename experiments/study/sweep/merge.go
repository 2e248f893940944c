package sweep

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vsim/experiments/study"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// shardFolder is a folder with the rows of one shard.
type shardFolder struct {
	dir  string
	plan *plan
}

// Merge writes the folder that the whole sweep would have written, byte for byte, from those of its shards, in any order. A folder
// without a plan stands for the folders in it that have one. Errors in what it finds are *scenario.InputError.
func Merge(ctx context.Context, dirs []string, to string) (*Summary, error) {
	shards, err := readShards(dirs)
	if err != nil {
		return nil, err
	}
	whole := *shards[0].plan
	whole.Shard = nil
	points, err := whole.points()
	if err != nil {
		return nil, err
	}
	for _, s := range shards {
		if err := s.complete(points); err != nil {
			return nil, err
		}
	}
	f, err := openFolder(to, &whole, points)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.addAll(ctx, shards); err != nil {
		return nil, err
	}
	return f.finish()
}

// readShards finds the folders and sees that they are all shards of one sweep, in their order.
func readShards(dirs []string) ([]shardFolder, error) {
	var found []shardFolder
	for _, dir := range dirs {
		more, err := shardsIn(dir)
		if err != nil {
			return nil, err
		}
		found = append(found, more...)
	}
	first := found[0]
	all := make([]shardFolder, max(first.plan.shard().Of, 1))
	for _, s := range found {
		if s.plan.SHA256 != first.plan.SHA256 {
			now := *first.plan
			now.Shard = s.plan.Shard
			return nil, scenario.BadInput(s.dir, "is of another sweep than %s: %s", first.dir, s.plan.differs(&now))
		}
		if s.plan.shard().Of != first.plan.shard().Of {
			return nil, scenario.BadInput(s.dir, "has %s, but %s has %s; merge shards of one division", s.plan.shard().words(), first.dir, first.plan.shard().words())
		}
		at := &all[s.plan.shard().Index]
		if at.plan != nil {
			return nil, scenario.BadInput(s.dir, "has %s, as %s has; name each once", s.plan.shard().words(), at.dir)
		}
		*at = s
	}
	return all, missing(all)
}

// missing names the shards that are not there.
func missing(all []shardFolder) error {
	var names []string
	for i, s := range all {
		if s.plan == nil {
			names = append(names, Shard{i, len(all)}.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	more := ""
	if n := len(names) - 5; n > 0 {
		names, more = names[:5], fmt.Sprintf(" and %d more", n)
	}
	return scenario.BadInput("merge", "no folder has shard %s%s; run vsim sweep with that --shard, and name its folder too", strings.Join(names, ", "), more)
}

// shardsIn is a folder that has a plan, or those in it that have one.
func shardsIn(dir string) ([]shardFolder, error) {
	p, err := readPlan(filepath.Join(dir, planFile))
	if err == nil {
		return []shardFolder{{dir, p}}, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, scenario.BadInput(dir, "is no folder of a sweep: %v", userfile.Reason(err))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, scenario.BadInput(dir, "cannot be read: %v", userfile.Reason(err))
	}
	var out []shardFolder
	for _, e := range entries {
		below := filepath.Join(dir, e.Name())
		p, err := readPlan(filepath.Join(below, planFile))
		switch {
		case err == nil:
			out = append(out, shardFolder{below, p})
		case e.IsDir() && !errors.Is(err, fs.ErrNotExist):
			return nil, scenario.BadInput(below, "is no folder of a sweep: %v", userfile.Reason(err))
		}
	}
	if len(out) == 0 {
		return nil, scenario.BadInput(dir, "has no %s, and no folder in it has one; name folders that vsim sweep wrote with -o", planFile)
	}
	return out, nil
}

// complete errs where rows are missing.
func (s *shardFolder) complete(points []study.Point) error {
	f, err := os.Open(filepath.Join(s.dir, rowsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s.incomplete(0, points)
	}
	if err != nil {
		return scenario.BadInput(s.dir, "%s cannot be read: %v", rowsFile, userfile.Reason(err))
	}
	defer f.Close()
	rows := 0
	if err := wholeRows(f, s.plan.axes(), s.plan.shard().of(points), func(*Row, []byte) error { rows++; return nil }); err != nil {
		return err
	}
	return s.incomplete(rows, points)
}

func (s *shardFolder) incomplete(rows int, points []study.Point) error {
	if want := len(s.plan.shard().of(points)); rows < want {
		return scenario.BadInput(s.dir, "has %d of the %d rows of %s; run its vsim sweep again, which goes on where it stopped", rows, want, s.plan.shard().words())
	}
	return nil
}

// addAll takes a row of each shard in turn, from the first on that the folder does not have.
func (f *folder) addAll(ctx context.Context, shards []shardFolder) error {
	readers := make([]*bufio.Reader, len(shards))
	for i, s := range shards {
		file, err := os.Open(filepath.Join(s.dir, rowsFile))
		if err != nil {
			return err
		}
		defer file.Close()
		readers[i] = bufio.NewReader(file)
	}
	there := f.rows
	for i, at := range f.points {
		if err := ctx.Err(); err != nil {
			return interrupted(ctx, i, len(f.points), "; the same command goes on")
		}
		line, err := readers[i%len(readers)].ReadBytes('\n')
		if err != nil {
			return fmt.Errorf("%s: %w", shards[i%len(shards)].dir, err)
		}
		if i < there {
			continue
		}
		if err := f.add(at, line); err != nil {
			return fmt.Errorf("%s: %w", shards[i%len(shards)].dir, err)
		}
	}
	return nil
}

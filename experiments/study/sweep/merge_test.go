package sweep

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// many is a sweep with more points than shards, and not a multiple of them.
var many = Options{Vary: []string{"stage.server.workers=1..30", "workload.rate=500/s,800/s,1500/s,3000/s,9000/s"}}

func shardsOf(t *testing.T, file string, opt Options, n int) (parent string) {
	t.Helper()
	parent = t.TempDir()
	for i := 1; i <= n; i++ { // counted from 1: the last one is 0
		shard, err := ParseShard(fmt.Sprintf("%d/%d", i, n))
		if err != nil {
			t.Fatal(err)
		}
		opt.Shard = shard
		into(t, file, opt, filepath.Join(parent, fmt.Sprint(i)))
	}
	return parent
}

func TestShardsMergeToTheSameBytes(t *testing.T) {
	file, single, merged := write(t, small), t.TempDir(), t.TempDir()
	into(t, file, many, single)
	shards := shardsOf(t, file, many, 64)
	if _, err := Merge(t.Context(), []string{shards}, merged); err != nil {
		t.Fatal(err)
	}
	wantSame(t, contents(t, merged), contents(t, single))
	if _, err := os.Stat(filepath.Join(merged, plotNames()[0])); err != nil {
		t.Error(err)
	}
	if _, err := Merge(t.Context(), []string{shards}, merged); err != nil { // again
		t.Fatal(err)
	}
	wantSame(t, contents(t, merged), contents(t, single))
}

// More shards than points: some have none.
func TestEmptyShardsMerge(t *testing.T) {
	file, opt, single, merged := write(t, small), Options{Vary: []string{"stage.server.workers=1,2,3"}}, t.TempDir(), t.TempDir()
	into(t, file, opt, single)
	if _, err := Merge(t.Context(), []string{shardsOf(t, file, opt, 5)}, merged); err != nil {
		t.Fatal(err)
	}
	wantSame(t, contents(t, merged), contents(t, single))
}

func TestMergeRefusesWhatIsNotWhole(t *testing.T) {
	file, opt := write(t, small), Options{Vary: []string{"stage.server.workers=1..7"}}
	shards := shardsOf(t, file, opt, 3)
	at := func(i int) string { return filepath.Join(shards, fmt.Sprint(i)) }
	other := opt
	other.Set, other.Shard = []string{"run.seed=2"}, Shard{2, 3}
	foreign := t.TempDir()
	into(t, file, other, foreign)
	quarter := opt
	quarter.Shard = Shard{1, 4}
	of4 := t.TempDir()
	into(t, file, quarter, of4)
	cut := t.TempDir()
	for name, text := range contents(t, at(2)) {
		if name == rowsFile {
			text = text[:len(text)-5]
		}
		if err := os.WriteFile(filepath.Join(cut, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for want, dirs := range map[string][]string{
		"no folder has shard 2/3":                             {at(1), at(3)},
		"no folder has shard 0/3, 2/3":                        {at(1)},
		"is of another sweep than":                            {at(1), foreign, at(3)},
		"has shard 1/4, but":                                  {at(1), of4},
		"name each once":                                      {at(1), at(2), at(2), at(3)},
		"has 1 of the 2 rows of shard 2/3":                    {at(1), cut, at(3)},
		"cannot be read: no such file":                        {filepath.Join(shards, "none")},
		"has no plan.json, and no folder in it has one; name": {t.TempDir()},
		"is no folder of a sweep: ":                           {file},
	} {
		to := t.TempDir()
		_, err := Merge(t.Context(), dirs, to)
		wantRefused(t, err, want)
		if len(contents(t, to)) > 0 {
			t.Errorf("%s: something was written", want)
		}
	}
	_, err := Merge(t.Context(), []string{shards}, at(1))
	wantRefused(t, err, "it has shard 1/3, and not all points")
}

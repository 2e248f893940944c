package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vsim/profile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// Job says how the shards of a sweep are started by another engine. The files that are written need no vsim to be read.
type Job struct {
	Engine string // one of Engines
	Shards int    // tasks of the job; 0 means 64, or the number of points where that is less
	Vsim   string // path of the program, on a file system that all nodes see; for Slurm
	Image  string // of a container whose entry point is vsim; for Kubernetes
}

const usualShards = 64

// engines write the files of a job into a folder and name them.
var engines = map[string]func(s *Sweep, dir string, j Job) ([]drawing, error){
	"slurm":      (*Sweep).slurm,
	"kubernetes": (*Sweep).kubernetes,
}

// Engines are the names that Job.Engine may have.
var Engines = []string{"slurm", "kubernetes"}

// WriteJob writes the files that start the sweep in shards and merge them, and gives their paths. The sweep itself is not run. The
// error is a *scenario.InputError where the input does not suit the engine.
func (s *Sweep) WriteJob(dir string, j Job) (paths []string, err error) {
	if j.Shards == 0 {
		j.Shards = min(usualShards, len(s.whole))
	}
	filesOf, ok := engines[j.Engine]
	if !ok {
		return nil, fmt.Errorf("sweep: no engine %q", j.Engine)
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	files, err := filesOf(s, dir, j)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, scenario.BadInput("-o "+dir, "%v", userfile.Reason(err))
	}
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if err := profile.WriteFile(path, f.data); err != nil {
			return nil, scenario.BadInput("-o "+dir, "%v", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// arguments are those of vsim that make the same sweep of files that lie elsewhere.
func (s *Sweep) arguments(file, profile string) []string {
	out := []string{"sweep", file}
	if profile != "" {
		out = append(out, "--profile", profile)
	}
	for _, set := range s.opt.Set {
		out = append(out, "--set", set)
	}
	for _, vary := range s.opt.Vary {
		out = append(out, "--vary", vary)
	}
	if s.opt.Zip {
		out = append(out, "--zip")
	}
	return out
}

// absolute is the whole path of what may be a file, or the name of something embedded, which stays.
func absolute(name string) (string, error) {
	if _, err := os.Stat(name); name == "" || errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	return filepath.Abs(name)
}

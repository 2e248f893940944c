package sweep

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"vsim/experiments/machinefile"
	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

//go:embed slurm.tmpl
var slurmText string

var slurmTemplate = template.Must(template.New("slurm").Parse(slurmText))

// slurm makes an array job with a task for each shard, and the job that merges them. All nodes must see the folder, the program and
// the files of the sweep under the same paths.
func (s *Sweep) slurm(dir string, j Job) ([]drawing, error) {
	file, err := absolute(s.file)
	if err != nil {
		return nil, err
	}
	profile, err := absolute(s.opt.Profile)
	if err != nil {
		return nil, err
	}
	logs := filepath.Join(dir, "logs")
	if strings.ContainsAny(dir, "\"\\\n") {
		return nil, scenario.BadInput("-o "+dir, "has a character in it that sbatch cannot be told; name another folder")
	}
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, scenario.BadInput("-o "+dir, "%v", userfile.Reason(err))
	}
	data := struct {
		Points, Shards, Last               int
		Merge, Command, ShardFolder        string
		Submit, SubmitMerge, Log, MergeLog string
	}{
		Points: len(s.whole), Shards: j.Shards, Last: j.Shards - 1,
		Command:     machinefile.Quoted(append([]string{j.Vsim}, s.arguments(file, profile)...)),
		Merge:       machinefile.Quoted([]string{j.Vsim, "merge", filepath.Join(dir, "shards"), "-o", dir}),
		ShardFolder: machinefile.Quoted([]string{filepath.Join(dir, "shards") + "/"}),
		Submit:      machinefile.Quoted([]string{filepath.Join(dir, "sweep.slurm")}),
		SubmitMerge: machinefile.Quoted([]string{filepath.Join(dir, "merge.slurm")}),
		Log:         strings.ReplaceAll(logs, "%", "%%") + "/%a.txt",
		MergeLog:    strings.ReplaceAll(logs, "%", "%%") + "/merge.txt",
	}
	var files []drawing
	for _, name := range []string{"sweep.slurm", "merge.slurm"} {
		var b bytes.Buffer
		if err := slurmTemplate.ExecuteTemplate(&b, name, data); err != nil {
			return nil, err
		}
		files = append(files, drawing{name, b.Bytes()})
	}
	return files, nil
}

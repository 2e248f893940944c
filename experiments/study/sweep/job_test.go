package sweep

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// writeJob writes the files of a job and reads them.
func writeJob(t *testing.T, s *Sweep, j Job) (dir string, files map[string]string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "a job's")
	paths, err := s.WriteJob(dir, j)
	if err != nil {
		t.Fatal(err)
	}
	files = map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return dir, files
}

// The scripts of Slurm's job, run one after the other as Slurm would, leave what a single run leaves. The program is a stand-in that
// notes its arguments, which are then run here.
func TestSlurmScripts(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	file, opt := write(t, small), Options{Vary: []string{"stage.server.workers=1..7", "stage.server.service='1ms','2ms'"}, Set: []string{"name=it's $HOME"}}
	stand := filepath.Join(t.TempDir(), "vsim")
	if err := os.WriteFile(stand, []byte("#!/bin/sh\nprintf '%s\\n' \"$@\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	dir, files := writeJob(t, mustNew(t, file, opt), Job{Engine: "slurm", Shards: 3, Vsim: stand})
	for _, want := range []string{"#!/bin/bash\n", "#SBATCH --array=0-2\n", "#SBATCH --requeue\n", `#SBATCH --output="` + dir + `/logs/%a.txt"` + "\n"} {
		if !strings.Contains(files["sweep.slurm"], want) {
			t.Errorf("%q is not in\n%s", want, files["sweep.slurm"])
		}
	}
	run := func(script string, env ...string) []string {
		cmd := exec.Command(bash, filepath.Join(dir, script))
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	}
	want := []string{"sweep", file, "--set", opt.Set[0], "--vary", opt.Vary[0], "--vary", opt.Vary[1], "--shard", "2/3", "-o", dir + "/shards/2"}
	if got := run("sweep.slurm", "SLURM_ARRAY_TASK_ID=2"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	want = []string{"merge", dir + "/shards", "-o", dir}
	if got := run("merge.slurm"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "logs")); err != nil {
		t.Error(err)
	}
}

// kubernetesObject has the fields of objects of Kubernetes that are looked at.
type kubernetesObject struct {
	Kind     string
	Metadata struct{ Name string }
	Data     map[string]string
	Spec     struct {
		Completions, Parallelism int
		CompletionMode           string `yaml:"completionMode"`
		Template                 struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Volumes       []struct {
					Name      string
					ConfigMap struct {
						Name  string
						Items []struct{ Key, Path string }
					} `yaml:"configMap"`
				}
				Containers []struct {
					Image        string
					Args         []string
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
			}
		}
	}
}

func objects(t *testing.T, text string) map[string]kubernetesObject {
	t.Helper()
	out := map[string]kubernetesObject{}
	for dec := yaml.NewDecoder(strings.NewReader(text)); ; {
		var o kubernetesObject
		err := dec.Decode(&o)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		out[o.Kind] = o
	}
}

// The pods of Kubernetes' job, played here with the files that the manifest carries, leave what a single run leaves.
func TestKubernetesManifest(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "scenarios", "s.toml")
	trace := filepath.Join(root, "traces", "t.csv")
	for path, text := range map[string]string{trace: "time_s\n0\n0.001\n0.002\n0.004\n", file: "[workload]\nfile = '../traces/t.csv'\n[[stage]]\nname = 'server'\nservice = '1ms'\n"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	opt := Options{Set: []string{"name=$(HOME)"}, Vary: []string{"stage.server.workers=1..5"}}
	s := mustNew(t, file, opt)
	_, files := writeJob(t, s, Job{Engine: "kubernetes", Shards: 2, Image: "vsim:test"})
	all := objects(t, files["sweep.yaml"])
	job := all["Job"].Spec
	pod := job.Template.Spec
	if job.Completions != 2 || job.Parallelism != 2 || job.CompletionMode != "Indexed" || pod.RestartPolicy != "Never" || pod.Containers[0].Image != "vsim:test" || all["PersistentVolumeClaim"].Metadata != all["ConfigMap"].Metadata || pod.Volumes[1].ConfigMap.Name != all["ConfigMap"].Metadata.Name {
		t.Errorf("%+v", all)
	}
	want := []string{"sweep", "/inputs/scenarios/s.toml", "--set", "name=$$(HOME)", "--vary", opt.Vary[0], "--shard", "$(SHARD)/2", "-o", "/results/shards/$(SHARD)"}
	if !slices.Equal(pod.Containers[0].Args, want) {
		t.Errorf("%q\nwant\n%q", pod.Containers[0].Args, want)
	}
	merge := objects(t, files["merge.yaml"])["Job"].Spec.Template.Spec
	if !slices.Equal(merge.Containers[0].Args, []string{"merge", "/results/shards", "-o", "/results"}) || len(merge.Volumes) != 1 {
		t.Errorf("%+v", merge)
	}

	mounted, single, merged, shards := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	for _, v := range pod.Volumes {
		for _, item := range v.ConfigMap.Items {
			path := filepath.Join(mounted, item.Path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(all["ConfigMap"].Data[item.Key]), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 2 {
		opt.Shard = Shard{i, 2}
		into(t, filepath.Join(mounted, "scenarios", "s.toml"), opt, filepath.Join(shards, string(rune('0'+i))))
	}
	if _, err := Merge(t.Context(), []string{shards}, merged); err != nil {
		t.Fatal(err)
	}
	opt.Shard = Shard{}
	into(t, file, opt, single)
	wantSame(t, contents(t, merged), contents(t, single))
}

func TestEmbeddedMachinesNeedNoFiles(t *testing.T) {
	s := mustNew(t, "8gpu", Options{Vary: []string{"gpu.count=1,2"}})
	_, files := writeJob(t, s, Job{Engine: "kubernetes", Image: "vsim:test"})
	all := objects(t, files["sweep.yaml"])
	if pod := all["Job"].Spec.Template.Spec; all["ConfigMap"].Kind != "" || len(pod.Volumes) != 1 || pod.Containers[0].Args[1] != "8gpu" || all["Job"].Spec.Completions != 2 {
		t.Errorf("%s", files["sweep.yaml"])
	}
}

func TestFilesThatNoConfigMapHoldsAreRefused(t *testing.T) {
	file := write(t, small+"# "+string(bytes.Repeat([]byte("x"), maxConfigMap))+"\n")
	_, err := mustNew(t, file, Options{Vary: []string{"stage.server.workers=1,2"}}).WriteJob(t.TempDir(), Job{Engine: "kubernetes", Shards: 2, Image: "x"})
	wantRefused(t, err, "cannot be put into a ConfigMap")
}

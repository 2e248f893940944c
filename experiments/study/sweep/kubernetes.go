package sweep

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

const (
	inputsFolder  = "/inputs"
	resultsFolder = "/results"
	maxConfigMap  = 1 << 20 // bytes that a ConfigMap holds (kubernetes.io/docs/concepts/configuration/configmap)
)

// object is one of Kubernetes.
type object = map[string]any

// kubernetes makes a manifest with the input files, room for the results and an Indexed Job with a pod for each shard, and one with
// the job that merges them.
func (s *Sweep) kubernetes(_ string, j Job) ([]drawing, error) {
	inputs, err := s.gather()
	if err != nil {
		return nil, err
	}
	name := "vsim-sweep-" + s.plan.SHA256[:8] // so that sweeps do not meet
	inputs.name = name
	args := append(literal(s.arguments(inputs.of(s.file), inputs.of(s.opt.Profile))), "--shard", fmt.Sprintf("$(SHARD)/%d", j.Shards), "-o", resultsFolder+"/shards/$(SHARD)")
	indexed := j.spec(args, inputs)
	indexed["completions"], indexed["parallelism"], indexed["completionMode"], indexed["backoffLimitPerIndex"] = j.Shards, j.Shards, "Indexed", 6
	container(indexed)["env"] = []object{{"name": "SHARD", "valueFrom": object{"fieldRef": object{"fieldPath": "metadata.annotations['batch.kubernetes.io/job-completion-index']"}}}}
	claim := object{"accessModes": []string{"ReadWriteMany"}, "resources": object{"requests": object{"storage": "1Gi"}}}
	sweep, err := manifest(fmt.Sprintf(`# A sweep of %d points in %d shards. Start it, and when it is complete what merges it:
#   kubectl apply -f sweep.yaml && kubectl wait --for=condition=complete --timeout=-1s job/%s && kubectl apply -f merge.yaml
# A pod that was killed or evicted goes on where it stopped when its index is started again.
`, len(s.whole), j.Shards, name),
		inputs.configMap(),
		object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": name}, "spec": claim},
		object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": name}, "spec": indexed})
	if err != nil {
		return nil, err
	}
	merge, err := manifest("# Makes one table and its plots of the shards of sweep.yaml.\n",
		object{"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": strings.Replace(name, "sweep", "merge", 1)},
			"spec": j.spec([]string{"merge", resultsFolder + "/shards", "-o", resultsFolder}, &gathered{name: name})})
	return []drawing{{"sweep.yaml", sweep}, {"merge.yaml", merge}}, err
}

// literal keeps Kubernetes from putting variables into arguments, $(NAME).
func literal(args []string) []string {
	out := slices.Clone(args)
	for i := range out {
		out[i] = strings.ReplaceAll(out[i], "$(", "$$(")
	}
	return out
}

// spec is that of a job whose one container runs vsim with arguments and input files.
func (j Job) spec(args []string, files *gathered) object {
	volumes, mounts := files.volumes()
	return object{"template": object{"spec": object{
		"restartPolicy": "Never",
		"volumes":       volumes,
		"containers": []object{{"name": "vsim", "image": j.Image, "args": args, "volumeMounts": mounts,
			"resources": object{"requests": object{"cpu": "2", "memory": "1Gi"}, "limits": object{"cpu": "2", "memory": "1Gi"}}}},
	}}}
}

// container is the one of a job.
func container(spec object) object {
	return spec["template"].(object)["spec"].(object)["containers"].([]object)[0]
}

// manifest writes objects as documents of one file.
func manifest(heading string, objects ...object) ([]byte, error) {
	b := bytes.NewBufferString(heading)
	enc := yaml.NewEncoder(b)
	enc.SetIndent(2)
	for _, o := range objects {
		if o == nil {
			continue
		}
		if err := enc.Encode(o); err != nil {
			return nil, err
		}
	}
	err := enc.Close()
	return b.Bytes(), err
}

// gathered are input files under the names that they have in a pod: as they lie beside each other.
type gathered struct {
	name  string            // of the ConfigMap, and of the claim for results
	names []string          // below inputsFolder, in the order of their keys
	texts map[string][]byte // by name
	paths map[string]string // names by the absolute path
}

// gather reads the input files.
func (s *Sweep) gather() (*gathered, error) {
	out := &gathered{texts: map[string][]byte{}, paths: map[string]string{}}
	var all []string
	for _, p := range s.inputs {
		whole, err := filepath.Abs(p)
		if err != nil {
			return nil, err
		}
		all = append(all, whole)
	}
	root := commonFolder(all)
	size := 0
	for _, p := range all {
		text, err := userfile.Read(p, maxConfigMap)
		if err != nil {
			return nil, scenario.BadInput(p, "cannot be put into a ConfigMap: %v", userfile.Reason(err))
		}
		if size += len(text); size > maxConfigMap {
			return nil, scenario.BadInput("--job kubernetes", "the input files have more than %d bytes, which is what a ConfigMap holds; build them into the image and start the shards with a job of your own", maxConfigMap)
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return nil, err
		}
		name = filepath.ToSlash(name)
		out.names, out.texts[name], out.paths[p] = append(out.names, name), text, name
	}
	return out, nil
}

// commonFolder is the deepest folder in which all files lie.
func commonFolder(files []string) string {
	if len(files) == 0 {
		return ""
	}
	root := filepath.Dir(files[0])
	for slices.ContainsFunc(files, func(f string) bool { return !strings.HasPrefix(f, strings.TrimSuffix(root, "/")+"/") }) && root != filepath.Dir(root) {
		root = filepath.Dir(root)
	}
	return root
}

// of is the path in a pod of what may be a file, or the name of something embedded, which stays.
func (g *gathered) of(name string) string {
	whole, err := filepath.Abs(name)
	if err != nil || name == "" {
		return name
	}
	if inside, ok := g.paths[whole]; ok {
		return path.Join(inputsFolder, inside)
	}
	return name
}

func key(i int) string { return fmt.Sprintf("file-%d", i) }

// configMap has the files by number, as a key holds no slash; nil where there are none.
func (g *gathered) configMap() object {
	if len(g.names) == 0 {
		return nil
	}
	texts, others := map[string]string{}, map[string]string{}
	for i, name := range g.names {
		if text := g.texts[name]; utf8.Valid(text) {
			texts[key(i)] = string(text)
		} else {
			others[key(i)] = base64.StdEncoding.EncodeToString(text)
		}
	}
	out := object{"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": g.name}, "data": texts}
	if len(others) > 0 {
		out["binaryData"] = others
	}
	return out
}

// volumes are the results and, where there are any, the input files.
func (g *gathered) volumes() (volumes, mounts []object) {
	volumes = []object{{"name": "results", "persistentVolumeClaim": object{"claimName": g.name}}}
	mounts = []object{{"name": "results", "mountPath": resultsFolder}}
	if len(g.names) == 0 {
		return volumes, mounts
	}
	var items []object
	for i, name := range g.names {
		items = append(items, object{"key": key(i), "path": name})
	}
	return append(volumes, object{"name": "inputs", "configMap": object{"name": g.name, "items": items}}),
		append(mounts, object{"name": "inputs", "mountPath": inputsFolder, "readOnly": true})
}

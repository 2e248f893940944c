package machinefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vsim/profile"
	"vsim/sim"
	"vsim/sim/scenario"
)

// PipelineBeside is where an example of the use of a profile of brokers is written: brokers.toml has brokers-pipeline.toml.
func PipelineBeside(profilePath string) string {
	return strings.TrimSuffix(profilePath, ".toml") + "-pipeline.toml"
}

// pipeline is a pipeline of two models over a broker, for people to put their own times in.
const pipeline = `# %s, %s. Two models over a broker. Without this line the file is kept.
# The models' times are examples. Your own: service = "12ms", or measured by
#   vsim profile --cpu --model DETECTOR,IDENTIFIER --images medium,crop -o cpu.toml
# profile = "cpu.toml" in [[resource]], and service = {profile_stage = "infer", model = "DETECTOR"}. vsim validate brokers -o DIR leaves
# whole pipelines of this kind in DIR/cases. With several brokers in the profile: --set broker.between.type=redis-list
name = "two models over %[3]s"

[workload]
arrivals = "closed"
concurrency = 4

[[resource]]
name = "cpu"
type = "cpu"
capacity = %[4]d

[[broker]]
name = "between"
type = "%[3]s"
profile = "./%[5]s"
cpu = "cpu"

[[stage]]
name = "detect"
workers = 1
steps = [{name = "detect", resource = "cpu", service = "20ms"}]

[[stage]]
name = "identify"
copies = 5 # faces in a frame
via = "between"
message = "%[6]dB"
workers = 1
max_batch = 5
steps = [{name = "identify", resource = "cpu", service = {mean = "5ms", per_image = "5ms"}}]
`

// UsePipeline writes an example beside a profile of brokers, over the first of them, and says where it is and which command predicts
// with it. A file there that vsim profile has not written stays as it is, which is an error.
func UsePipeline(p *profile.Profile, profilePath string) (string, error) {
	path := PipelineBeside(profilePath)
	old, err := os.ReadFile(path)
	if err == nil && !strings.HasPrefix(string(old), "# "+ours) {
		return "", fmt.Errorf("%s is there and not of vsim profile; remove it, or write the profile elsewhere with -o", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	first := firstMessage(p)
	text := fmt.Sprintf(pipeline, ours, p.Provenance.Date, first.Broker, max(p.Provenance.Cores, 1), filepath.Base(profilePath), first.SizeBytes)
	if err := profile.WriteFile(path, []byte(text)); err != nil {
		return "", err
	}
	if _, err := sim.Compile(sim.File(path, scenario.Options{})); err != nil {
		return "", err
	}
	return fmt.Sprintf(", a pipeline that uses it in %s: %s", path, Quoted([]string{"vsim", "simulate", path})), nil
}

// firstMessage is the first broker with the size of message, of those that were measured in the most batches, nearest to that of a
// picture of a face.
func firstMessage(p *profile.Profile) (best profile.Key) {
	const face = 10_000
	far := func(size int) int { return max(size, face) / max(min(size, face), 1) }
	batches := map[profile.Key]int{}
	for _, s := range p.Services {
		if s.Broker == "" || s.Stage != profile.Produce || best.Broker != "" && s.Broker != best.Broker {
			continue
		}
		k := profile.Key{Broker: s.Broker, SizeBytes: s.SizeBytes}
		batches[k]++
		if n := batches[k] - batches[best]; n > 0 || n == 0 && far(k.SizeBytes) < far(best.SizeBytes) {
			best = k
		}
	}
	return best
}

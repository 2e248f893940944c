package check

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"vsim/experiments/brokers/live"
	"vsim/experiments/load"
	"vsim/profile"
	"vsim/profile/device"
	"vsim/profile/device/broker"
	"vsim/profile/device/broker/local"
	"vsim/profile/measure"
	measurebroker "vsim/profile/measure/broker"
	measurecpu "vsim/profile/measure/cpu"
	"vsim/profile/measure/input"
	"vsim/profile/measure/machine"
	"vsim/sim/engine"
	"vsim/sim/engine/random"
)

// kit is what all cases need of this machine: models, pictures, brokers and profilers.
type kit struct {
	opt        Options
	libraries  *device.Libraries
	detector   input.Model
	identifier input.Model
	frames     input.Images
	faces      input.Images
	servers    map[string]*server // by kind of case
	benches    []*measure.Bench
	pipeline   pipeline
	topics     int // made so far
	notes      []string
}

// server is a broker that runs.
type server struct {
	address string
	local   *local.Server // nil: a user's own
	start   time.Duration // that its start took
}

// cpuTime is that of the broker, where it is one that was started here.
func (s *server) cpuTime() live.CPUTime {
	if s == nil || s.local == nil {
		return nil
	}
	return s.local.CPUTime
}

// Workers of the pipeline: each has a core of the two that small machines have, and the broker takes its time from both.
const (
	detectors   = 1
	identifiers = 1
	maxBatch    = 8
)

// frameSet are the frames, photographs of the catalogue, out of which faces are cut at places drawn from faceSeed.
const (
	frameSet = "medium"
	faceSeed = 1
)

// open makes all of it ready, openToRun all but the profilers. What there is of a kit comes beside an error, to be closed.
func open(ctx context.Context, opt Options) (*kit, error) {
	k, err := openToRun(ctx, opt)
	if err == nil {
		err = k.openBenches(ctx)
	}
	return k, err
}

func openToRun(ctx context.Context, opt Options) (*kit, error) {
	k := &kit{opt: opt, servers: map[string]*server{}}
	for _, step := range []func(context.Context) error{k.openLibraries, k.findInputs, k.startServers} {
		if err := ctx.Err(); err != nil {
			return k, err
		}
		if err := step(ctx); err != nil {
			return k, err
		}
	}
	return k, nil
}

func (k *kit) openLibraries(context.Context) (err error) {
	k.libraries, err = device.Open(k.opt.OrtLib)
	return err
}

func (k *kit) findInputs(ctx context.Context) error {
	models, err := input.FindModels(ctx, []string{k.opt.Detector, k.opt.Identifier}, k.opt.CacheDir)
	if err != nil {
		return err
	}
	k.detector, k.identifier = models[0], models[1]
	sets, notes, err := input.FindImages(ctx, []string{frameSet, input.Crop}, k.opt.CacheDir)
	if err != nil {
		return err
	}
	k.frames, k.faces, k.notes = sets[0], sets[1], notes
	k.pipeline = pipeline{
		Detector: k.detector.Name, Identifier: k.identifier.Name, Frame: frameSet, Face: input.Crop, Detectors: detectors, Identifiers: identifiers,
		MaxBatch: maxBatch, MessageBytes: live.MessageBytes(k.faces.Files), Cores: runtime.NumCPU(),
	}
	return nil
}

// startServers starts the brokers that the cases need and that are no user's own.
func (k *kit) startServers(ctx context.Context) error {
	started := map[string]*server{}
	for _, kind := range k.opt.Kinds {
		if kind == Fused {
			continue
		}
		what, own := serverOf(kind), k.opt.Redis
		if what == local.Kafka {
			own = k.opt.Kafka
		}
		if started[what] == nil && own != "" {
			started[what] = &server{address: own}
		}
		if started[what] == nil {
			began := time.Now()
			s, err := local.Start(ctx, local.Options{Kind: what})
			if err != nil {
				return err
			}
			started[what] = &server{s.Address, s, time.Since(began)}
		}
		k.servers[kind] = started[what]
	}
	return nil
}

// batches of inference that are profiled: those of the consumers and, fused, of whole frames lie between them.
func (k *kit) batches() []int {
	largest := maxBatch
	if slices.Contains(k.opt.Kinds, Fused) {
		largest = max(largest, slices.Max(k.opt.Faces))
	}
	out := []int{1}
	for n := 2; n < 2*largest; n *= 2 {
		out = append(out, min(n, max(largest, n/2+1)))
	}
	return out
}

// openBenches opens the profilers: of the CPU, which is the first, and of the brokers.
func (k *kit) openBenches(ctx context.Context) error {
	onCPU := measurecpu.Config{
		Libraries: k.libraries, Models: []input.Model{k.detector, k.identifier}, Images: []input.Images{k.frames, k.faces}, Batches: k.batches(),
		Skip: func(model string, _, batch int) bool { return model == k.detector.Name && batch > 1 },
	}
	onCPU.Command, onCPU.Notes, onCPU.Burst = k.opt.Command, k.notes, k.opt.burst
	bench, err := measurecpu.Open(ctx, onCPU)
	if err != nil {
		return err
	}
	k.benches = append(k.benches, bench)
	for _, server := range []string{local.Redis, local.Kafka} {
		cfg := k.brokerConfig(server)
		if len(cfg.Brokers) == 0 {
			continue
		}
		bench, err := measurebroker.Open(ctx, cfg)
		if err != nil {
			return err
		}
		k.benches = append(k.benches, bench)
	}
	return nil
}

// brokerConfig is what is measured of the brokers of a kind of server: requests of 1 message up to the most that the pipeline's
// are of.
func (k *kit) brokerConfig(of string) measurebroker.Config {
	cfg := measurebroker.Config{Kafka: k.opt.Kafka, Redis: k.opt.Redis, Sizes: []int{k.pipeline.MessageBytes}, Running: map[string]*local.Server{}}
	cfg.Command, cfg.Burst = k.opt.Command, k.opt.burst
	for kind, s := range k.servers {
		if serverOf(kind) == of {
			cfg.Brokers = append(cfg.Brokers, kind)
			cfg.Running[of] = s.local
		}
	}
	slices.Sort(cfg.Brokers)
	if cfg.Batches = []int{1, 4, maxBatch}; of == local.Redis {
		cfg.Batches = []int{1, 5, 25, redisBatchBytes / k.pipeline.MessageBytes}
	}
	return cfg
}

// redisBatchBytes is the default of broker.Config.BatchBytes.
const redisBatchBytes = 1 << 20

// serverOf is the kind of server of a kind of case that has a broker.
func serverOf(kind string) string {
	if kind == profile.KafkaAll || kind == profile.KafkaOne {
		return local.Kafka
	}
	return local.Redis
}

// first profiles for about d, and on until every point has been visited.
func (k *kit) first(ctx context.Context, d time.Duration) error {
	if err := k.slice(ctx, d); err != nil {
		return err
	}
	for k.unmeasured() {
		if err := k.slice(ctx, time.Second); err != nil {
			return err
		}
	}
	return nil
}

// slice profiles for about d: half of it the CPU, which has most of the points and of the time of a frame.
func (k *kit) slice(ctx context.Context, d time.Duration) error {
	for i, b := range k.benches {
		part := d
		if brokers := len(k.benches) - 1; brokers > 0 {
			part = d / 2
			if i > 0 {
				part /= time.Duration(brokers)
			}
		}
		if err := b.Slice(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// unmeasured tells whether any point has not been visited yet.
func (k *kit) unmeasured() bool {
	return slices.ContainsFunc(k.benches, func(b *measure.Bench) bool {
		names, _ := b.Missing()
		return len(names) > 0
	})
}

// profile is what all benches have measured, in one. What two have, slow-downs of decoding say, is the first one's.
func (k *kit) profile() (*profile.Profile, error) {
	parts, all := []*profile.Profile{}, &profile.Profile{}
	for _, b := range k.benches {
		parts = append(parts, b.Profile().Without(all))
		var err error
		if all, err = profile.Merge(parts...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (k *kit) close() {
	if k == nil {
		return
	}
	for _, b := range k.benches {
		b.Close()
	}
	stopped := map[*server]bool{}
	for _, s := range k.servers {
		if s.local != nil && !stopped[s] {
			s.local.Stop()
			stopped[s] = true
		}
	}
}

// live runs a case live; with an outage, its broker fails meanwhile.
func (k *kit) live(ctx context.Context, c *Case, round int, measure time.Duration, o *outage) (*live.Shown, error) {
	if err := machine.QuietMonitor(); err != nil {
		return nil, err
	}
	counter, err := random.NewCounter([]int{c.Faces}, []float64{1})
	if err != nil {
		return nil, err
	}
	cfg := live.Config{
		Libraries: k.libraries, Detector: live.Model{Path: k.detector.Path, Options: k.detector.Options},
		Identifier: live.Model{Path: k.identifier.Path, Options: k.identifier.Options},
		Detectors:  detectors, Identifiers: identifiers, MaxBatch: maxBatch, Faces: counter, Seed: faceSeed,
	}
	beside := live.Beside{Own: func() (int64, error) { return local.CPUTime(os.Getpid()) }}
	if c.Kind != Fused {
		topic, err := k.topic(ctx, c.Kind)
		if err != nil {
			return nil, err
		}
		defer k.remove(topic)
		cfg.Link, beside.Broker = topic, k.servers[c.Kind].cpuTime()
	}
	if o != nil {
		cfg.Patience, beside.Broker = o.patience, nil // another process after the outage
		beside.Began = func() { o.begin(ctx, k.servers[c.Kind].local) }
		defer o.end()
	}
	watch, servers := machine.StartWatch(), k.serverTime()
	shown, err := live.Run(ctx, cfg, load.Config{
		Classes: []load.Class{{Name: frameSet, Weight: 1, Images: k.frames.Files}}, Source: engine.Source{Clients: c.Clients},
		WarmUp: warmUp(measure), Measure: measure, Seed: c.seed(round),
	}, beside)
	if err != nil {
		return nil, err
	}
	if use := watch.Use(); use.Known && o == nil {
		shown.OtherCores = max(0, use.Others-float64(k.serverTime()-servers)/float64(use.Elapsed))
	}
	return shown, nil
}

// serverTime is the CPU time of all brokers that were started here, in ns.
func (k *kit) serverTime() (sum int64) {
	counted := map[*server]bool{}
	for _, s := range k.servers {
		if s.local != nil && !counted[s] {
			ns, err := s.local.CPUTime()
			if err == nil {
				sum += ns
			}
			counted[s] = true
		}
	}
	return sum
}

// warmUp is how long a load runs before it is measured.
func warmUp(measure time.Duration) time.Duration { return max(time.Second, measure/10) }

// topic makes a new one, so that nothing of an earlier run is in it.
func (k *kit) topic(ctx context.Context, kind string) (broker.Topic, error) {
	k.topics++
	return broker.Open(ctx, broker.Config{
		Broker: kind, Address: k.servers[kind].address, Topic: fmt.Sprintf("vsim-faces-%d-%d", os.Getpid(), k.topics),
		FetchMax: maxBatch, FetchBytes: maxBatch * k.pipeline.MessageBytes,
	})
}

// remove deletes a topic with what is left in it.
func (k *kit) remove(topic broker.Topic) {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	_ = topic.Remove(ctx) // its broker is gone, or will be
	topic.Close()
}

package check

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vsim/experiments/calibrate/running"
	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
	"vsim/experiments/triton/repository"
	"vsim/profile/device/cache"
	"vsim/profile/device/photo"
)

// learned are the servers that are learned from: with one instance of the network and with two, and with a bounded queue. They do not wait
// for fuller batches, so that the instances of a busy client hardly rest.
var learned = []repository.Options{
	server(func(o *repository.Options) { o.MaxQueueDelay, o.PreprocessInstances = 0, 1 }),
	server(func(o *repository.Options) { o.MaxQueueDelay, o.PreprocessInstances, o.Instances = 0, 1, 2 }),
	server(func(o *repository.Options) {
		o.MaxQueueDelay, o.PreprocessInstances, o.Policy = 0, 1, &repository.Policy{MaxQueueSize: learnedLine}
	}),
}

// learnedLine is the length of that bounded queue.
const learnedLine = 8

// Photographs that are sent: those of a size of the catalogue, as many as differ, drawn from a seed.
const (
	photoSize = "medium"
	photos    = 16
	photoSeed = 1
)

// triton is this machine with Triton on it.
type triton struct {
	cache   string // folder of files that are made once
	dir     string // holds repositories
	written int    // repositories so far
	graph   string // path of the network
	files   [][]byte
	tensors [][]byte // what the network reads of the files
	clients []oip.Client
}

// newTriton finds what servers need.
func newTriton(opt Options) (*triton, error) {
	if _, err := local.Find(); err != nil {
		return nil, err
	}
	graph, err := cache.Model(opt.CacheDir, network, 1)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "vsim-repositories-")
	return &triton{cache: opt.CacheDir, dir: dir, graph: graph}, err
}

// network is that of the repositories.
const network = "mobilenetv2"

func (t *triton) close() {
	for _, client := range t.clients {
		client.Close()
	}
	os.RemoveAll(t.dir)
}

func (t *triton) Start(ctx context.Context, o repository.Options) (Server, error) {
	t.written++
	dir := filepath.Join(t.dir, fmt.Sprint(t.written))
	o.Network = network
	if err := repository.Write(dir, o); err != nil {
		return nil, err
	}
	s, err := local.Start(ctx, local.Options{Repository: dir})
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (t *triton) Configs(o repository.Options) (map[string]*wire.ModelConfig, error) {
	o.Network = network
	configs, err := repository.Configs(o, t.graph)
	if err != nil {
		return nil, err
	}
	out := map[string]*wire.ModelConfig{}
	for _, c := range configs {
		out[c.Name] = c
	}
	return out, nil
}

func (t *triton) Images(model string) [][]byte {
	if model == repository.JPEG {
		return t.files
	}
	return t.tensors
}

// Prepare makes the files, and has a server make the network's tensors of them.
func (t *triton) Prepare(ctx context.Context, s Server) (err error) {
	if t.files, err = photo.Set(ctx, t.cache, photoSize, photos, photoSeed); err != nil {
		return err
	}
	client, err := oip.Dial(s.GRPC())
	if err != nil {
		return err
	}
	defer client.Close()
	input := []*wire.ModelInferRequest_InferInputTensor{{Name: repository.Image, Datatype: "BYTES", Shape: []int64{1, 1}}}
	for _, file := range t.files {
		a, err := client.Infer(ctx, &wire.ModelInferRequest{ModelName: repository.Preprocess, Inputs: input, RawInputContents: [][]byte{oip.AppendBytes(nil, file)}})
		if err != nil {
			return fmt.Errorf("tensors of photographs: %w", err)
		}
		t.tensors = append(t.tensors, slices.Clone(a.RawOutputContents[0]))
	}
	return nil
}

// Learn calibrates a model as vsim calibrate triton does, with each server in turn.
func (t *triton) Learn(ctx context.Context, servers []Server, model string) (learner, error) {
	l := learning{}
	for i, s := range servers {
		client, err := oip.Dial(s.GRPC())
		if err != nil {
			return nil, err
		}
		t.clients = append(t.clients, client)
		l.sides = append(l.sides, side{client: client, bounded: learned[i].Policy != nil, cpu: func() (time.Duration, error) {
			ns, err := s.CPUTime()
			return time.Duration(ns), err
		}})
	}
	var err error
	l.Calibrator, err = running.New(ctx, l.sides[0].client, model, running.Options{Images: t.files, Local: true, CPUTime: l.sides[0].cpu})
	return l, err
}

// learning is a calibrator as a learner.
type learning struct {
	*running.Calibrator
	sides []side
}

// side is a server that is learned from.
type side struct {
	client  oip.Client
	cpu     func() (time.Duration, error)
	bounded bool // it tells what an overload does, and nothing else
}

// overloadTime is how long a bounded queue is overloaded in each round at least: a batch is missed every half a second or so, by chance, and
// it takes hundreds to know how often.
const overloadTime = 5 * time.Second

// Round measures the servers in turn: each has an equal part of d, and a bounded queue is overloaded for as long again.
func (l learning) Round(ctx context.Context, d time.Duration) error {
	share := 0
	for _, s := range l.sides {
		if !s.bounded {
			share++
		}
	}
	for _, s := range l.sides {
		if err := l.On(ctx, s.client, s.cpu); err != nil {
			return err
		}
		measure := func() error { return l.Calibrator.Round(ctx, d/time.Duration(share)) }
		if s.bounded {
			measure = func() error { return l.Overload(ctx, max(d, overloadTime)) }
		}
		if err := measure(); err != nil {
			return err
		}
	}
	return nil
}

func (l learning) Result() (calibration, error) {
	c, err := l.Calibrator.Result()
	return result{c}, err
}

type result struct{ *running.Calibration }

func (r result) Warnings() []string { return r.Calibration.Warnings }

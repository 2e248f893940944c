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

// learned is the server that is learned from: with both models, and two instances of the network, as some cases have.
var learned = server(func(o *repository.Options) { o.Instances, o.PreprocessInstances = 2, 1 })

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

// Learn calibrates a model as vsim calibrate triton does.
func (t *triton) Learn(ctx context.Context, s Server, model string) (learner, error) {
	client, err := oip.Dial(s.GRPC())
	if err != nil {
		return nil, err
	}
	t.clients = append(t.clients, client)
	c, err := running.New(ctx, client, model, running.Options{Images: t.files, Local: true, CPUTime: func() (time.Duration, error) {
		ns, err := s.CPUTime()
		return time.Duration(ns), err
	}})
	return learning{c}, err
}

// learning is a calibrator as a learner.
type learning struct{ *running.Calibrator }

func (l learning) Result() (calibration, error) {
	c, err := l.Calibrator.Result()
	return result{c}, err
}

type result struct{ *running.Calibration }

func (r result) Warnings() []string { return r.Calibration.Warnings }

// Package repository writes model repositories for NVIDIA's Triton with its Python backend: a network of the catalogue that
// classifies pictures, and before it what makes a picture's tensor of its JPEG file.
package repository

import (
	"cmp"
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/prototext"

	"vsim/experiments/oip/wire"
	"vsim/model"
	"vsim/profile"
	"vsim/profile/device/cache"
)

// Names of the models that are written, and of their tensors.
const (
	Classify   = "classify"   // tensor to scores
	Preprocess = "preprocess" // JPEG file to tensor
	JPEG       = "jpeg"       // the ensemble of both

	Image  = "image"  // a JPEG file, of type BYTES
	Input  = "input"  // the network's, FP32
	Output = "output" // the scores, FP32
)

// Options are what differs from repository to repository. The zero value is MobileNetV2 with one instance and one request a
// batch.
type Options struct {
	Network   string // of the catalogue, with pictures in NCHW and scores; default mobilenetv2
	Seed      uint64 // of its weights; default 1
	Threads   int    // of an inference; default 1
	Instances int    // of the network; default 1
	MaxBatch  int    // the largest batch, in pictures; default 1

	Batching      bool          // dynamic batching is on; what follows needs it
	Preferred     []int         // sizes at which a batch goes before its delay is over
	MaxQueueDelay time.Duration // longest wait for a fuller batch; whole microseconds
	Levels        int           // of priority; 0 for none
	DefaultLevel  int           // of requests that name none; needed with Levels
	Policy        *Policy       // of queues for which Policies has none
	Policies      map[int]Policy

	PreprocessInstances int // of the model preprocess; 0: neither it nor the ensemble is written
}

// Policy is that of a queue.
type Policy struct {
	MaxQueueSize         int           // requests that may wait; 0 for no limit
	Timeout              time.Duration // longest wait; whole microseconds; 0 for no limit
	Delay                bool          // who has waited longer goes after the others, else it is refused
	AllowTimeoutOverride bool          // a request may name a shorter timeout of its own
}

//go:embed classify.py preprocess.py
var programs embed.FS

// Write writes the repository into a folder, and the network's files into vsim's cache unless they are there: the repository
// has no copy of them. Models that are in the folder already are written anew.
func Write(dir string, o Options) error {
	folder, err := cache.Dir()
	if err != nil {
		return err
	}
	graph, err := cache.Model(folder, cmp.Or(o.Network, defaultNetwork), cmp.Or(o.Seed, 1))
	if err != nil {
		return err
	}
	configs, err := Configs(o, graph)
	if err != nil {
		return err
	}
	for _, c := range configs {
		if err := write(filepath.Join(dir, c.Name), c); err != nil {
			return fmt.Errorf("model %s: %w", c.Name, err)
		}
	}
	return nil
}

// write writes a model's configuration and program. An ensemble has no program, but its folder of version 1 must be there.
func write(dir string, c *wire.ModelConfig) error {
	text, err := prototext.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(c)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, "config.pbtxt"), text); err != nil {
		return err
	}
	if c.Backend != python {
		return writeFile(filepath.Join(dir, "1", "ensemble"), nil)
	}
	program, err := programs.ReadFile(c.Name + ".py")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, "1", "model.py"), program)
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return profile.WriteFile(path, data)
}

const (
	defaultNetwork = "mobilenetv2"
	python         = "python"
)

// network is the catalogue's, which must read pictures in NCHW and give scores.
func network(name string) (model.Spec, error) {
	spec, err := model.Lookup(name)
	if err != nil {
		return spec, err
	}
	if spec.Task != model.Classification {
		return spec, fmt.Errorf("network %s does not classify pictures", name)
	}
	return spec, nil
}

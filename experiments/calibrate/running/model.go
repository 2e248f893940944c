package running

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/sim/scenario"
)

// served is a model as the server describes it, with those that an ensemble consists of.
type served struct {
	name    string
	server  *wire.ServerMetadataResponse
	config  *wire.ModelConfig
	input   *wire.ModelMetadataResponse_TensorMetadata
	configs map[string]*wire.ModelConfig // by name: the model's own and those of its steps
	steps   []string                     // models that execute, in the order of an ensemble's steps; the model itself without
}

// describe asks the server for all that a calibration must know of a model, and refuses what is not simulated.
func describe(ctx context.Context, client oip.Client, model string) (*served, error) {
	s := &served{name: model, configs: map[string]*wire.ModelConfig{}}
	var err error
	if s.server, err = client.Server(ctx); err != nil {
		return nil, fmt.Errorf("the server does not answer: %s", reason(err))
	}
	if extensions := s.server.Extensions; !slices.Contains(extensions, "statistics") || !slices.Contains(extensions, "model_configuration") {
		return nil, scenario.BadInput("URL", "the server (%s %s) has the extensions %s; calibration needs statistics and model_configuration, as NVIDIA's Triton has",
			s.server.Name, s.server.Version, strings.Join(extensions, ", "))
	}
	about, err := client.Model(ctx, model)
	if err != nil {
		return nil, refused(model, err)
	}
	if s.config, err = s.load(ctx, client, model); err != nil {
		return nil, err
	}
	s.steps = []string{model}
	if e := s.config.GetEnsembleScheduling(); e != nil {
		s.steps = nil
		for _, step := range e.Step {
			if slices.Contains(s.steps, step.ModelName) {
				return nil, scenario.BadInput("--model", "%s visits %s twice; its statistics do not tell the visits apart", model, step.ModelName)
			}
			s.steps = append(s.steps, step.ModelName)
			if _, err := s.load(ctx, client, step.ModelName); err != nil {
				return nil, err
			}
		}
	}
	if len(about.Inputs) != 1 {
		return nil, scenario.BadInput("--model", "%s has %d inputs (%s); only models with one, an image, are calibrated", model, len(about.Inputs), names(about.Inputs))
	}
	s.input = about.Inputs[0]
	return s, nil
}

// load reads the rules of a model and refuses schedulers that are not simulated.
func (s *served) load(ctx context.Context, client oip.Client, model string) (*wire.ModelConfig, error) {
	c, err := client.Config(ctx, model)
	if err != nil {
		return nil, refused(model, err)
	}
	if left := unsupported(c); left != "" {
		return nil, scenario.BadInput("--model", "%s %s, which is not simulated", model, left)
	}
	s.configs[model] = c
	return c, nil
}

// Fields of ModelConfig that the messages leave out and that change what a server does (model_config.proto of
// triton-inference-server/common).
const (
	sequenceBatching  = 13
	transactionPolicy = 19
	responseCache     = 24
)

// unsupported says what a model does that is not simulated, "" for nothing. What the messages leave out is among the fields that
// they do not know.
func unsupported(c *wire.ModelConfig) string {
	for raw := []byte(c.ProtoReflect().GetUnknown()); len(raw) > 0; {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return ""
		}
		length := protowire.ConsumeFieldValue(number, kind, raw[n:])
		if length < 0 {
			return ""
		}
		value := raw[n : n+length]
		raw = raw[n+length:]
		switch {
		case number == sequenceBatching:
			return "has a sequence batcher"
		case number == transactionPolicy && truth(value):
			return "is decoupled: it may send any number of answers to a request"
		case number == responseCache && truth(value):
			return "answers from the response cache"
		}
	}
	return ""
}

// truth reads a message whose only field is a bool.
func truth(message []byte) bool {
	inside, n := protowire.ConsumeBytes(message)
	return n > 0 && len(inside) >= 2 && inside[1] != 0
}

// refused says in words that the server does not know a model.
func refused(model string, err error) error {
	if c := status.Code(err); c == codes.NotFound || c == codes.InvalidArgument {
		return scenario.BadInput("--model", "%q: the server says: %s", model, reason(err))
	}
	return fmt.Errorf("model %s: %s", model, reason(err))
}

// reason is what a server says, without the codes around it.
func reason(err error) string {
	if s, ok := status.FromError(err); ok {
		return s.Message()
	}
	return err.Error()
}

func names(tensors []*wire.ModelMetadataResponse_TensorMetadata) string {
	var out []string
	for _, t := range tensors {
		out = append(out, fmt.Sprintf("%s %s %v", t.Name, t.Datatype, t.Shape))
	}
	return strings.Join(out, ", ")
}

// maxBatch is the largest batch of images that one request may have: 1 where the model does not batch.
func (s *served) maxBatch() int {
	largest := int(s.config.MaxBatchSize)
	for _, step := range s.steps {
		largest = min(largest, int(s.configs[step].MaxBatchSize))
	}
	return max(largest, 1)
}

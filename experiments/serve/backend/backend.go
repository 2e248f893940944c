// Package backend is the live server as a model behind the Open Inference Protocol.
package backend

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/serve"
	"vsim/experiments/serve/front"
	"vsim/experiments/serve/metrics"
	"vsim/profile/device/jpeg"
	"vsim/profile/device/nvjpeg"
	"vsim/profile/device/tensor"
)

// Version is the one that is served.
const Version = "1"

// Model is a live server that answers the protocol's requests.
type Model struct {
	server   *serve.Server
	images   bool // it reads JPEG files
	metadata *wire.ModelMetadataResponse
	config   *wire.ModelConfig
	outputs  []tensor.Value
	numbers  map[string]int // of outputs, by name
	every    []int          // number of each output
	recorder front.Recorder
	metrics  *metrics.Model
	failed   func(why metrics.Reason, err error) // hears of each request without an answer; nil: nobody does
	stopped  atomic.Bool
}

// Start starts a server and puts a model of that name before it, warm. Of the server's configuration, Ran is the model's. failed
// hears of each request without an answer, on the server's goroutines; nil: nobody does.
func Start(name string, cfg serve.Config, failed func(metrics.Reason, error)) (*Model, error) {
	m := &Model{images: !cfg.Ready && (cfg.GPU == nil || !cfg.GPU.Ready), failed: failed, numbers: map[string]int{}}
	cfg.Ran = m.ran
	var err error
	if m.server, err = serve.Start(cfg); err != nil {
		return nil, err
	}
	if err := m.describe(name, &cfg); err != nil {
		m.server.Stop()
		return nil, err
	}
	m.metrics = metrics.New(metrics.Source{Name: name, Version: Version, Statistics: m.Statistics, Pending: m.server.Waiting})
	return m, nil
}

// Stop ends the server: whoever waits is turned away.
func (m *Model) Stop() {
	m.stopped.Store(true)
	m.server.Stop()
}

// Metadata says what the model reads and returns.
func (m *Model) Metadata() *wire.ModelMetadataResponse { return m.metadata }

// Config gives the model's rules.
func (m *Model) Config() *wire.ModelConfig { return m.config }

// Statistics gives what it has done. Of a request that brings images, the time of decoding and resizing is part of its
// compute_input, and the wait for that part of its queue; compute_input of a batch is the copying alone.
func (m *Model) Statistics() *wire.ModelStatistics {
	return m.recorder.Statistics(m.metadata.Name, Version)
}

// Metrics are for a monitor.
func (m *Model) Metrics() *metrics.Model { return m.metrics }

// Ready says whether it serves: it is warm from the start.
func (m *Model) Ready() bool { return !m.stopped.Load() }

// Infer takes a request in and returns at once.
func (m *Model) Infer(ctx context.Context, r *front.Request, reply func(*wire.ModelInferResponse, error)) {
	in := serve.Request{Priority: int(min(r.Priority, 1<<30)), Timeout: r.Timeout, Outputs: m.wanted(r.Outputs)}
	if raw := r.RawInputContents[0]; m.images {
		files, err := oip.Bytes(raw)
		if err != nil {
			reply(nil, status.Errorf(codes.InvalidArgument, "input %q: %v", m.metadata.Inputs[0].Name, err))
			return
		}
		in.Images = files
	} else {
		in.Tensors = raw
	}
	m.server.Send(ctx, in, func(a serve.Reply) {
		if a.Err != nil {
			reply(nil, m.fail(r, a.Err))
			return
		}
		m.served(r, &a.Spans)
		reply(m.answer(in.Outputs, a.Outputs), nil)
	})
}

// wanted gives the numbers of the outputs that are asked for.
func (m *Model) wanted(names []string) []int {
	if len(names) == 0 {
		return m.every
	}
	out := make([]int, len(names))
	for i, name := range names {
		out[i] = m.numbers[name]
	}
	return out
}

func (m *Model) answer(numbers []int, outputs []serve.Output) *wire.ModelInferResponse {
	out := &wire.ModelInferResponse{}
	for i, o := range outputs {
		v := m.outputs[numbers[i]]
		out.Outputs = append(out.Outputs, &wire.ModelInferResponse_InferOutputTensor{Name: v.Name, Datatype: datatypes[v.Element], Shape: o.Shape})
		out.RawOutputContents = append(out.RawOutputContents, o.Data)
	}
	return out
}

// ran counts a batch.
func (m *Model) ran(images int, s serve.Spans, _ error) {
	e := execution(&s)
	if !m.gpuDecodes() {
		e.Input -= time.Duration(s.Decode + s.Resize) // of one of its requests, before the batch
	}
	m.recorder.Executed(images, e)
}

// gpuDecodes says that decoding is done for the batch, on the instance.
func (m *Model) gpuDecodes() bool { return m.images && m.server.DecodesInBatches() }

// execution is what a request's parts took.
func execution(s *serve.Spans) front.Execution {
	return front.Execution{Input: time.Duration(s.Decode + s.Resize + s.Copy + s.H2D), Infer: time.Duration(s.Infer), Output: time.Duration(s.Post + s.D2H)}
}

func (m *Model) served(r *front.Request, s *serve.Spans) {
	total, queue, e := time.Since(r.Received), time.Duration(s.PreprocessQueue+s.InferenceQueue), execution(s)
	m.recorder.Served(r.Items, total, queue, e)
	m.metrics.Served(total, queue, e)
}

// fail counts a request without an answer and gives what its client is told.
func (m *Model) fail(r *front.Request, err error) error {
	why, told := metrics.Backend, err
	invalid := serve.InvalidError("")
	switch {
	case errors.Is(err, serve.ErrRejected):
		why, told = metrics.Rejected, front.ErrQueueFull
	case errors.Is(err, serve.ErrExpired):
		why, told = metrics.Rejected, front.ErrExpired
	case errors.Is(err, serve.ErrCanceled):
		why, told = metrics.Canceled, front.ErrCanceled
	case errors.Is(err, serve.ErrStopped):
		why, told = metrics.Other, front.ErrStopping
	case errors.As(err, &invalid), errors.Is(err, jpeg.ErrInvalid), errors.Is(err, nvjpeg.ErrInvalid), errors.Is(err, nvjpeg.ErrUnsupported):
		why, told = metrics.Other, status.Errorf(codes.InvalidArgument, "input %q: %v", m.metadata.Inputs[0].Name, err)
	default:
		told = status.Error(codes.Internal, err.Error())
	}
	if !errors.Is(err, serve.ErrRejected) {
		m.recorder.Failed(time.Since(r.Received))
	}
	m.metrics.Failed(why)
	if m.failed != nil {
		m.failed(why, err)
	}
	return told
}

package running

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"vsim/experiments/oip/wire"
	"vsim/sim"
	"vsim/sim/scenario"
)

// calibrated measures a fake server once.
func calibrated(t *testing.T, f *fake, o Options) *Calibration {
	t.Helper()
	c, err := New(t.Context(), f, "classify", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Round(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	r, err := c.Result()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is said of execution is what the server's statistics say, at every size.
func TestTimesAreTheStatistics(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 5000)), Options{})
	var sizes []int
	for _, x := range r.Steps[0].Sizes {
		sizes = append(sizes, x.Batch)
		input, infer, output := executeNs(x.Batch)
		for name, pair := range map[string][2]float64{"input": {x.InputNs, float64(input)}, "infer": {x.InferNs, float64(infer)}, "output": {x.OutputNs, float64(output)}} {
			if math.Abs(pair[0]-pair[1]) > 1 {
				t.Errorf("%s of %d images: %v ns, want %v", name, x.Batch, pair[0], pair[1])
			}
		}
	}
	if want := []int{1, 2, 4, 8}; !slices.Equal(sizes, want) {
		t.Errorf("sizes %v, want %v", sizes, want)
	}
	if got := r.Profile(); len(got.Services) != 4 {
		t.Errorf("%d points of the profile, want 4", len(got.Services))
	}
}

// Other rules give another scenario, by what was measured once; its text can be read and predicted.
func TestScenarioFollowsTheRules(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 1, 5000)), Options{Local: true, Cores: 2})
	changed := classifier(4, 2, 20000)
	changed.GetDynamicBatching().PreferredBatchSize = []int32{2}
	text, err := r.Scenario(map[string]*wire.ModelConfig{"classify": changed}, Workload{Clients: 3, Classes: []scenario.Class{{Name: "a", Weight: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse("test.toml", text, scenario.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	i := slices.IndexFunc(s.Stages, func(st scenario.Stage) bool { return st.Name == "classify" })
	st := s.Stages[i]
	if st.MaxBatch != 4 || st.Workers != 2 || st.MaxQueueDelay.Duration().Milliseconds() != 20 || !slices.Equal(st.Preferred, []int{2}) || !st.Prefetch {
		t.Errorf("the stage is %+v", st)
	}
	if s.Workload.Concurrency != 3 || len(s.Classes) != 1 {
		t.Errorf("the traffic is %+v", s.Workload)
	}
	source, err := r.Source(map[string]*wire.ModelConfig{"classify": changed}, Workload{Clients: 8})
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Predict(t.Context(), source, sim.Options{NoWhatIf: true, NoPI: true})
	if err != nil {
		t.Fatal(err)
	}
	// Two instances on two cores, batches of up to 4, 1 + 6 images ms each, cannot do more than this.
	if got := p.ThroughputRPS.Value; !(got > 100 && got < 8/0.025) {
		t.Errorf("throughput %v/s", got)
	}
}

// What inferences cost each other is found again from what a server with a known cost would show.
func TestSlowdownIsFoundAgain(t *testing.T) {
	r := calibrated(t, newFake(classifier(8, 2, 0)), Options{Local: true, Cores: 2})
	r.Slowdown = 1.3
	busy := r.Busy[0]
	var err error
	if busy.InferNs, err = r.inferBusyNs(busy); err != nil {
		t.Fatal(err)
	}
	r.Busy, r.Slowdown = []Busy{busy}, 1
	if err := r.share(); err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.Slowdown-1.3) > 0.02 {
		t.Errorf("slow-down %v, want 1.3", r.Slowdown)
	}
}

// Somebody else's requests would be measured as ours.
func TestOthersTrafficIsRefused(t *testing.T) {
	f := newFake(classifier(2, 1, 0))
	c, err := New(t.Context(), f, "classify", Options{})
	if err != nil {
		t.Fatal(err)
	}
	f.others.Store(1)
	if err := c.Round(t.Context(), 0); err == nil || !strings.Contains(err.Error(), "somebody else") {
		t.Errorf("error %v", err)
	}
}

func TestRoundEndsWhenItIsTold(t *testing.T) {
	c, err := New(t.Context(), newFake(classifier(2, 1, 0)), "classify", Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Round(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := c.Result(); err == nil {
		t.Error("a result of nothing")
	}
}

// What cannot be calibrated is refused with a word of why.
func TestWhatIsRefused(t *testing.T) {
	with := func(change func(c *wire.ModelConfig)) *fake {
		c := classifier(8, 1, 0)
		change(c)
		return newFake(c)
	}
	unknown := func(number protowire.Number, message []byte) *fake {
		return with(func(c *wire.ModelConfig) {
			raw := protowire.AppendTag(nil, number, protowire.BytesType)
			c.ProtoReflect().SetUnknown(protowire.AppendBytes(raw, message))
		})
	}
	plain := with(func(*wire.ModelConfig) {})
	plain.extensions = []string{"classification"}
	for want, f := range map[string]*fake{
		"needs statistics and model_configuration": plain,
		"sequence batcher":                         unknown(sequenceBatching, nil),
		"decoupled":                                unknown(transactionPolicy, []byte{8, 1}),
		"response cache":                           unknown(responseCache, []byte{8, 1}),
		"has 2 inputs": with(func(c *wire.ModelConfig) {
			c.Input = append(c.Input, &wire.ModelInput{Name: "mask", DataType: wire.DataType_TYPE_FP32, Dims: []int64{1}})
		}),
		"is INT8":                 with(func(c *wire.ModelConfig) { c.Input[0].DataType = wire.DataType_TYPE_INT8 }),
		"images of one":           with(func(c *wire.ModelConfig) { c.Input[0].Dims[1] = -1 }),
		"unknown model: classify": with(func(c *wire.ModelConfig) { c.Name = "other" }),
	} {
		var wrong *scenario.InputError
		if _, err := New(t.Context(), f, "classify", Options{}); !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one of the input with %q", err, want)
		}
	}
	if _, err := New(t.Context(), unknown(transactionPolicy, []byte{8, 0}), "classify", Options{}); err != nil {
		t.Errorf("a model that is not decoupled: %v", err)
	}
}

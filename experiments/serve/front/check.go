package front

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// rules are what requests of a model are checked by.
type rules struct {
	model    string
	versions []string
	inputs   []input
	outputs  []string
	largest  int64  // batch; 0 where the model does not batch
	levels   uint64 // of priority; 0 where the model has none
}

// input is one input of a model.
type input struct {
	name, datatype string
	shape          []int64 // -1 is any size
	optional       bool
}

func rulesOf(m Model) *rules {
	said, config := m.Metadata(), m.Config()
	r := &rules{model: said.GetName(), versions: said.GetVersions(), largest: int64(config.GetMaxBatchSize()),
		levels: config.GetDynamicBatching().GetPriorityLevels()}
	optional := map[string]bool{}
	for _, i := range config.GetInput() {
		optional[i.Name] = i.Optional
	}
	for _, i := range said.GetInputs() {
		r.inputs = append(r.inputs, input{i.Name, i.Datatype, i.Shape, optional[i.Name]})
	}
	for _, o := range said.GetOutputs() {
		r.outputs = append(r.outputs, o.Name)
	}
	return r
}

// newest is the version that answers who names none.
func (r *rules) newest() string {
	if len(r.versions) == 0 {
		return ""
	}
	return r.versions[len(r.versions)-1]
}

// check makes a Request of what a client has sent, whose inputs it puts in the model's order. Its errors name what broke
// which rule.
func (r *rules) check(sent *wire.ModelInferRequest, received time.Time) (*Request, error) {
	request := &Request{ModelInferRequest: sent, Received: received}
	if err := r.arrange(sent); err != nil {
		return nil, err
	}
	items, err := r.items(sent.Inputs)
	if err != nil {
		return nil, err
	}
	request.Items = items
	for i, in := range sent.Inputs {
		if err := oip.CheckRaw(in.Name, in.Datatype, in.Shape, sent.RawInputContents[i]); err != nil {
			return nil, err
		}
	}
	if request.Outputs, err = r.asked(sent.Outputs); err != nil {
		return nil, err
	}
	return request, request.read(sent.Parameters, r.levels)
}

// arrange puts a request's inputs, with raw contents, in the model's order.
func (r *rules) arrange(sent *wire.ModelInferRequest) error {
	if n := len(sent.RawInputContents); n != 0 && n != len(sent.Inputs) {
		return broken("the request has %d inputs but raw contents of %d: give raw contents of all or of none", len(sent.Inputs), n)
	}
	place := make([]int, len(r.inputs)) // in the request, from 1; 0: not there
	for i, in := range sent.Inputs {
		at := slices.IndexFunc(r.inputs, func(known input) bool { return known.name == in.GetName() })
		switch {
		case at < 0:
			return broken("input %q is none of model %q, whose inputs are %s", in.GetName(), r.model, r.names())
		case place[at] > 0:
			return broken("input %q is given twice", in.Name)
		}
		if err := r.inputs[at].fits(in); err != nil {
			return err
		}
		place[at] = i + 1
	}
	return r.order(sent, place)
}

// order puts inputs where place says.
func (r *rules) order(sent *wire.ModelInferRequest, place []int) error {
	inputs := make([]*wire.ModelInferRequest_InferInputTensor, 0, len(sent.Inputs))
	contents := make([][]byte, 0, len(sent.Inputs))
	for at, i := range place {
		if i == 0 {
			if !r.inputs[at].optional {
				return broken("input %q is missing: model %q wants it", r.inputs[at].name, r.model)
			}
			continue
		}
		raw, err := rawOf(sent, i-1)
		if err != nil {
			return err
		}
		inputs, contents = append(inputs, sent.Inputs[i-1]), append(contents, raw)
	}
	if len(inputs) == 0 {
		return broken("the request has no input: model %q wants one of %s", r.model, r.names())
	}
	sent.Inputs, sent.RawInputContents = inputs, contents
	return nil
}

// fits checks an input's datatype and shape.
func (want *input) fits(in *wire.ModelInferRequest_InferInputTensor) error {
	if err := unshared("input", in.Name, in.Parameters); err != nil {
		return err
	}
	if in.Datatype != want.datatype {
		return broken("input %q has datatype %.20q: it is %s", in.Name, in.Datatype, want.datatype)
	}
	same := len(in.Shape) == len(want.shape)
	for i := 0; same && i < len(in.Shape); i++ {
		same = in.Shape[i] >= 1 && (want.shape[i] == -1 || in.Shape[i] == want.shape[i])
	}
	if !same {
		return broken("input %q has shape %s: it is %v, where -1 is any number from 1", in.Name, brief(in.Shape), want.shape)
	}
	return nil
}

// items counts the images of a request.
func (r *rules) items(inputs []*wire.ModelInferRequest_InferInputTensor) (int, error) {
	if r.largest == 0 {
		return 1, nil
	}
	n := inputs[0].Shape[0]
	if n > r.largest {
		return 0, broken("input %q has %d images: model %q takes at most %d (max_batch_size) in a request", inputs[0].Name, n, r.model, r.largest)
	}
	for _, in := range inputs[1:] {
		if in.Shape[0] != n {
			return 0, broken("input %q has %d images and input %q has %d: all inputs of a request have as many", inputs[0].Name, n, in.Name, in.Shape[0])
		}
	}
	return int(n), nil
}

// asked gives the names of the outputs that a request asks for.
func (r *rules) asked(outputs []*wire.ModelInferRequest_InferRequestedOutputTensor) ([]string, error) {
	if len(outputs) == 0 {
		return r.outputs, nil
	}
	var names []string
	for _, o := range outputs {
		name := o.GetName()
		switch {
		case !slices.Contains(r.outputs, name):
			return nil, broken("output %q is none of model %q, whose outputs are %s", name, r.model, quoted(r.outputs))
		case slices.Contains(names, name):
			return nil, broken("output %q is asked for twice", name)
		case o.Parameters["classification"].GetInt64Param() != 0:
			return nil, broken("output %q is asked for as classes: this server gives the numbers themselves", name)
		}
		if err := unshared("output", name, o.Parameters); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// names lists the model's inputs for people.
func (r *rules) names() string {
	var all []string
	for _, i := range r.inputs {
		all = append(all, i.name)
	}
	return quoted(all)
}

// unshared errs for a tensor in shared memory.
func unshared(what, name string, p map[string]*wire.InferParameter) error {
	if p["shared_memory_region"] != nil {
		return broken("%s %q is in shared memory, which this server does not have: send its bytes", what, name)
	}
	return nil
}

func quoted(names []string) string { return fmt.Sprintf("%q", names) }

// brief is a shape for people, however long it is.
func brief(shape []int64) string {
	const most = 8
	if len(shape) <= most {
		return fmt.Sprint(shape)
	}
	return strings.TrimSuffix(fmt.Sprint(shape[:most]), "]") + fmt.Sprintf(" ...] of %d dimensions", len(shape))
}

// broken is the error of a request that breaks a rule.
func broken(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

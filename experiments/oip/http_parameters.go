package oip

import (
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// Parameters of the binary tensor data extension.
const (
	binarySize    = "binary_data_size"   // of a tensor: its length in the body's end, bytes
	binaryData    = "binary_data"        // of an output that is asked for: send it so
	binaryOutputs = "binary_data_output" // of a request: send all outputs so
)

// parameters are those of a message, as JSON has them: booleans, strings and numbers.
type parameters map[string]any

// parameter turns a value of JSON into one of gRPC. A whole number is an int64 where it fits, else a uint64.
func parameter(name string, value any) (*wire.InferParameter, error) {
	switch v := value.(type) {
	case bool:
		return &wire.InferParameter{ParameterChoice: &wire.InferParameter_BoolParam{BoolParam: v}}, nil
	case string:
		return &wire.InferParameter{ParameterChoice: &wire.InferParameter_StringParam{StringParam: v}}, nil
	case json.Number:
		if n, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return Int64(n), nil
		}
		if n, err := strconv.ParseUint(v.String(), 10, 64); err == nil {
			return &wire.InferParameter{ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: n}}, nil
		}
		if f, err := v.Float64(); err == nil {
			return &wire.InferParameter{ParameterChoice: &wire.InferParameter_DoubleParam{DoubleParam: f}}, nil
		}
	}
	return nil, invalid("parameter %q is no boolean, number or string", name)
}

// Int64 is a whole number as a parameter.
func Int64(n int64) *wire.InferParameter {
	return &wire.InferParameter{ParameterChoice: &wire.InferParameter_Int64Param{Int64Param: n}}
}

// wire turns all into those of gRPC.
func (p parameters) wire() (map[string]*wire.InferParameter, error) {
	if len(p) == 0 {
		return nil, nil
	}
	all := map[string]*wire.InferParameter{}
	for name, value := range p {
		var err error
		if all[name], err = parameter(name, value); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// size takes the length of a tensor in the body's end out of its parameters; ok says that there was one.
func (p parameters) size() (n uint64, ok bool, err error) {
	value, ok := p[binarySize]
	if !ok {
		return 0, false, nil
	}
	delete(p, binarySize)
	number, isNumber := value.(json.Number)
	if n, err = strconv.ParseUint(number.String(), 10, 63); !isNumber || err != nil {
		return 0, false, invalid("parameter %s is %v: it is a number of bytes", binarySize, value)
	}
	return n, true, nil
}

// jsonParameters turns parameters of gRPC into those of JSON.
func jsonParameters(all map[string]*wire.InferParameter) parameters {
	p := parameters{}
	for name, value := range all {
		m := value.ProtoReflect()
		if field := m.WhichOneof(m.Descriptor().Oneofs().Get(0)); field != nil {
			p[name] = m.Get(field).Interface()
		}
	}
	return p
}

// isTrue says that a parameter is given and true.
func isTrue(all map[string]*wire.InferParameter, name string) bool { return all[name].GetBoolParam() }

// wantsBinary says in which form a request wants an output: what it says of that output counts, else what it says of all.
func wantsBinary(r *wire.ModelInferRequest, output string) bool {
	for _, o := range r.GetOutputs() {
		if o.Name == output && o.Parameters[binaryData] != nil {
			return isTrue(o.Parameters, binaryData)
		}
	}
	return isTrue(r.GetParameters(), binaryOutputs)
}

// asBinary is the request with all its outputs wanted as binary data.
func asBinary(r *wire.ModelInferRequest) *wire.ModelInferRequest {
	asked := &wire.ModelInferRequest{ModelName: r.ModelName, ModelVersion: r.ModelVersion, Id: r.Id, Inputs: r.Inputs, RawInputContents: r.RawInputContents}
	asked.Parameters = with(r.Parameters, binaryOutputs)
	for _, o := range r.Outputs {
		o = proto.CloneOf(o)
		o.Parameters = with(o.Parameters, binaryData)
		asked.Outputs = append(asked.Outputs, o)
	}
	return asked
}

// with is a copy of parameters with one that is true.
func with(all map[string]*wire.InferParameter, name string) map[string]*wire.InferParameter {
	more := map[string]*wire.InferParameter{name: {ParameterChoice: &wire.InferParameter_BoolParam{BoolParam: true}}}
	for other, value := range all {
		if other != name {
			more[other] = value
		}
	}
	return more
}

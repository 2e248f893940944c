package oip

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"vsim/experiments/oip/wire"
)

// inferJSON is the JSON of a request or of an answer.
type inferJSON struct {
	ModelName    string       `json:"model_name,omitempty"`
	ModelVersion string       `json:"model_version,omitempty"`
	ID           string       `json:"id,omitempty"`
	Parameters   parameters   `json:"parameters,omitempty"`
	Inputs       []tensorJSON `json:"inputs,omitempty"`
	Outputs      []tensorJSON `json:"outputs,omitempty"`
}

// tensorJSON is one tensor of it, or an output that is asked for, which has a name and parameters alone.
type tensorJSON struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype,omitempty"`
	Shape      shape           `json:"shape,omitempty"`
	Parameters parameters      `json:"parameters,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
}

// ReadInferRequest reads the body of POST v2/models/NAME/infer, of at most limit bytes, into a request with raw contents; the
// name of the model is the URL's. Errors have the gRPC status InvalidArgument or, over the limit, ResourceExhausted.
func ReadInferRequest(r *http.Request, limit int64) (*wire.ModelInferRequest, error) {
	text, raw, err := readBody(r.Body, r.Header, r.ContentLength, limit)
	if err != nil {
		return nil, err
	}
	return decodeRequest(text, raw)
}

// decodeRequest makes a request of a body's two parts. Its raw contents are pieces of the body.
func decodeRequest(text, raw []byte) (*wire.ModelInferRequest, error) {
	said, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	r := &wire.ModelInferRequest{Id: said.ID}
	if r.Parameters, err = said.Parameters.wire(); err != nil {
		return nil, err
	}
	if r.RawInputContents, err = contents(said.Inputs, raw); err != nil {
		return nil, err
	}
	for _, in := range said.Inputs {
		p, err := in.Parameters.wire()
		if err != nil {
			return nil, err
		}
		r.Inputs = append(r.Inputs, &wire.ModelInferRequest_InferInputTensor{Name: in.Name, Datatype: in.Datatype, Shape: in.Shape, Parameters: p})
	}
	for _, out := range said.Outputs {
		p, err := out.Parameters.wire()
		if err != nil {
			return nil, err
		}
		r.Outputs = append(r.Outputs, &wire.ModelInferRequest_InferRequestedOutputTensor{Name: out.Name, Parameters: p})
	}
	return r, nil
}

// EncodeInferRequest makes the body of a request with raw contents. All its inputs are binary data.
func EncodeInferRequest(r *wire.ModelInferRequest) (*Body, error) {
	said := inferJSON{ID: r.Id, Parameters: jsonParameters(r.Parameters)}
	if len(r.RawInputContents) != len(r.Inputs) {
		return nil, invalid("the request has %d inputs, but raw contents of %d", len(r.Inputs), len(r.RawInputContents))
	}
	for i, in := range r.Inputs {
		p := jsonParameters(in.Parameters)
		p[binarySize] = len(r.RawInputContents[i])
		said.Inputs = append(said.Inputs, tensorJSON{Name: in.Name, Datatype: in.Datatype, Shape: in.Shape, Parameters: p})
	}
	for _, out := range r.Outputs {
		said.Outputs = append(said.Outputs, tensorJSON{Name: out.Name, Parameters: jsonParameters(out.Parameters)})
	}
	text, err := json.Marshal(said)
	if err != nil {
		return nil, invalid("the request cannot be written as JSON: %v", err)
	}
	return &Body{text, r.RawInputContents}, nil
}

// EncodeInferResponse makes the body of an answer with raw contents, its outputs in the form that the request asked for: JSON
// without a word of it.
func EncodeInferResponse(r *wire.ModelInferRequest, a *wire.ModelInferResponse) (*Body, error) {
	said := inferJSON{ModelName: a.ModelName, ModelVersion: a.ModelVersion, ID: a.Id, Parameters: jsonParameters(a.Parameters)}
	if len(a.RawOutputContents) != len(a.Outputs) {
		return nil, invalid("the answer has %d outputs, but raw contents of %d", len(a.Outputs), len(a.RawOutputContents))
	}
	var binary [][]byte
	for i, out := range a.Outputs {
		raw := a.RawOutputContents[i]
		if err := CheckRaw(out.Name, out.Datatype, out.Shape, raw); err != nil {
			return nil, err
		}
		t := tensorJSON{Name: out.Name, Datatype: out.Datatype, Shape: out.Shape, Parameters: jsonParameters(out.Parameters)}
		if wantsBinary(r, out.Name) {
			t.Parameters[binarySize] = len(raw)
			binary = append(binary, raw)
		} else if data, err := appendData(nil, out.Name, out.Datatype, raw); err != nil {
			return nil, err
		} else {
			t.Data = data
		}
		said.Outputs = append(said.Outputs, t)
	}
	text, err := json.Marshal(said)
	if err != nil {
		return nil, invalid("the answer cannot be written as JSON: %v", err)
	}
	return &Body{text, binary}, nil
}

// ReadInferResponse reads the body of an answer, of at most limit bytes, into one with raw contents; the error is the server's
// where it refused.
func ReadInferResponse(r *http.Response, limit int64) (*wire.ModelInferResponse, error) {
	text, raw, err := readBody(r.Body, r.Header, r.ContentLength, limit)
	if err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusOK {
		return nil, refusal(r.StatusCode, text)
	}
	return decodeResponse(text, raw)
}

// decodeResponse makes an answer of a body's two parts. Its raw contents are pieces of the body.
func decodeResponse(text, raw []byte) (*wire.ModelInferResponse, error) {
	said, err := decodeJSON(text)
	if err != nil {
		return nil, err
	}
	a := &wire.ModelInferResponse{ModelName: said.ModelName, ModelVersion: said.ModelVersion, Id: said.ID}
	if a.Parameters, err = said.Parameters.wire(); err != nil {
		return nil, err
	}
	if a.RawOutputContents, err = contents(said.Outputs, raw); err != nil {
		return nil, err
	}
	for _, out := range said.Outputs {
		p, err := out.Parameters.wire()
		if err != nil {
			return nil, err
		}
		a.Outputs = append(a.Outputs, &wire.ModelInferResponse_InferOutputTensor{Name: out.Name, Datatype: out.Datatype, Shape: out.Shape, Parameters: p})
	}
	return a, nil
}

// decodeJSON reads JSON with nothing after it.
func decodeJSON(text []byte) (*inferJSON, error) {
	if err := bounded(text); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	said := &inferJSON{}
	err := d.Decode(said)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			return nil, invalid("something follows the JSON of the body")
		}
		return said, nil
	}
	return nil, invalid("the body's JSON cannot be read: %v", err)
}

// contents gives the raw contents of tensors: those that are binary data are the next piece of raw, the others come from "data".
func contents(tensors []tensorJSON, raw []byte) (all [][]byte, err error) {
	for i := range tensors {
		t := &tensors[i]
		n, binary, err := t.Parameters.size()
		switch {
		case err != nil:
			return nil, err
		case !binary:
			own, err := parseData(t.Name, t.Datatype, t.Shape, t.Data)
			if err != nil {
				return nil, err
			}
			all = append(all, own)
			continue
		case t.Data != nil:
			return nil, invalid("tensor %q has data and %s: give one", t.Name, binarySize)
		case n > uint64(len(raw)):
			return nil, invalid("tensor %q has %s %d, but %d bytes are left of the body", t.Name, binarySize, n, len(raw))
		}
		if err := CheckRaw(t.Name, t.Datatype, t.Shape, raw[:n]); err != nil {
			return nil, err
		}
		all, raw = append(all, raw[:n:n]), raw[n:]
	}
	if len(raw) > 0 {
		return nil, invalid("%d bytes of the body belong to no tensor", len(raw))
	}
	return all, nil
}

package front

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// recorder is one of httptest that takes deadlines.
type recorder struct{ *httptest.ResponseRecorder }

func (recorder) SetReadDeadline(time.Time) error  { return nil }
func (recorder) SetWriteDeadline(time.Time) error { return nil }

// idle is a fake that takes no time for whatever it is asked, for fuzzing.
type idle struct{ *fake }

func (f idle) Infer(_ context.Context, r *Request, reply func(*wire.ModelInferResponse, error)) {
	if err := promised(r); err != nil {
		f.t.Errorf("a request came that breaks what Request says: %v", err)
	}
	reply((&fakeJob{Request: r}).answer(floats(r.RawInputContents[0])), nil)
}

func fuzzed(f *testing.F) *Server {
	s, err := newServer(Config{Models: []Model{idle{newFake(f)}}, Limits: Limits{Body: 1 << 16}})
	if err != nil {
		f.Fatal(err)
	}
	return s
}

// settled errs where a request has left something behind in the gate.
func settled(t *testing.T, s *Server) {
	if s.gate.requests != 0 || s.gate.memory != 0 {
		t.Fatalf("%d requests with %d bytes are left in the gate", s.gate.requests, s.gate.memory)
	}
}

func FuzzHTTP(f *testing.F) {
	handler := fuzzed(f)
	h := handler.timed(handler.handler())
	binary := `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"parameters":{"binary_data_size":12}}],"parameters":{"binary_data_output":true}}`
	f.Add("POST", "/v2/models/add/infer", "", "", []byte(goodJSON))
	f.Add("POST", "/v2/models/add/infer", "", strconv.Itoa(len(binary)), append([]byte(binary), raw(0, 1, 2)...))
	f.Add("POST", "/v2/models/add/versions/1/infer", "gzip", "", squeezed("gzip", goodJSON))
	f.Add("POST", "/v2/models/add/infer", "deflate", "", squeezed("deflate", goodJSON))
	f.Add("POST", "/v2/models/add/infer", "", "", []byte(`{"inputs":[{"name":"s","datatype":"BYTES","shape":[1,1],"data":["é"]},{"name":"x","datatype":"FP32","shape":[1,3],"data":[[1e3,-1,0.5]]}],"outputs":[{"name":"z","parameters":{"binary_data":true}}],"parameters":{"priority":1,"timeout":5}}`))
	f.Add("POST", "/v2/repository/index", "", "", []byte(`{"ready":true}`))
	f.Add("GET", "/v2/models/stats", "", "", []byte{})
	f.Fuzz(func(t *testing.T, method, path, encoding, length string, body []byte) {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://localhost"+path, bytes.NewReader(body))
		if err != nil {
			return // not a path
		}
		r.Method = method
		r.Header.Set("Content-Encoding", encoding)
		if length != "" {
			r.Header.Set(oip.HeaderLength, length)
		}
		w := recorder{httptest.NewRecorder()}
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("status %d %s", w.Code, w.Body)
		}
		settled(t, handler)
	})
}

func FuzzGRPC(f *testing.F) {
	s := fuzzed(f)
	g := &service{s: s}
	add := func(r *wire.ModelInferRequest) {
		b, err := proto.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	add(request(0, 1, 2))
	typed := request(0, 1, 2)
	typed.RawInputContents, typed.Inputs[0].Contents = nil, &wire.InferTensorContents{Fp32Contents: []float32{0, 1, 2}}
	add(typed)
	full := request(0, 1, 2, 3, 4, 5)
	full.Id, full.ModelVersion, full.Outputs, full.Parameters = "a", "1", []*wanted{{Name: "z"}}, choices{"timeout": oip.Int64(7), "priority": oip.Int64(1)}
	full.Inputs = append(full.Inputs, &tensor{Name: "s", Datatype: "BYTES", Shape: []int64{2, 1}})
	full.RawInputContents = append(full.RawInputContents, oip.AppendBytes(oip.AppendBytes(nil, []byte("word")), nil))
	add(full)
	f.Fuzz(func(t *testing.T, message []byte) {
		r := &wire.ModelInferRequest{}
		if proto.Unmarshal(message, r) != nil {
			return
		}
		a, err := g.ModelInfer(t.Context(), r)
		if err == nil && (len(a.Outputs) == 0 || len(a.Outputs) != len(a.RawOutputContents)) {
			t.Errorf("answer %v", a)
		}
		if _, known := status.FromError(err); !known {
			t.Errorf("an error without a status: %v", err)
		}
		settled(t, s)
	})
}

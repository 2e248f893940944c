//go:build linux

package oip_test

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
	"vsim/experiments/triton/local"
	"vsim/profile/device/native/nativetest"
)

// triton starts NVIDIA's server on the models of testdata, and gives a client of each transport.
func triton(t *testing.T) (s *local.Server, clients map[string]oip.Client) {
	t.Helper()
	if _, err := local.Find(); err != nil {
		nativetest.SkipOrFail(t, err)
	}
	s, err := local.Start(t.Context(), local.Options{Repository: "testdata/models"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	clients = map[string]oip.Client{}
	for name, address := range map[string]string{"gRPC": s.GRPC(), "HTTP": s.HTTP()} {
		c, err := oip.Dial(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		clients[name] = c
	}
	return s, clients
}

// everything is a request with a tensor of each datatype that Triton's Python backend has, and their bytes.
func everything() *wire.ModelInferRequest {
	r := &wire.ModelInferRequest{ModelName: "echo", Id: "7"}
	for _, c := range []struct{ name, datatype, raw string }{
		{"BOOL", "BOOL", "\x00\x01"}, {"UINT8", "UINT8", "\x00\xff"}, {"UINT16", "UINT16", "\x01\x02\xff\xff"}, {"UINT32", "UINT32", "\x01\x02\x03\x04\xff\xff\xff\xff"},
		{"UINT64", "UINT64", "\x01\x02\x03\x04\x05\x06\x07\x08\xff\xff\xff\xff\xff\xff\xff\xff"}, {"INT8", "INT8", "\x80\x7f"}, {"INT16", "INT16", "\x00\x80\x01\x00"},
		{"INT32", "INT32", "\xfe\xff\xff\xff\x01\x00\x00\x00"}, {"INT64", "INT64", "\xfe\xff\xff\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x80"},
		{"FP16", "FP16", "\x00\x3c\x00\x7e"}, {"FP32", "FP32", "\x00\x00\x80\x3f\x00\x00\xc0\x7f"}, {"FP64", "FP64", "\x9a\x99\x99\x99\x99\x99\xb9\xbf\x00\x00\x00\x00\x00\x00\xf0\x7f"},
		{"STRING", "BYTES", "\x05\x00\x00\x00a\x00\xff\"\n\x00\x00\x00\x00"},
	} {
		r.Inputs = append(r.Inputs, &wire.ModelInferRequest_InferInputTensor{Name: c.name, Datatype: c.datatype, Shape: []int64{1, 2}})
		r.RawInputContents = append(r.RawInputContents, []byte(c.raw))
	}
	return r
}

// NVIDIA's server answers the same over both transports, and what was sent comes back.
func TestTritonOverBothTransports(t *testing.T) {
	s, clients := triton(t)
	t.Run("infer", func(t *testing.T) { inferBoth(t, clients) })
	t.Run("JSON", func(t *testing.T) { inferJSON(t, s) })
	t.Run("says", func(t *testing.T) { saysBoth(t, clients) })
	t.Run("errors", func(t *testing.T) { errorsBoth(t, clients) })
}

func inferBoth(t *testing.T, clients map[string]oip.Client) {
	for name, c := range clients {
		r := everything()
		a, err := c.Infer(t.Context(), r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if a.ModelName != "echo" || a.ModelVersion != "1" || a.Id != "7" || len(a.Outputs) != len(r.Inputs) {
			t.Errorf("%s: %v", name, a)
		}
		got := map[string]string{}
		for i, o := range a.Outputs {
			got[o.Name] = fmt.Sprintf("%s %v %q", o.Datatype, o.Shape, a.RawOutputContents[i])
		}
		for i, in := range r.Inputs {
			if want := fmt.Sprintf("%s %v %q", in.Datatype, in.Shape, r.RawInputContents[i]); got["of_"+in.Name] != want {
				t.Errorf("%s: %s came back as %s, want %s", name, in.Name, got["of_"+in.Name], want)
			}
		}
		one := everything()
		one.ModelVersion, one.Outputs = "1", []*wire.ModelInferRequest_InferRequestedOutputTensor{{Name: "of_FP32"}}
		if a, err := c.Infer(t.Context(), one); err != nil || len(a.Outputs) != 1 || string(a.RawOutputContents[0]) != string(one.RawInputContents[10]) {
			t.Errorf("%s, one output: %v, %v", name, a, err)
		}
	}
}

// inferJSON sends plain JSON and reads plain JSON, with our encoder of answers on the same tensors as the yardstick.
func inferJSON(t *testing.T, s *local.Server) {
	const inputs = `[{"name":"FP32","datatype":"FP32","shape":[1,2],"data":[[1.5,-0.1]]},{"name":"INT64","datatype":"INT64","shape":[1,2],"data":[9223372036854775807,-2]},` +
		`{"name":"UINT64","datatype":"UINT64","shape":[1,2],"data":[18446744073709551615,2]},{"name":"BOOL","datatype":"BOOL","shape":[1,2],"data":[true,false]},` +
		`{"name":"STRING","datatype":"BYTES","shape":[1,2],"data":["é\"","x"]}]`
	defer http.DefaultClient.CloseIdleConnections() // the server waits for them when it stops
	ask := func(parameters string) (*http.Response, *wire.ModelInferResponse) {
		answer, err := http.Post(s.HTTP()+"/v2/models/echo/infer", "application/json", strings.NewReader(`{"inputs":`+inputs+parameters+`}`))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		a, err := oip.ReadInferResponse(answer, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return answer, a
	}
	plain, a := ask("")
	binary, b := ask(`,"parameters":{"binary_data_output":true}`)
	if plain.Header.Get(oip.HeaderLength) != "" || binary.Header.Get(oip.HeaderLength) == "" || len(a.Outputs) != 5 {
		t.Errorf("%v and %v", plain.Header, binary.Header)
	}
	if !proto.Equal(a, b) {
		t.Errorf("as JSON: %v\nas binary data: %v", a, b)
	}
}

// saysBoth compares all that a server says of itself.
func saysBoth(t *testing.T, clients map[string]oip.Client) {
	said := map[string][]proto.Message{}
	for name, c := range clients {
		if err := c.Ready(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		add := func(m proto.Message, err error) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			said[name] = append(said[name], known(t, m))
		}
		add(c.Server(t.Context()))
		for _, model := range []string{"echo", "queue"} {
			add(c.Model(t.Context(), model))
			add(c.Config(t.Context(), model))
		}
		all, err := c.Statistics(t.Context(), "")
		add(&wire.ModelStatisticsResponse{ModelStats: all}, err)
		one, err := c.Statistics(t.Context(), "echo")
		add(&wire.ModelStatisticsResponse{ModelStats: one}, err)
		if len(all) != 2 || len(one) != 1 || one[0].InferenceCount < 2 || one[0].GetInferenceStats().GetSuccess().GetNs() == 0 || len(one[0].BatchStats) == 0 {
			t.Errorf("%s: statistics %v", name, all)
		}
	}
	for i, m := range said["gRPC"] {
		if !proto.Equal(m, said["HTTP"][i]) {
			t.Errorf("gRPC: %v\nHTTP: %v", m, said["HTTP"][i])
		}
	}
	if c := said["HTTP"][4].(*wire.ModelConfig); c.GetDynamicBatching().GetDefaultQueuePolicy().GetMaxQueueSize() != 1 || c.MaxBatchSize != 1 {
		t.Errorf("the configuration that was read: %v", c)
	}
}

// known is a message without the fields that vsim does not know, which gRPC keeps.
func known(t *testing.T, m proto.Message) proto.Message {
	t.Helper()
	bytes, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := m.ProtoReflect().New().Interface()
	if err := (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(bytes, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// errorsBoth compares the codes and the words of refusals.
func errorsBoth(t *testing.T, clients map[string]oip.Client) {
	wait := func(ms float32) *wire.ModelInferRequest {
		raw := math.Float32bits(ms)
		return &wire.ModelInferRequest{ModelName: "queue", RawInputContents: [][]byte{{byte(raw), byte(raw >> 8), byte(raw >> 16), byte(raw >> 24)}},
			Inputs: []*wire.ModelInferRequest_InferInputTensor{{Name: "ms", Datatype: "FP32", Shape: []int64{1, 1}}}}
	}
	unknown, shape, name, version := wait(1), wait(1), wait(1), wait(1)
	unknown.ModelName = "nobody"
	shape.Inputs[0].Shape = []int64{1, 1, 1}
	name.Inputs[0].Name = "x"
	version.ModelVersion = "9"
	for _, c := range []struct {
		r    *wire.ModelInferRequest
		code codes.Code
		text string
	}{
		{unknown, codes.NotFound, "unknown model"}, {version, codes.NotFound, "version 9"}, {shape, codes.InvalidArgument, "unexpected shape"},
		{name, codes.InvalidArgument, "input"}, {wait(-1), codes.Internal, "broken image"},
	} {
		for transport, client := range clients {
			if _, err := client.Infer(t.Context(), c.r); status.Code(err) != c.code || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v, want %v with %q", transport, err, c.code, c.text)
			}
		}
	}
	for transport, client := range clients {
		if _, err := client.Model(t.Context(), "nobody"); status.Code(err) != codes.NotFound {
			t.Errorf("%s: %v", transport, err)
		}
		for _, priority := range []*wire.InferParameter{oip.Int64(1), {ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: 1}}} {
			r := wait(1)
			r.Parameters = map[string]*wire.InferParameter{"priority": priority, "timeout": oip.Int64(60e6)}
			if _, err := client.Infer(t.Context(), r); err != nil {
				t.Errorf("%s, priority %v: %v", transport, priority, err)
			}
		}
	}
}

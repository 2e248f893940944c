package oip

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// boolean is a truth value as a parameter.
func boolean(b bool) *wire.InferParameter {
	return &wire.InferParameter{ParameterChoice: &wire.InferParameter_BoolParam{BoolParam: b}}
}

// asked is a request that wants all its outputs as binary data, or as JSON.
func asked(binary bool) *wire.ModelInferRequest {
	return &wire.ModelInferRequest{Parameters: map[string]*wire.InferParameter{binaryOutputs: boolean(binary)}}
}

// post is a request of HTTP with a body whose JSON has a length of its own, unless raw is "".
func post(text, raw string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v2/models/m/infer", strings.NewReader(text+raw))
	if raw != "" {
		r.Header.Set(HeaderLength, fmt.Sprint(len(text)))
	}
	return r
}

// Numbers of all types become the bytes that they are in memory, at the ends of their ranges too, and JSON again.
func TestDataOfAllTypes(t *testing.T) {
	for _, c := range []struct{ datatype, data, raw string }{
		{"BOOL", "[true,false]", "\x01\x00"},
		{"UINT8", "[0,255]", "\x00\xff"},
		{"UINT16", "[1,65535]", "\x01\x00\xff\xff"},
		{"UINT32", "[1,4294967295]", "\x01\x00\x00\x00\xff\xff\xff\xff"},
		{"UINT64", "[1,18446744073709551615]", "\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"},
		{"INT8", "[-128,127]", "\x80\x7f"},
		{"INT16", "[-32768,1]", "\x00\x80\x01\x00"},
		{"INT32", "[-2,2147483647]", "\xfe\xff\xff\xff\xff\xff\xff\x7f"},
		{"INT64", "[-9223372036854775808,1]", "\x00\x00\x00\x00\x00\x00\x00\x80\x01\x00\x00\x00\x00\x00\x00\x00"},
		{"FP32", "[1,-0.1]", "\x00\x00\x80\x3f\xcd\xcc\xcc\xbd"},
		{"FP64", "[1,-0.1]", "\x00\x00\x00\x00\x00\x00\xf0\x3f\x9a\x99\x99\x99\x99\x99\xb9\xbf"},
		{"BYTES", `["é,[",""]`, "\x04\x00\x00\x00é,[\x00\x00\x00\x00"},
	} {
		for _, data := range []string{c.data, "[ [" + strings.Replace(c.data[1:len(c.data)-1], ",", "],\n[", 1) + "]]"} {
			if c.datatype == "BYTES" {
				data = c.data
			}
			raw, err := parseData("x", c.datatype, []int64{2}, []byte(data))
			if err != nil || string(raw) != c.raw {
				t.Errorf("%s %s: %q, %v", c.datatype, data, raw, err)
			}
		}
		if text, err := appendData(nil, "x", c.datatype, []byte(c.raw)); err != nil || string(text) != c.data {
			t.Errorf("%s %q: %s, %v", c.datatype, c.raw, text, err)
		}
	}
}

// What is not a request is refused with a line that says why, and never with another status than 400 and 413.
func TestBrokenRequests(t *testing.T) {
	tensor := func(rest string) string { return `{"inputs":[{"name":"a",` + rest + `}]}` }
	for _, c := range []struct{ text, raw, want string }{
		{"xx", "", "JSON cannot be read"},
		{"{} {}", "", "follows the JSON"},
		{tensor(`"datatype":"FP32","shape":[2],"data":[1]`), "", "4 bytes, but FP32 of shape [2] has 8"},
		{tensor(`"datatype":"FP32","shape":[2],"data":[1,"b"]`), "", "not of datatype FP32"},
		{tensor(`"datatype":"FP32","shape":[1],"data":[1e99]`), "", "not of datatype FP32"},
		{tensor(`"datatype":"FP32","shape":[1],"data":[null]`), "", "not of datatype FP32"},
		{tensor(`"datatype":"UINT8","shape":[1],"data":[256]`), "", "not of datatype UINT8"},
		{tensor(`"datatype":"INT8","shape":[1],"data":[1.5]`), "", "not of datatype INT8"},
		{tensor(`"datatype":"BOOL","shape":[1],"data":[1]`), "", "not of datatype BOOL"},
		{tensor(`"datatype":"BYTES","shape":[1],"data":[1]`), "", "not of datatype BYTES"},
		{tensor(`"datatype":"BYTES","shape":[1],"data":[{"a":1}]`), "", "not of datatype BYTES"},
		{tensor(`"datatype":"FP16","shape":[1],"data":[1]`), "", "send it as binary data"},
		{tensor(`"datatype":"FP99","shape":[1],"data":[1]`), "", "does not know"},
		{tensor(`"datatype":"FP32","shape":[-1],"data":[1]`), "", "negative"},
		{tensor(`"datatype":"FP32","shape":[4294967296,4294967296],"data":[1]`), "", "memory"},
		{tensor(`"datatype":"FP32","shape":[1]`), "", "4"},
		{tensor(`"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}`), "abc", "3 bytes are left"},
		{tensor(`"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}`), "abcde", "1 bytes of the body belong to no tensor"},
		{tensor(`"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":-4}`), "abcd", "number of bytes"},
		{tensor(`"datatype":"FP32","shape":[1],"parameters":{"binary_data_size":"4"}`), "abcd", "number of bytes"},
		{tensor(`"datatype":"FP32","shape":[1],"data":[1],"parameters":{"binary_data_size":4}`), "abcd", "give one"},
		{tensor(`"datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}`), "\x02\x00\x00\x00x", "within element 0"},
		{`{"inputs":[],"parameters":{"x":[1]}}`, "", `parameter "x"`},
	} {
		_, err := ReadInferRequest(post(c.text, c.raw), 1<<20)
		if status.Code(err) != codes.InvalidArgument || HTTPStatus(err) != 400 || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s %q: %v, want %q", c.text, c.raw, err, c.want)
		}
	}
	wrong := post("{}", "x")
	wrong.Header.Set(HeaderLength, "9")
	if _, err := ReadInferRequest(wrong, 1<<20); status.Code(err) != codes.InvalidArgument {
		t.Errorf("JSON that is longer than the body: %v", err)
	}
	for _, claimed := range []int64{-1, 100, 1000} {
		large := post(strings.Repeat(" ", 1000), "")
		large.ContentLength = claimed
		if _, err := ReadInferRequest(large, 999); HTTPStatus(err) != http.StatusRequestEntityTooLarge {
			t.Errorf("1000 bytes with a limit of 999, %d claimed: %v", claimed, err)
		}
	}
}

// Compressed bodies are read as they are decompressed, and so is their limit.
func TestCompressedRequests(t *testing.T) {
	text := `{"inputs":[{"name":"a","datatype":"UINT8","shape":[1],"data":[7]}]}` + strings.Repeat(" ", 1000)
	for encoding, writer := range map[string]func(io.Writer) io.WriteCloser{
		"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
	} {
		var body bytes.Buffer
		w := writer(&body)
		_, _ = io.WriteString(w, text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r := post(body.String(), "")
		r.Header.Set("Content-Encoding", encoding)
		if got, err := ReadInferRequest(r, 4096); err != nil || string(got.RawInputContents[0]) != "\x07" {
			t.Errorf("%s: %v, %v", encoding, got, err)
		}
		bomb := post(body.String(), "")
		bomb.Header.Set("Content-Encoding", encoding)
		if _, err := ReadInferRequest(bomb, 500); HTTPStatus(err) != http.StatusRequestEntityTooLarge {
			t.Errorf("%s over the limit: %v", encoding, err)
		}
	}
}

// Each output comes in the form that the request wants; JSON without a word.
func TestFormsOfOutputs(t *testing.T) {
	a := &wire.ModelInferResponse{ModelName: "m", ModelVersion: "1", Outputs: []*wire.ModelInferResponse_InferOutputTensor{
		{Name: "x", Datatype: "UINT8", Shape: []int64{2}}, {Name: "y", Datatype: "UINT8", Shape: []int64{1}}}, RawOutputContents: [][]byte{{1, 2}, {3}}}
	mixed := asked(true)
	mixed.Outputs = []*wire.ModelInferRequest_InferRequestedOutputTensor{{Name: "x", Parameters: map[string]*wire.InferParameter{binaryData: boolean(false)}}}
	for _, c := range []struct {
		r          *wire.ModelInferRequest
		text, tail string
	}{
		{&wire.ModelInferRequest{}, `"data":[3]`, ""},
		{asked(false), `"data":[3]`, ""},
		{asked(true), `"binary_data_size":1`, "\x01\x02\x03"},
		{mixed, `"data":[1,2]},{"name":"y","datatype":"UINT8","shape":[1],"parameters":{"binary_data_size":1`, "\x03"},
	} {
		w := httptest.NewRecorder()
		body, err := EncodeInferResponse(c.r, a)
		if err != nil {
			t.Fatal(err)
		}
		if err := body.Send(w); err != nil {
			t.Fatal(err)
		}
		got := w.Body.String()
		if !strings.Contains(got, c.text) || string(bytes.Join(body.Raw, nil)) != c.tail || !strings.HasSuffix(got, c.tail) || (w.Header().Get(HeaderLength) != "") != (c.tail != "") {
			t.Errorf("%v: %q with %v, want %q and %q", c.r, got, w.Header(), c.text, c.tail)
		}
	}
	a.Outputs[0].Shape[0] = 3
	if _, err := EncodeInferResponse(asked(true), a); err == nil {
		t.Error("contents that do not fit their shape were written")
	}
	nan := &wire.ModelInferResponse{Outputs: []*wire.ModelInferResponse_InferOutputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{1}}}, RawOutputContents: [][]byte{appendWord(nil, uint64(math.Float32bits(float32(math.NaN()))), 4)}}
	if _, err := EncodeInferResponse(asked(false), nan); err == nil {
		t.Error("NaN was written as JSON")
	}
}

// Metadata, configurations and statistics are valid JSON with whole numbers as numbers, and are read as they were.
func TestJSONOfMessages(t *testing.T) {
	config := &wire.ModelConfig{Name: `a"b`, MaxBatchSize: 8, Input: []*wire.ModelInput{{Name: "x", DataType: wire.DataType_TYPE_FP32, Dims: []int64{3, -1}}},
		SchedulingChoice: &wire.ModelConfig_DynamicBatching{DynamicBatching: &wire.ModelDynamicBatching{PreferredBatchSize: []int32{4}, MaxQueueDelayMicroseconds: 1 << 60,
			PriorityQueuePolicy: map[uint64]*wire.ModelQueuePolicy{1: {MaxQueueSize: 2}, 2: {TimeoutAction: wire.ModelQueuePolicy_DELAY}}}},
		Parameters: map[string]*wire.ModelParameter{"k": {StringValue: "v"}}}
	statistics := &wire.ModelStatisticsResponse{ModelStats: []*wire.ModelStatistics{{Name: "m", InferenceCount: math.MaxUint64,
		InferenceStats: &wire.InferStatistics{Success: &wire.StatisticDuration{Count: 3, Ns: 1 << 62}}, BatchStats: []*wire.InferBatchStatistics{{BatchSize: 8}}}}}
	for _, m := range []proto.Message{config, statistics, &wire.ServerMetadataResponse{Name: "s", Extensions: []string{"a", "b"}}, &wire.ModelMetadataResponse{}} {
		text, again := JSON(m), m.ProtoReflect().New().Interface()
		if err := readJSON(text, again); err != nil || !json.Valid(text) || !proto.Equal(m, again) {
			t.Errorf("%s\nread again (%v): %v", text, err, again)
		}
	}
	if text := string(JSON(statistics)); !strings.Contains(text, `"inference_count":18446744073709551615`) || !strings.Contains(text, `"last_inference":0`) {
		t.Error(text)
	}
	index, err := IndexJSON(&wire.RepositoryIndexResponse{Models: []*wire.RepositoryIndexResponse_ModelIndex{{Name: "m", Version: "1", State: "READY"}}})
	if err != nil || string(index) != `[{"name":"m","version":"1","state":"READY"}]` {
		t.Errorf("%s, %v", index, err)
	}
}

// An error keeps its code and its words on the way from a server to its client.
func TestErrorsGoThrough(t *testing.T) {
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			WriteError(w, status.Error(code, "no \"room\"\n"))
		}))
		err := dial(t, server.URL).Ready(t.Context())
		server.Close()
		want := grpcCode[HTTPStatus(status.Error(code, ""))]
		if want == codes.OK {
			want = codes.Internal
		}
		if _, own := httpStatus[code]; own && code != codes.FailedPrecondition && code != codes.OutOfRange {
			want = code
		}
		if status.Code(err) != want || status.Convert(err).Message() != "no \"room\"\n" {
			t.Errorf("%v came as %v, want %v", code, err, want)
		}
	}
	if err := refusal(502, []byte("<html>proxy")); status.Code(err) != codes.Unavailable || !strings.Contains(err.Error(), "Bad Gateway: <html>proxy") {
		t.Error(err)
	}
}

func dial(t *testing.T, address string) Client {
	t.Helper()
	c, err := Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A server that is not there is Unavailable; a call that was given up says so.
func TestUnreachedServers(t *testing.T) {
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	defer close(hang)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 1)
	c := dial(t, server.URL)
	go func() {
		_, err := c.Model(ctx, "m")
		errs <- err
	}()
	cancel()
	if err := <-errs; status.Code(err) != codes.Canceled {
		t.Errorf("a cancelled call: %v", err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if err := dial(t, gone.URL).Ready(t.Context()); status.Code(err) != codes.Unavailable {
		t.Errorf("nobody listens: %v", err)
	}
}

// A request arrives at a server as it was sent, with its model in the path, and its answer at the client.
func TestInferOverHTTP(t *testing.T) {
	var path string
	var got *wire.ModelInferRequest
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var err error
		path = r.URL.EscapedPath()
		if got, err = ReadInferRequest(r, 1<<20); err != nil {
			WriteError(w, err)
			return
		}
		a := &wire.ModelInferResponse{ModelName: "a b", Id: got.Id, Outputs: []*wire.ModelInferResponse_InferOutputTensor{
			{Name: "o", Datatype: "FP32", Shape: []int64{1}}}, RawOutputContents: got.RawInputContents[:1]}
		body, err := EncodeInferResponse(got, a)
		if err == nil {
			err = body.Send(w)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	r := &wire.ModelInferRequest{ModelName: "a/b", ModelVersion: "2", Id: "i", Parameters: map[string]*wire.InferParameter{"timeout": Int64(5)},
		Inputs:  []*wire.ModelInferRequest_InferInputTensor{{Name: "x", Datatype: "FP32", Shape: []int64{1}}, {Name: "s", Datatype: "BYTES", Shape: []int64{1, 1}}},
		Outputs: []*wire.ModelInferRequest_InferRequestedOutputTensor{{Name: "o"}}, RawInputContents: [][]byte{{0, 0, 0xc0, 0x7f}, AppendBytes(nil, []byte("jpeg"))}}
	before := proto.CloneOf(r)
	a, err := dial(t, server.URL+"/prefix").Infer(t.Context(), r)
	if err != nil || string(a.RawOutputContents[0]) != string(r.RawInputContents[0]) || a.Id != "i" {
		t.Fatalf("%v, %v", a, err)
	}
	if path != "/prefix/v2/models/a%2Fb/versions/2/infer" {
		t.Error(path)
	}
	want := asBinary(r)
	want.ModelName, want.ModelVersion = "", ""
	if !proto.Equal(got, want) || !proto.Equal(r, before) {
		t.Errorf("the server got %v of %v", got, r)
	}
}

func TestAddresses(t *testing.T) {
	for _, address := range []string{"", "localhost", "http://localhost", "ftp://a:1", "grpc://:1", "http://a:b", "http://me:secret@a", "http://me:secret@a:b", "grpc://me:secret@a:1"} {
		if _, err := Dial(address); err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// A password is not shown.
func TestShown(t *testing.T) {
	for address, want := range map[string]string{"http://a:1/x": "http://a:1/x", "http://me:secret@a:1": "http://a:1", "http://me:secret@a:b": "http://a:b",
		"me:secret@a:1": "a:1", "http:/me:secret@a:1": "a:1", "http:///me:secret@a:1": "http://a:1", "http://token@a:1?key=secret": "http://a:1", "": "", "a:1": "a:1"} {
		if got := Shown(address); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Errors keep what is within.
func TestTooLargeIsFound(t *testing.T) {
	if err := fmt.Errorf("infer: %w", tooLarge{7}); !errors.As(err, new(tooLarge)) || HTTPStatus(err) != 413 || status.Code(tooLarge{7}) != codes.ResourceExhausted {
		t.Error(HTTPStatus(err))
	}
}

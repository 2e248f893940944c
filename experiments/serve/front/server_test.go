package front

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// patience is how long a test waits for what should come at once, on however busy a machine.
const patience = 30 * time.Second

// start starts a server of a fake on free ports, which ends with the test.
func start(t testing.TB, f *fake, l Limits) *Server {
	t.Helper()
	s, err := Start(Config{HTTP: ":0", GRPC: ":0", Name: "vsim", Version: "test", Models: []Model{f}, Limits: l})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel() // what a test has left is cut off
		_ = s.Shutdown(ctx)
	})
	return s
}

// addresses are those of both transports.
func (s *Server) addresses() map[string]string {
	return map[string]string{"HTTP": "http://" + s.HTTPAddr().String(), "gRPC": "grpc://" + s.GRPCAddr().String()}
}

func dial(t testing.TB, address string) oip.Client {
	t.Helper()
	c, err := oip.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// both runs a test over each transport.
func both(t *testing.T, l Limits, test func(t *testing.T, f *fake, s *Server, c oip.Client)) {
	for _, transport := range []string{"HTTP", "gRPC"} {
		t.Run(transport, func(t *testing.T) {
			f := newFake(t)
			s := start(t, f, l)
			test(t, f, s, dial(t, s.addresses()[transport]))
		})
	}
}

// until waits for what should come to hold.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

func wantCode(t testing.TB, err error, code codes.Code, texts ...string) {
	t.Helper()
	if status.Code(err) != code {
		t.Errorf("%v: want the code %v", err, code)
	}
	for _, text := range texts {
		if !strings.Contains(fmt.Sprint(err), text) {
			t.Errorf("%v: want %q in it", err, text)
		}
	}
}

func TestQuestions(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		ctx := t.Context()
		if err := c.Ready(ctx); err != nil {
			t.Error(err)
		}
		if m, err := c.Server(ctx); err != nil || m.Name != "vsim" || m.Version != "test" || !slices.Contains(m.Extensions, "binary_tensor_data") {
			t.Error(m, err)
		}
		if m, err := c.Model(ctx, "add"); err != nil || !proto.Equal(m, f.Metadata()) {
			t.Error(m, err)
		}
		if m, err := c.Config(ctx, "add"); err != nil || !proto.Equal(m, f.Config()) {
			t.Error(m, err)
		}
		_, err := c.Model(ctx, "no")
		wantCode(t, err, codes.NotFound, "unknown model: 'no'")
		_, err = c.Config(ctx, "no")
		wantCode(t, err, codes.NotFound, "unknown model: 'no'")
		_, err = c.Statistics(ctx, "no")
		wantCode(t, err, codes.NotFound, "unknown model: 'no'")
		f.unready.Store(true)
		wantCode(t, c.Ready(ctx), codes.Unavailable, "not ready")
		_, err = c.Infer(ctx, request(0, 1, 2))
		wantCode(t, err, codes.Unavailable, "not ready")
	})
}

func TestInferAndStatistics(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		ctx := t.Context()
		r := request(0, 1, 2)
		r.Id = "seven"
		a, err := c.Infer(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		want := &wire.ModelInferResponse{ModelName: "add", ModelVersion: "1", Id: "seven", RawOutputContents: [][]byte{raw(1, 2, 3), raw(0)},
			Outputs: []*wire.ModelInferResponse_InferOutputTensor{{Name: "y", Datatype: "FP32", Shape: []int64{1, 3}}, {Name: "z", Datatype: "FP32", Shape: []int64{1, 1}}}}
		if !proto.Equal(a, want) {
			t.Errorf("answer %v, want %v", a, want)
		}
		r = request(0, 1, 2, 3, 4, 5)
		r.ModelVersion, r.Outputs = "1", []*wire.ModelInferRequest_InferRequestedOutputTensor{{Name: "z"}}
		if a, err = c.Infer(ctx, r); err != nil || len(a.Outputs) != 1 || !bytes.Equal(a.RawOutputContents[0], raw(0, 3)) {
			t.Errorf("answer %v, %v", a, err)
		}
		_, err = c.Infer(ctx, request(0, -1, 2))
		wantCode(t, err, codes.Internal, "broken picture")
		_, err = c.Infer(ctx, request(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14))
		wantCode(t, err, codes.InvalidArgument, `input "x" has 5 images`, "at most 4")
		for _, name := range []string{"", "add"} {
			all, err := c.Statistics(ctx, name)
			if err != nil || len(all) != 1 || !proto.Equal(all[0], f.Statistics()) {
				t.Error(all, err)
			}
			st := all[0]
			if st.InferenceCount != 3 || st.ExecutionCount != 3 || st.InferenceStats.Success.Count != 2 || st.InferenceStats.Fail.Count != 1 ||
				len(st.BatchStats) != 2 || st.BatchStats[1].BatchSize != 2 || st.BatchStats[0].ComputeInfer.Count != 2 {
				t.Error(st)
			}
		}
	})
}

func TestRequestsOfAnUnknownModelOrVersion(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		r := request(0, 1, 2)
		r.ModelName = "no"
		_, err := c.Infer(t.Context(), r)
		wantCode(t, err, codes.NotFound, "unknown model: 'no' is not found")
		r = request(0, 1, 2)
		r.ModelVersion = "2"
		_, err = c.Infer(t.Context(), r)
		wantCode(t, err, codes.NotFound, "unknown model: 'add' version 2 is not found")
	})
}

func TestParametersReachTheModel(t *testing.T) {
	both(t, Limits{}, func(t *testing.T, f *fake, s *Server, c oip.Client) {
		first := held(t, f, c)
		r := request(0, 1, 2)
		r.Parameters = map[string]*wire.InferParameter{"timeout": oip.Int64(1000), "priority": oip.Int64(1)}
		second := make(chan error, 1)
		go func() { _, err := c.Infer(t.Context(), r); second <- err }()
		until(t, "the second waits", func() bool { return f.waits() == 1 })
		time.Sleep(2 * time.Millisecond)
		f.letGo()
		wantCode(t, <-second, codes.Unavailable, "Request timeout expired")
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}

// ask sends a request of HTTP as it is and gives status and body.
func ask(t testing.TB, method, url string, body io.Reader, header ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

const goodJSON = `{"inputs":[{"name":"x","datatype":"FP32","shape":[1,3],"data":[0,1,2]}]}`

func TestPathsOfHTTP(t *testing.T) {
	f := newFake(t)
	base := "http://" + start(t, f, Limits{}).HTTPAddr().String()
	for _, c := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/v2/health/live", "", 200, ""},
		{"HEAD", "/v2/health/ready", "", 200, ""},
		{"GET", "/v2/models/add/ready", "", 200, ""},
		{"GET", "/v2/models/add/versions/1/ready", "", 200, ""},
		{"GET", "/v2/models/add/versions/7/ready", "", 400, "not ready"},
		{"GET", "/v2/models/no/ready", "", 400, "not ready"},
		{"GET", "/v2/models/add/versions/1", "", 200, `"versions":["1"]`},
		{"GET", "/v2/models/add/versions/7/config", "", 404, "version 7"},
		{"GET", "/v2/models/add/versions/1/stats", "", 200, `"inference_count":0`},
		{"GET", "/v2/models/stats", "", 200, `"name":"add"`},
		{"POST", "/v2/repository/index", "", 200, `[{"name":"add","version":"1","state":"READY"}]`},
		{"POST", "/v2/repository/index", `{"ready":true}`, 200, `"READY"`},
		{"POST", "/v2/repository/index", `{"ready":`, 400, "no JSON"},
		{"GET", "/v2/repository/index", "", 405, "Method Not Allowed"},
		{"GET", "/v2/models/add/infer", "", 405, "Method Not Allowed"},
		{"POST", "/v2", "", 405, "Method Not Allowed"},
		{"GET", "/", "", 404, `{"error":`},
		{"GET", "/v2/nothing", "", 404, `{"error":`},
		{"POST", "/v2/models/add/infer", goodJSON, 200, `"data":[1,2,3]`},
		{"POST", "/v2/models/add/versions/1/infer", goodJSON, 200, `"model_version":"1"`},
		{"POST", "/v2/models/add/infer", "", 400, `{"error":`},
		{"POST", "/v2/models/add/infer", "nonsense", 400, "JSON"},
		{"POST", "/v2/models/add/infer", "{}", 400, `wants`},
	} {
		code, text := ask(t, c.method, base+c.path, strings.NewReader(c.body))
		if code != c.status || !strings.Contains(text, c.text) {
			t.Errorf("%s %s %s: %d %s, want %d and %q in it", c.method, c.path, c.body, code, text, c.status, c.text)
		}
	}
	f.unready.Store(true)
	if _, text := ask(t, "POST", base+"/v2/repository/index", nil); !strings.Contains(text, `"LOADING"`) {
		t.Error(text)
	}
	if _, text := ask(t, "POST", base+"/v2/repository/index", strings.NewReader(`{"ready":true}`)); text != "[]" {
		t.Error(text)
	}
}

// squeezed compresses a text.
func squeezed(encoding, text string) []byte {
	b := &bytes.Buffer{}
	w := io.WriteCloser(gzip.NewWriter(b))
	if encoding == "deflate" {
		w = zlib.NewWriter(b)
	}
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.Bytes()
}

func TestCompressedBodies(t *testing.T) {
	base := "http://" + start(t, newFake(t), Limits{Body: 1 << 16}).HTTPAddr().String() + "/v2/models/add/infer"
	bomb := `{"id":"` + strings.Repeat("a", 1<<20) + `"}`
	for _, c := range []struct {
		name, encoding string
		body           []byte
		known, chunked int // status with the length of the body known, and without
	}{
		{"plain", "", []byte(goodJSON), 200, 200},
		{"plain, too long", "", []byte(bomb), 413, 413},
		{"gzip", "gzip", squeezed("gzip", goodJSON), 200, 200},
		{"deflate", "deflate", squeezed("deflate", goodJSON), 200, 200},
		{"gzip bomb", "gzip", squeezed("gzip", bomb), 413, 413},
		{"deflate bomb", "deflate", squeezed("deflate", bomb), 413, 413},
		{"gzip that is none", "gzip", []byte(goodJSON), 400, 400},
		{"deflate that is none", "deflate", []byte(goodJSON), 400, 400},
		{"unknown", "br", []byte(goodJSON), 400, 400},
		{"deflate with a tail", "deflate", append(squeezed("deflate", goodJSON), 'x'), 200, 200},
		{"gzip of empty members", "gzip", bytes.Repeat(squeezed("gzip", ""), 1<<14), 413, 400},
	} {
		for _, known := range []bool{true, false} {
			body, want := io.Reader(bytes.NewReader(c.body)), c.known
			if !known {
				body, want = struct{ io.Reader }{body}, c.chunked
			}
			if code, text := ask(t, "POST", base, body, "Content-Encoding", c.encoding); code != want {
				t.Errorf("%s (length known: %v): %d %.200s, want %d", c.name, known, code, text, want)
			}
		}
	}
}

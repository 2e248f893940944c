package front

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

// newHTTP makes the server of HTTP. Requests end with base.
func (s *Server) newHTTP(base context.Context) *http.Server {
	return &http.Server{
		Handler:           s.timed(s.handler()),
		MaxHeaderBytes:    s.limits.Header,
		ReadHeaderTimeout: s.limits.Read,
		IdleTimeout:       s.limits.Idle,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
}

// handler answers the protocol's paths.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	get := func(path string, answer func(*http.Request) (proto.Message, error)) {
		mux.HandleFunc(path, only(http.MethodGet, func(w http.ResponseWriter, r *http.Request) { say(w, r, answer) }))
	}
	model := func(what string, answer func(m *served) proto.Message) {
		find := func(r *http.Request) (proto.Message, error) {
			m, err := s.find(r.PathValue("model"), r.PathValue("version"))
			if err != nil {
				return nil, err
			}
			return answer(m), nil
		}
		get("/v2/models/{model}"+what, find)
		get("/v2/models/{model}/versions/{version}"+what, find)
	}
	get("/v2", func(*http.Request) (proto.Message, error) { return s.metadata(), nil })
	model("", func(m *served) proto.Message { return m.Metadata() })
	model("/config", func(m *served) proto.Message { return m.Config() })
	statistics := func(r *http.Request) (proto.Message, error) {
		return s.statistics(r.PathValue("model"), r.PathValue("version"))
	}
	get("/v2/models/stats", statistics)
	get("/v2/models/{model}/stats", statistics)
	get("/v2/models/{model}/versions/{version}/stats", statistics)

	mux.HandleFunc("/v2/health/live", only(http.MethodGet, func(http.ResponseWriter, *http.Request) {}))
	mux.HandleFunc("/v2/health/ready", only(http.MethodGet, s.serverReady))
	mux.HandleFunc("/v2/models/{model}/ready", only(http.MethodGet, s.httpModelReady))
	mux.HandleFunc("/v2/models/{model}/versions/{version}/ready", only(http.MethodGet, s.httpModelReady))
	mux.HandleFunc("/v2/models/{model}/infer", only(http.MethodPost, s.httpInfer))
	mux.HandleFunc("/v2/models/{model}/versions/{version}/infer", only(http.MethodPost, s.httpInfer))
	mux.HandleFunc("/v2/repository/index", only(http.MethodPost, s.httpIndex))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		oip.WriteError(w, status.Errorf(codes.NotFound, "nothing is at %.100s", r.URL.Path))
	})
	return mux
}

// only lets one method through.
func only(method string, handle http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || r.Method == http.MethodHead && method == http.MethodGet {
			handle(w, r)
			return
		}
		w.Header().Set("Allow", method)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusMethodNotAllowed)
		_, _ = io.WriteString(w, `{"error":"Method Not Allowed"}`) // who hung up need not know
	}
}

// say answers with a message.
func say(w http.ResponseWriter, r *http.Request, answer func(*http.Request) (proto.Message, error)) {
	m, err := answer(r)
	if err != nil {
		oip.WriteError(w, err)
		return
	}
	_ = (&oip.Body{JSON: oip.JSON(m)}).Send(w) // who hung up need not know
}

func (s *Server) serverReady(w http.ResponseWriter, _ *http.Request) {
	if !s.ready() {
		oip.WriteError(w, status.Error(codes.Unavailable, "Server not ready"))
	}
}

// httpModelReady answers 400 where a model is not ready, as Triton does.
func (s *Server) httpModelReady(w http.ResponseWriter, r *http.Request) {
	if !s.modelReady(r.PathValue("model"), r.PathValue("version")) {
		oip.WriteError(w, status.Error(codes.InvalidArgument, "Model version not ready"))
	}
}

// indexBody is how many bytes the body of a question for the models may have.
const indexBody = 4 << 10

func (s *Server) httpIndex(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Ready bool }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, indexBody)).Decode(&asked); err != nil && err != io.EOF {
		oip.WriteError(w, broken("the body is no JSON such as {\"ready\": true}: %v", err))
		return
	}
	text, err := oip.IndexJSON(s.index(asked.Ready))
	if err != nil {
		oip.WriteError(w, err)
		return
	}
	_ = (&oip.Body{JSON: text}).Send(w) // who hung up need not know
}

// httpInfer answers a request for inference.
func (s *Server) httpInfer(w http.ResponseWriter, r *http.Request) {
	if err := s.gate.enter(); err != nil {
		oip.WriteError(w, err)
		return
	}
	var held int64
	defer func() { s.gate.leave(held) }()
	bytes := s.expected(r)
	if err := s.gate.hold(bytes); err != nil {
		oip.WriteError(w, err)
		return
	}
	held = bytes
	body, err := s.inferred(w, r)
	if err != nil {
		oip.WriteError(w, err)
		return
	}
	_ = body.Send(w) // who hung up need not know
}

// expected is how many bytes a request's body may become: what it says, and the limit where that is not its length in memory.
func (s *Server) expected(r *http.Request) int64 {
	if r.ContentLength < 0 || r.Header.Get("Content-Encoding") != "" {
		return s.limits.Body
	}
	return min(r.ContentLength, s.limits.Body)
}

// inferred reads a request, asks the model, and makes the body of the answer.
func (s *Server) inferred(w http.ResponseWriter, r *http.Request) (*oip.Body, error) {
	sent, err := s.receive(w, r)
	if err != nil {
		return nil, err
	}
	sent.ModelName, sent.ModelVersion = r.PathValue("model"), r.PathValue("version")
	answer, err := s.infer(r.Context(), sent)
	if err != nil {
		return nil, err
	}
	return oip.EncodeInferResponse(sent, answer)
}

// slack is how many bytes more than its limit a body may have when compressed.
const slack = 64 << 10

// receive reads a request's body to its end, without which net/http would not see a client hang up. Time no longer counts then.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (*wire.ModelInferRequest, error) {
	if r.ContentLength <= s.limits.Body { // else net/http must see its own reader, or it would wait for the body before it answers
		r.Body = http.MaxBytesReader(w, r.Body, s.limits.Body+slack)
	}
	sent, err := oip.ReadInferRequest(r, s.limits.Body)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil { // what follows compressed data
		return nil, broken("the body ends early: %v", err)
	}
	return sent, http.NewResponseController(w).SetReadDeadline(time.Time{})
}

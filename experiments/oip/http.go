package oip

import (
	"context"
	"io"
	"math"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// idleConnections is how many connections wait for their next request: one for each client of a load, else clients would dial
// anew for each request.
const idleConnections = 4096

// copyBuffer is how many bytes of a request or an answer are given to the kernel at once.
const copyBuffer = 64 << 10

// httpClient is a Client over HTTP.
type httpClient struct {
	base   *url.URL
	client *http.Client
}

// dialHTTP makes a client of a server's base address. It connects when it is first used, and asks no proxy.
func dialHTTP(base *url.URL) (Client, error) {
	transport := &http.Transport{
		MaxIdleConnsPerHost: idleConnections,
		IdleConnTimeout:     90 * time.Second,
		DisableCompression:  true,
		WriteBufferSize:     copyBuffer,
		ReadBufferSize:      copyBuffer,
	}
	return &httpClient{base, &http.Client{Transport: transport}}, nil
}

func (c *httpClient) Ready(ctx context.Context) error {
	_, _, err := c.do(ctx, http.MethodGet, nil, longestText, "v2", "health", "ready")
	return err
}

func (c *httpClient) Server(ctx context.Context) (*wire.ServerMetadataResponse, error) {
	r := &wire.ServerMetadataResponse{}
	return r, c.get(ctx, r, "v2")
}

func (c *httpClient) Model(ctx context.Context, name string) (*wire.ModelMetadataResponse, error) {
	r := &wire.ModelMetadataResponse{}
	return r, c.get(ctx, r, "v2", "models", name)
}

func (c *httpClient) Config(ctx context.Context, name string) (*wire.ModelConfig, error) {
	r := &wire.ModelConfig{}
	return r, c.get(ctx, r, "v2", "models", name, "config")
}

func (c *httpClient) Statistics(ctx context.Context, name string) ([]*wire.ModelStatistics, error) {
	r := &wire.ModelStatisticsResponse{}
	path := []string{"v2", "models", name, "stats"}
	if name == "" {
		path = []string{"v2", "models", "stats"}
	}
	err := c.get(ctx, r, path...)
	return r.ModelStats, err
}

func (c *httpClient) Infer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	body, err := EncodeInferRequest(asBinary(r))
	if err != nil {
		return nil, err
	}
	path := []string{"v2", "models", r.ModelName}
	if r.ModelVersion != "" {
		path = append(path, "versions", r.ModelVersion)
	}
	text, raw, err := c.do(ctx, http.MethodPost, body, math.MaxInt32, append(path, "infer")...)
	if err != nil {
		return nil, err
	}
	return decodeResponse(text, raw)
}

func (c *httpClient) Close() error {
	c.client.CloseIdleConnections()
	return nil
}

// longestText bounds answers that have no tensors: configurations, and statistics of many models.
const longestText = 16 << 20

// get asks for a message.
func (c *httpClient) get(ctx context.Context, m proto.Message, path ...string) error {
	text, _, err := c.do(ctx, http.MethodGet, nil, longestText, path...)
	if err != nil {
		return err
	}
	return readJSON(text, m)
}

// do asks and gives the two parts of the answer's body, which has limit bytes at most.
func (c *httpClient) do(ctx context.Context, method string, body *Body, limit int64, path ...string) (text, raw []byte, err error) {
	request, err := c.request(ctx, method, body, path)
	if err != nil {
		return nil, nil, status.Error(codes.InvalidArgument, err.Error())
	}
	answer, err := c.client.Do(request)
	if err != nil {
		return nil, nil, unreached(ctx, err)
	}
	defer answer.Body.Close()
	text, raw, err = readBody(answer.Body, answer.Header, answer.ContentLength, limit)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, status.FromContextError(ctx.Err()).Err()
	case err != nil:
		return nil, nil, err
	case answer.StatusCode != http.StatusOK:
		return nil, nil, refusal(answer.StatusCode, text)
	}
	return text, raw, nil
}

func (c *httpClient) request(ctx context.Context, method string, body *Body, path []string) (*http.Request, error) {
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base.JoinPath(path...).String(), nil)
	if err != nil || body == nil {
		return request, err
	}
	body.SetHeader(request.Header)
	request.ContentLength = body.Len()
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(body.Reader()), nil }
	request.Body, err = request.GetBody()
	return request, err
}

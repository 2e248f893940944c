package front

import (
	"context"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // clients may compress
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip/wire"
)

// frame is what a message has beside its tensors, at most.
const frame = 64 << 10

// Windows of flow control: a picture as a tensor, 600 KB, goes through without waiting for the server's leave.
const (
	streamWindow     = 1 << 20
	connectionWindow = 8 << 20
)

// newGRPC makes the server of gRPC.
func (s *Server) newGRPC() *grpc.Server {
	g := grpc.NewServer(
		grpc.MaxRecvMsgSize(int(min(s.limits.Body+frame, math.MaxInt32))),
		grpc.MaxSendMsgSize(math.MaxInt32),
		grpc.MaxHeaderListSize(uint32(s.limits.Header)),
		grpc.MaxConcurrentStreams(uint32(s.limits.Requests+s.limits.Streams)),
		grpc.InitialWindowSize(streamWindow),
		grpc.InitialConnWindowSize(connectionWindow),
		grpc.ConnectionTimeout(s.limits.Read),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.InTapHandle(s.tap),
		grpc.UnaryInterceptor(s.unary),
		grpc.StreamInterceptor(s.stream),
	)
	wire.RegisterGRPCInferenceServiceServer(g, &service{s: s})
	return g
}

// unary keeps a panic to its request.
func (s *Server) unary(ctx context.Context, r any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (a any, err error) {
	defer s.recovered(&err)
	return handle(ctx, r)
}

// stream keeps a panic to its stream.
func (s *Server) stream(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handle grpc.StreamHandler) (err error) {
	defer s.recovered(&err)
	return handle(srv, stream)
}

// recovered turns a panic into an error, as net/http does with its own.
func (s *Server) recovered(err *error) {
	if found := recover(); found != nil {
		s.config.Log.Error("panic in a request over gRPC", "panic", fmt.Sprint(found), "stack", string(debug.Stack()))
		*err = status.Error(codes.Internal, "the server failed in this request")
	}
}

// service answers the protocol's calls.
type service struct {
	wire.UnimplementedGRPCInferenceServiceServer
	s *Server
}

func (g *service) ServerLive(context.Context, *wire.ServerLiveRequest) (*wire.ServerLiveResponse, error) {
	return &wire.ServerLiveResponse{Live: true}, nil
}

func (g *service) ServerReady(context.Context, *wire.ServerReadyRequest) (*wire.ServerReadyResponse, error) {
	return &wire.ServerReadyResponse{Ready: g.s.ready()}, nil
}

func (g *service) ModelReady(_ context.Context, r *wire.ModelReadyRequest) (*wire.ModelReadyResponse, error) {
	return &wire.ModelReadyResponse{Ready: g.s.modelReady(r.Name, r.Version)}, nil
}

func (g *service) ServerMetadata(context.Context, *wire.ServerMetadataRequest) (*wire.ServerMetadataResponse, error) {
	return g.s.metadata(), nil
}

func (g *service) ModelMetadata(_ context.Context, r *wire.ModelMetadataRequest) (*wire.ModelMetadataResponse, error) {
	m, err := g.s.find(r.Name, r.Version)
	if err != nil {
		return nil, err
	}
	return m.Metadata(), nil
}

func (g *service) ModelConfig(_ context.Context, r *wire.ModelConfigRequest) (*wire.ModelConfigResponse, error) {
	m, err := g.s.find(r.Name, r.Version)
	if err != nil {
		return nil, err
	}
	return &wire.ModelConfigResponse{Config: m.Config()}, nil
}

func (g *service) ModelStatistics(_ context.Context, r *wire.ModelStatisticsRequest) (*wire.ModelStatisticsResponse, error) {
	return g.s.statistics(r.Name, r.Version)
}

func (g *service) RepositoryIndex(_ context.Context, r *wire.RepositoryIndexRequest) (*wire.RepositoryIndexResponse, error) {
	return g.s.index(r.Ready), nil
}

func (g *service) ModelInfer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	if err := g.s.begin(ctx); err != nil {
		return nil, err
	}
	var held int64
	defer func() { g.s.gate.leave(held) }()
	bytes := int64(proto.Size(r))
	if err := g.s.gate.hold(bytes); err != nil {
		return nil, err
	}
	held = bytes
	return g.s.infer(ctx, r)
}

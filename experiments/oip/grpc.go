package oip

import (
	"context"
	"math"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"vsim/experiments/oip/wire"
)

// grpcClient is a Client over gRPC.
type grpcClient struct {
	connection *grpc.ClientConn
	service    wire.GRPCInferenceServiceClient
}

// dialGRPC makes a client of "host:port". It connects when it is first used.
func dialGRPC(address string) (Client, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
	if err != nil {
		return nil, err
	}
	return &grpcClient{connection, wire.NewGRPCInferenceServiceClient(connection)}, nil
}

func (c *grpcClient) Ready(ctx context.Context) error {
	r, err := c.service.ServerReady(ctx, &wire.ServerReadyRequest{})
	if err == nil && !r.Ready {
		err = status.Error(codes.Unavailable, "the server is not ready")
	}
	return err
}

func (c *grpcClient) Server(ctx context.Context) (*wire.ServerMetadataResponse, error) {
	return c.service.ServerMetadata(ctx, &wire.ServerMetadataRequest{})
}

func (c *grpcClient) Model(ctx context.Context, name string) (*wire.ModelMetadataResponse, error) {
	return c.service.ModelMetadata(ctx, &wire.ModelMetadataRequest{Name: name})
}

func (c *grpcClient) Config(ctx context.Context, name string) (*wire.ModelConfig, error) {
	r, err := c.service.ModelConfig(ctx, &wire.ModelConfigRequest{Name: name})
	return r.GetConfig(), err
}

func (c *grpcClient) Statistics(ctx context.Context, name string) ([]*wire.ModelStatistics, error) {
	r, err := c.service.ModelStatistics(ctx, &wire.ModelStatisticsRequest{Name: name})
	return r.GetModelStats(), err
}

func (c *grpcClient) Infer(ctx context.Context, r *wire.ModelInferRequest) (*wire.ModelInferResponse, error) {
	return c.service.ModelInfer(ctx, r)
}

func (c *grpcClient) Close() error { return c.connection.Close() }

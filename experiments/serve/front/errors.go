package front

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reasons for which a Model does not serve a request, in Triton's codes and texts.
var (
	// ErrQueueFull is of a request that finds its queue full.
	ErrQueueFull = status.Error(codes.Unavailable, "Exceeds maximum queue size")
	// ErrExpired is of a request whose timeout ran out in the queue.
	ErrExpired = status.Error(codes.Unavailable, "Request timeout expired")
	// ErrCanceled is of a request whose client has hung up.
	ErrCanceled = status.Error(codes.Canceled, "Request cancelled")
	// ErrStopping is of a request that comes, or still waits, while the server ends.
	ErrStopping = status.Error(codes.Unavailable, "Server is stopping, it accepts no new inference requests")
)

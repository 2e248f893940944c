// Package wire is the Open Inference Protocol as gRPC sends it, made from inference.proto.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative --go-grpc_out=. --go-grpc_opt=paths=source_relative inference.proto

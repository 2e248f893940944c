package front

import (
	"compress/zlib"
	"io"

	"google.golang.org/grpc/encoding"
)

// deflate is the compression of gRPC by that name, which clients in C++ and Python have beside gzip.
type deflate struct{}

func init() { encoding.RegisterCompressor(deflate{}) }

// Name is that of the header grpc-encoding.
func (deflate) Name() string { return "deflate" }

// Compress compresses a message.
func (deflate) Compress(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }

// Decompress reads a compressed message.
func (deflate) Decompress(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }

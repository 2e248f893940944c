package oip

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// HeaderLength is the HTTP header that says how many bytes of a body are JSON; tensors follow it (Triton's binary tensor
// data extension). Without it the whole body is JSON.
const HeaderLength = "Inference-Header-Content-Length"

// firstRead is how much is set aside for a body before its first byte, whatever length the peer claims.
const firstRead = 1 << 20

// Body is an HTTP body of the protocol: JSON, and the raw contents of the tensors that it announces.
type Body struct {
	JSON []byte
	Raw  [][]byte
}

// Len is the length of the whole, bytes.
func (b *Body) Len() int64 {
	n := int64(len(b.JSON))
	for _, raw := range b.Raw {
		n += int64(len(raw))
	}
	return n
}

// Reader reads the whole; the tensors are not copied before.
func (b *Body) Reader() io.Reader {
	parts := []io.Reader{bytes.NewReader(b.JSON)}
	for _, raw := range b.Raw {
		parts = append(parts, bytes.NewReader(raw))
	}
	return io.MultiReader(parts...)
}

// SetHeader writes the headers that say what the body is, but for its length.
func (b *Body) SetHeader(h http.Header) {
	if b.Raw == nil {
		h.Set("Content-Type", "application/json")
		return
	}
	h.Set("Content-Type", "application/octet-stream")
	h.Set(HeaderLength, strconv.Itoa(len(b.JSON)))
}

// Send answers a request with the body and status 200.
func (b *Body) Send(w http.ResponseWriter) error {
	b.SetHeader(w.Header())
	w.Header().Set("Content-Length", strconv.FormatInt(b.Len(), 10))
	if _, err := w.Write(b.JSON); err != nil {
		return err
	}
	for _, raw := range b.Raw {
		if _, err := w.Write(raw); err != nil {
			return err
		}
	}
	return nil
}

// tooLarge is a body over its limit.
type tooLarge struct{ limit int64 }

func (e tooLarge) Error() string {
	return fmt.Sprintf("the body has more than %d bytes, which is the limit", e.limit)
}

// GRPCStatus makes status.Code of the error what gRPC says of a message over its limit.
func (e tooLarge) GRPCStatus() *status.Status { return status.New(codes.ResourceExhausted, e.Error()) }

// readBody reads a body of at most limit bytes, as decompressed, and cuts it where its JSON ends. Memory grows as bytes come:
// claimed, the length that the peer gave or -1, only makes the first piece smaller.
func readBody(r io.Reader, h http.Header, claimed, limit int64) (text, raw []byte, err error) {
	if claimed > limit {
		return nil, nil, tooLarge{limit}
	}
	if r, err = decompressed(r, h.Get("Content-Encoding")); err != nil {
		return nil, nil, err
	}
	room := int64(firstRead)
	if claimed >= 0 {
		room = min(room, claimed)
	}
	buffer := bytes.NewBuffer(make([]byte, 0, room+bytes.MinRead)) // ReadFrom wants MinRead bytes free to see the end
	_, err = buffer.ReadFrom(io.LimitReader(r, limit+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil, nil, status.Error(codes.InvalidArgument, "the body did not come to its end within the time that a request may take to be received")
	}
	if err != nil {
		return nil, nil, status.Errorf(codes.InvalidArgument, "the body ends early: %v", err)
	}
	body := buffer.Bytes()
	if int64(len(body)) > limit {
		return nil, nil, tooLarge{limit}
	}
	return cut(body, h.Get(HeaderLength))
}

// cut parts a body's JSON from its tensors.
func cut(body []byte, length string) (text, raw []byte, err error) {
	if length == "" {
		return body, nil, nil
	}
	n, err := strconv.ParseUint(length, 10, 63)
	if err != nil || n > uint64(len(body)) {
		return nil, nil, invalid("header %s is %q in a body of %d bytes: it is the number of bytes of its JSON", HeaderLength, length, len(body))
	}
	return body[:n:n], body[n:], nil
}

func decompressed(r io.Reader, encoding string) (io.Reader, error) {
	var err error
	switch encoding {
	case "", "identity":
		return r, nil
	case "gzip":
		r, err = gzip.NewReader(r)
	case "deflate":
		r, err = zlib.NewReader(r)
	default:
		return nil, invalid("header Content-Encoding is %q: gzip, deflate and identity are known", encoding)
	}
	if err != nil {
		return nil, invalid("the body is not compressed with %s: %v", encoding, err)
	}
	return r, nil
}

// invalid is the error of a message that breaks a rule of the protocol.
func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

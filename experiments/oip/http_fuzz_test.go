package oip

import (
	"bytes"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// fuzzLimit is a small limit of bodies, so that bodies over it are found.
const fuzzLimit = 4096

// bodies are the seeds: JSON and what follows it.
var bodies = []struct{ text, raw string }{
	{`{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2],"data":[[1.5,2]]}],"id":"7"}`, ""},
	{`{"inputs":[{"name":"a","datatype":"FP32","shape":[1,1],"parameters":{"binary_data_size":4}}],"parameters":{"binary_data_output":true}}`, "\x00\x00\x80\x3f"},
	{`{"inputs":[{"name":"s","datatype":"BYTES","shape":[2],"data":["x","\"y,[z]\\"]}],"outputs":[{"name":"o","parameters":{"binary_data":false}}]}`, ""},
	{`{"inputs":[{"name":"s","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}}],"parameters":{"priority":1,"timeout":1000,"q":1.5,"w":"x"}}`, "\x01\x00\x00\x00x"},
	{`{"inputs":[{"name":"b","datatype":"BOOL","shape":[2],"data":[true,false]},{"name":"i","datatype":"INT8","shape":[],"data":-128}]}`, ""},
	{`{"inputs":[{"name":"u","datatype":"UINT64","shape":[1],"data":[18446744073709551615]}],"model_name":"m"}`, ""},
	{`{"inputs":[{"name":"u","datatype":"UINT8","shape":[9223372036854775807,9],"parameters":{"binary_data_size":9223372036854775807}}]}`, "x"},
	{`{"inputs":[{"name":"h","datatype":"FP16","shape":[0],"data":[]}]}`, ""},
	{`{"outputs":[{"name":"o","datatype":"FP64","shape":[1,1],"data":[1e300]}],"model_name":"m","model_version":"1"}`, ""},
	{`[[[[[[`, ""}, {`{"inputs":[null]}`, ""}, {`{"inputs":[{"data":{"a":[1]}}]} 1`, ""}, {``, "x"},
}

// Whatever the bytes, a request is read or refused as invalid or too large; what is read has contents that fit its shapes, and
// comes back the same when it is written and read again.
func FuzzReadInferRequest(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.text+b.raw), strconv.Itoa(len(b.text)))
		f.Add([]byte(b.text+b.raw), "")
	}
	f.Fuzz(func(t *testing.T, body []byte, length string) {
		r := httptest.NewRequest(http.MethodPost, "/v2/models/m/infer", bytes.NewReader(body))
		r.Header.Set(HeaderLength, length)
		read, err := ReadInferRequest(r, fuzzLimit)
		if err != nil {
			if code := status.Code(err); code != codes.InvalidArgument && code != codes.ResourceExhausted {
				t.Fatalf("status %v of %v", code, err)
			}
			return
		}
		if len(body) > fuzzLimit {
			t.Fatalf("a body of %d bytes was read", len(body))
		}
		for i, in := range read.Inputs {
			if err := CheckRaw(in.Name, in.Datatype, in.Shape, read.RawInputContents[i]); err != nil {
				t.Fatal(err)
			}
		}
		written, err := EncodeInferRequest(read)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := decodeRequest(written.JSON, bytes.Join(written.Raw, nil)); err != nil || !proto.Equal(read, again) {
			t.Fatalf("%v\nread again (%v):\n%v", read, err, again)
		}
	})
}

// An answer that is read comes back the same when it is written, in JSON and as binary data.
func FuzzReadInferResponse(f *testing.F) {
	for _, b := range bodies {
		f.Add([]byte(b.text), []byte(b.raw))
	}
	f.Fuzz(func(t *testing.T, text, raw []byte) {
		read, err := decodeResponse(text, raw)
		if err != nil {
			if code := status.Code(err); code != codes.InvalidArgument {
				t.Fatalf("status %v of %v", code, err)
			}
			return
		}
		for _, r := range []*Body{{}, {Raw: [][]byte{}}} {
			request := asked(r.Raw != nil)
			written, err := EncodeInferResponse(request, read)
			if err != nil {
				if r.Raw != nil {
					t.Fatal(err)
				}
				continue // JSON does not have it: NaN, half floats, strings that are no text
			}
			if again, err := decodeResponse(written.JSON, bytes.Join(written.Raw, nil)); err != nil || !proto.Equal(read, again) {
				t.Fatalf("%v\nread again (%v):\n%v", read, err, again)
			}
		}
	})
}

// A body's length that the peer claims costs nothing before the bytes come, nor does a size that a tensor claims.
func TestClaimsCostNothing(t *testing.T) {
	const claimed = 1 << 40
	allocated := testing.Benchmark(func(b *testing.B) {
		for range b.N {
			r := httptest.NewRequest(http.MethodPost, "/", io.LimitReader(bytes.NewReader(make([]byte, 100)), 100))
			r.ContentLength = claimed
			if _, err := ReadInferRequest(r, 2*claimed); err == nil {
				b.Fatal("zeros were read as a request")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 8*firstRead {
		t.Errorf("a claim of %d bytes cost %d", int64(claimed), allocated)
	}
	size := binary.LittleEndian.AppendUint32(nil, 1<<31)
	if _, err := Bytes(size); err == nil {
		t.Error("an element of 2 GiB was found in 4 bytes")
	}
}

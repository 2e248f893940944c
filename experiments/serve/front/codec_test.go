package front

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

func unmarshal(message []byte) (*wire.ModelInferRequest, error) {
	r := &wire.ModelInferRequest{}
	return r, newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(message)}, r)
}

func TestTheCodecReadsWhatGRPCReads(t *testing.T) {
	r := request(0, 1, 2)
	r.Id, r.Parameters = "a", choices{"timeout": oip.Int64(7)}
	b, err := proto.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := unmarshal(b); err != nil || !proto.Equal(got, r) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := unmarshal(b[:len(b)-1]); err == nil {
		t.Error("a message that ends early is read")
	}
}

// allocated is how many bytes something takes from the heap in all.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestRequestsOfManyPartsTakeNoMemory sends megabytes of parts that would each take far more in memory.
func TestRequestsOfManyPartsTakeNoMemory(t *testing.T) {
	const parts = 1 << 20
	shape := protowire.AppendBytes(protowire.AppendTag(nil, fieldShape, protowire.BytesType), bytes.Repeat([]byte{1}, parts))
	for what, message := range map[string][]byte{
		"inputs":     bytes.Repeat([]byte{fieldInputs<<3 | 2, 0}, parts),
		"outputs":    bytes.Repeat([]byte{fieldOutputs<<3 | 2, 0}, parts),
		"contents":   bytes.Repeat([]byte{7<<3 | 2, 0}, parts),
		"dimensions": protowire.AppendBytes(protowire.AppendTag(nil, fieldInputs, protowire.BytesType), shape),
		"parameters of an input": protowire.AppendBytes(protowire.AppendTag(nil, fieldInputs, protowire.BytesType),
			bytes.Repeat([]byte{4<<3 | 2, 0}, parts)),
	} {
		took := allocated(func() {
			_, err := unmarshal(message)
			wantCode(t, err, codes.InvalidArgument)
		})
		if most := uint64(4 * len(message)); took > most {
			t.Errorf("%s: %d bytes on the wire take %d, want at most %d", what, len(message), took, most)
		}
	}
	base := "http://" + start(t, newFake(t), Limits{}).HTTPAddr().String() + "/v2/models/add/infer"
	for what, text := range map[string]string{
		"inputs":     `{"inputs":[` + strings.Repeat("{},", parts) + `{}]}`,
		"outputs":    `{"outputs":[` + strings.Repeat("{},", parts) + `{}]}`,
		"dimensions": `{"inputs":[{"shape":[` + strings.Repeat("1,", parts) + `1]}]}`,
		"lists":      `{"parameters":{"a":[` + strings.Repeat("[],", parts) + `1]}}`,
		"parameters": `{"parameters":{` + strings.Repeat(`"":1,`, parts) + `"":1}}`,
	} {
		took := allocated(func() {
			if code, said := ask(t, "POST", base, strings.NewReader(text)); code != 400 || !strings.Contains(said, "at most") {
				t.Errorf("%s: %d %.200s", what, code, said)
			}
		})
		if most := uint64(8 * len(text)); took > most {
			t.Errorf("%s: %d bytes of JSON take %d, want at most %d", what, len(text), took, most)
		}
	}
}

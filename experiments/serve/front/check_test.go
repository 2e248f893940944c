package front

import (
	"bytes"
	"math"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"vsim/experiments/oip"
	"vsim/experiments/oip/wire"
)

type (
	tensor  = wire.ModelInferRequest_InferInputTensor
	wanted  = wire.ModelInferRequest_InferRequestedOutputTensor
	choices = map[string]*wire.InferParameter
)

func TestBrokenRequestsSayWhatIsBroken(t *testing.T) {
	rules := rulesOf(newFake(t))
	x := func(change func(r *wire.ModelInferRequest)) *wire.ModelInferRequest {
		r := request(0, 1, 2)
		change(r)
		return r
	}
	text := func(s string) *wire.InferParameter {
		return &wire.InferParameter{ParameterChoice: &wire.InferParameter_StringParam{StringParam: s}}
	}
	for _, c := range []struct {
		r     *wire.ModelInferRequest
		texts []string
	}{
		{&wire.ModelInferRequest{}, []string{`input "x" is missing`}},
		{&wire.ModelInferRequest{Inputs: []*tensor{nil}}, []string{`input "" is none of model "add"`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Name = "q" }), []string{`input "q" is none of model "add"`, `["x" "s"]`}},
		{x(func(r *wire.ModelInferRequest) {
			r.Inputs, r.RawInputContents = append(r.Inputs, r.Inputs[0]), append(r.RawInputContents, raw(0, 1, 2))
		}), []string{`input "x" is given twice`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Datatype = "INT32" }), []string{`input "x" has datatype "INT32": it is FP32`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = []int64{3} }), []string{`input "x" has shape [3]: it is [-1 3]`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = []int64{0, 3} }), []string{`has shape [0 3]`, "from 1"}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = []int64{-1, 3} }), []string{`has shape [-1 3]`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = []int64{math.MaxInt64, 3} }), []string{`has 9223372036854775807 images`, "max_batch_size"}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = make([]int64, 1000) }), []string{`[0 0 0 0 0 0 0 0 ...] of 1000 dimensions`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Shape = []int64{2, 3} }), []string{`"x" has 12 bytes`, "24"}},
		{x(func(r *wire.ModelInferRequest) { r.RawInputContents = append(r.RawInputContents, nil) }), []string{"1 inputs but raw contents of 2"}},
		{x(func(r *wire.ModelInferRequest) { r.RawInputContents = nil }), []string{`input "x" has 0 elements in fp32_contents, but shape [1 3]`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Contents = &wire.InferTensorContents{} }), []string{`contents and raw contents`}},
		{x(func(r *wire.ModelInferRequest) {
			r.Inputs = append(r.Inputs, &tensor{Name: "s", Datatype: "BYTES", Shape: []int64{2, 1}})
			r.RawInputContents = append(r.RawInputContents, oip.AppendBytes(oip.AppendBytes(nil, nil), nil))
		}), []string{`input "x" has 1 images and input "s" has 2`}},
		{x(func(r *wire.ModelInferRequest) {
			r.Inputs = append(r.Inputs, &tensor{Name: "s", Datatype: "BYTES", Shape: []int64{1, 1}})
			r.RawInputContents = append(r.RawInputContents, []byte{255, 255, 255, 255, 'a'})
		}), []string{`"s"`, "end within element 0"}},
		{x(func(r *wire.ModelInferRequest) { r.Outputs = []*wanted{{Name: "w"}} }), []string{`output "w" is none of model "add"`, `["y" "z"]`}},
		{x(func(r *wire.ModelInferRequest) { r.Outputs = []*wanted{{Name: "y"}, {Name: "y"}} }), []string{`output "y" is asked for twice`}},
		{x(func(r *wire.ModelInferRequest) {
			r.Outputs = []*wanted{{Name: "y", Parameters: choices{"classification": oip.Int64(3)}}}
		}), []string{"classes"}},
		{x(func(r *wire.ModelInferRequest) {
			r.Outputs = []*wanted{{Name: "y", Parameters: choices{"shared_memory_region": text("a")}}}
		}), []string{`output "y" is in shared memory`}},
		{x(func(r *wire.ModelInferRequest) { r.Inputs[0].Parameters = choices{"shared_memory_region": text("a")} }), []string{`input "x" is in shared memory`}},
		{x(func(r *wire.ModelInferRequest) { r.Parameters = choices{"priority": oip.Int64(-1)} }), []string{`"priority" is -1`}},
		{x(func(r *wire.ModelInferRequest) { r.Parameters = choices{"timeout": text("soon")} }), []string{`"timeout" is "soon"`}},
		{x(func(r *wire.ModelInferRequest) { r.Parameters = choices{"timeout": {}} }), []string{`"timeout" is something else`}},
		{x(func(r *wire.ModelInferRequest) { r.Parameters = choices{"timeout": oip.Int64(math.MaxInt64)} }), []string{`microseconds, at most 9223372036854775`}},
	} {
		_, err := rules.check(c.r, time.Now())
		wantCode(t, err, codes.InvalidArgument, c.texts...)
	}
}

func TestInputsStandInTheModelsOrder(t *testing.T) {
	r := request(0, 1, 2)
	r.Inputs = append([]*tensor{{Name: "s", Datatype: "BYTES", Shape: []int64{1, 1}}}, r.Inputs...)
	r.RawInputContents = [][]byte{oip.AppendBytes(nil, []byte("word")), r.RawInputContents[0]}
	checked, err := rulesOf(newFake(t)).check(r, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := promised(checked); err != nil {
		t.Error(err)
	}
}

func TestPriorityAndTimeoutInAllForms(t *testing.T) {
	rules := rulesOf(newFake(t))
	uint64s := func(n uint64) *wire.InferParameter {
		return &wire.InferParameter{ParameterChoice: &wire.InferParameter_Uint64Param{Uint64Param: n}}
	}
	for _, c := range []struct {
		priority *wire.InferParameter
		want     uint64
	}{
		{nil, 0}, {oip.Int64(0), 0}, {oip.Int64(1), 1}, {uint64s(2), 2}, {uint64s(3), 0}, {uint64s(math.MaxUint64), 0},
		{&wire.InferParameter{ParameterChoice: &wire.InferParameter_StringParam{StringParam: "2"}}, 2},
	} {
		r := request(0, 1, 2)
		r.Parameters = choices{"timeout": oip.Int64(1500)}
		if c.priority != nil {
			r.Parameters["priority"] = c.priority
		}
		checked, err := rules.check(r, time.Now())
		if err != nil || checked.Priority != c.want || checked.Timeout != 1500*time.Microsecond {
			t.Errorf("%v: priority %d, timeout %v, %v", c.priority, checked.Priority, checked.Timeout, err)
		}
	}
}

func TestTypedContentsAreRawContents(t *testing.T) {
	two := []int64{1, 2}
	for _, c := range []struct {
		datatype string
		contents *wire.InferTensorContents
		want     []byte
	}{
		{"BOOL", &wire.InferTensorContents{BoolContents: []bool{true, false}}, []byte{1, 0}},
		{"INT8", &wire.InferTensorContents{IntContents: []int32{-128, 127}}, []byte{0x80, 0x7f}},
		{"INT16", &wire.InferTensorContents{IntContents: []int32{-2, 258}}, []byte{0xfe, 0xff, 2, 1}},
		{"INT32", &wire.InferTensorContents{IntContents: []int32{math.MinInt32, math.MaxInt32}}, []byte{0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0x7f}},
		{"INT64", &wire.InferTensorContents{Int64Contents: []int64{-1, 1}}, []byte{255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0, 0, 0, 0}},
		{"UINT8", &wire.InferTensorContents{UintContents: []uint32{255, 1}}, []byte{255, 1}},
		{"UINT16", &wire.InferTensorContents{UintContents: []uint32{0x1234, 1}}, []byte{0x34, 0x12, 1, 0}},
		{"UINT32", &wire.InferTensorContents{UintContents: []uint32{math.MaxUint32, 0}}, []byte{255, 255, 255, 255, 0, 0, 0, 0}},
		{"UINT64", &wire.InferTensorContents{Uint64Contents: []uint64{math.MaxUint64, 0}}, []byte{255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"FP32", &wire.InferTensorContents{Fp32Contents: []float32{1, -2}}, []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0}},
		{"FP64", &wire.InferTensorContents{Fp64Contents: []float64{1, -2}}, []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}},
		{"BYTES", &wire.InferTensorContents{BytesContents: [][]byte{[]byte("a"), {}}}, []byte{1, 0, 0, 0, 'a', 0, 0, 0, 0}},
	} {
		got, err := typed(&tensor{Name: "t", Datatype: c.datatype, Shape: two, Contents: c.contents})
		if err != nil || !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.datatype, got, err, c.want)
		}
		if err := oip.CheckRaw("t", c.datatype, two, got); err != nil {
			t.Error(err)
		}
		_, err = typed(&tensor{Name: "t", Datatype: c.datatype, Shape: []int64{3}, Contents: c.contents})
		wantCode(t, err, codes.InvalidArgument, `input "t" has 2 elements in`, "shape [3]")
	}
	for datatype, contents := range map[string]*wire.InferTensorContents{
		"INT8":   {IntContents: []int32{128, 0}},
		"INT16":  {IntContents: []int32{-32769, 0}},
		"UINT8":  {UintContents: []uint32{256, 0}},
		"UINT16": {UintContents: []uint32{65536, 0}},
		"FP16":   {},
	} {
		_, err := typed(&tensor{Name: "t", Datatype: datatype, Shape: two, Contents: contents})
		wantCode(t, err, codes.InvalidArgument, `"t"`, datatype)
	}
}

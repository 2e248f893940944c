package model

import (
	"encoding/binary"
	"math"
	"strconv"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a decoded protobuf message: the values of each field in order, numbers as uint64, the rest as []byte.
type message map[protowire.Number][]any

const small = "deit-tiny" // the smallest weight file

func decode(t *testing.T, b []byte) message {
	t.Helper()
	m := message{}
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		b = b[n:]
		var v any
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var u uint32
			u, n = protowire.ConsumeFixed32(b)
			v = uint64(u)
		case protowire.BytesType:
			v, n = protowire.ConsumeBytes(b)
		default:
			t.Fatalf("field %d: wire type %d is not used by this encoder", field, kind)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		m[field] = append(m[field], v)
		b = b[n:]
	}
	return m
}

func (m message) text(field protowire.Number) string { return string(m[field][0].([]byte)) }

func (m message) texts(field protowire.Number) (out []string) {
	for _, v := range m[field] {
		out = append(out, string(v.([]byte)))
	}
	return out
}

func (m message) children(t *testing.T, field protowire.Number) (out []message) {
	t.Helper()
	for _, v := range m[field] {
		out = append(out, decode(t, v.([]byte)))
	}
	return out
}

func (m message) dims() (out []int) {
	for _, v := range m[1] {
		out = append(out, int(v.(uint64)))
	}
	return out
}

func graphOf(t *testing.T, name string) message {
	t.Helper()
	i, err := find(name)
	if err != nil {
		t.Fatal(err)
	}
	m := decode(t, entries[i].build(entries[i].input).encode(name, "w", false))
	opset := m.children(t, 8)
	if m[1][0] != uint64(irVersion) || len(opset) != 1 || opset[0][2][0] != uint64(opsetVersion) {
		t.Fatalf("%s: IR version %v, opsets %v", name, m[1], opset)
	}
	return m.children(t, 7)[0]
}

// absent tells whether an operator's input is one that it may lack and lacks: Resize's region.
func absent(node message, at int) bool {
	return node.text(4) == "Resize" && at == 1 && node.texts(1)[at] == ""
}

// Every value is made once and before it is used, and only the input comes from outside.
func TestGraphsAreInOrder(t *testing.T) {
	for _, s := range Catalogue() {
		g := graphOf(t, s.Name)
		made := map[string]bool{}
		define := func(name string) {
			if name == "" || made[name] {
				t.Errorf("%s: value %q is made twice or has no name", s.Name, name)
			}
			made[name] = true
		}
		for _, in := range g.children(t, 11) {
			define(in.text(1))
		}
		if len(made) != 1 || !made[InputName] {
			t.Errorf("%s: inputs %v", s.Name, made)
		}
		for _, w := range g.children(t, 5) {
			define(w.text(8))
		}
		for _, n := range g.children(t, 1) {
			for at, in := range n.texts(1) {
				if !made[in] && !absent(n, at) {
					t.Errorf("%s: %s reads %q before it is made", s.Name, n.text(3), in)
				}
			}
			for _, out := range n.texts(2) {
				define(out)
			}
		}
		if out := g.children(t, 12); len(out) != 1 || out[0].text(1) != s.Task.OutputName() || !made[s.Task.OutputName()] {
			t.Errorf("%s: outputs %v", s.Name, out)
		}
	}
}

// Every tensor lies in the weight file, and what the file holds is what the parameter count says.
func TestWeightsAreWhereTheGraphSays(t *testing.T) {
	// Parameters that the inference graph does not hold as such. Each convolution with BatchNorm has one bias instead
	// of gamma and beta (beside: as many less as such convolutions have channels); ViTs add class token and first
	// position before; TinyViT expands (window²) biases to window⁴; Depth Anything has more positions in training, a token
	// for masked patches and a residual unit that never runs. YOLOv8n fused has 3151904, as Ultralytics says, of which
	// the 16 of the expectation are fixed. FaceNet and SSDLite have convolutions with and without BatchNorm: here are the
	// channels of those with it, part by part.
	absent := map[string]int64{
		"deit-base": 768, "deit-small": 384, "deit-tiny": 192, "vit-base": 768,
		"tinyvit-5m":           -(2*4*(49*49-49) + 6*5*(196*196-196) + 2*10*(49*49-49)),
		"segformer-b0":         256,
		"depth-anything-small": (37*37-16*16)*384 + 384 + 384 + 2*(9*64+1)*64,
		"yolov8n":              3157200 - 3151904 + 16,
		"facenet":              656 + 5*6*32 + 1024 + 10*4*128 + 1920 + 6*4*192 + 512,
		"facenet-small":        656/2 + 2*6*16 + 1024/2 + 4*4*64 + 1920/2 + 3*4*96 + 128,
		"ssdlite320":           16 + 9064 + 480 + (1024 + 512 + 512 + 256) + 2*(672+480+512+256+256+128),
		"ssdlite-small":        16 + 6864 + 384 + (768 + 384 + 384 + 192) + 2*(504+384+384+192+192+96),
	}
	allWithBatchNorm := map[string]bool{"resnet50": true, "mobilenetv2": true, "tinyvit-5m": true}
	for i, s := range Catalogue() {
		g := graphOf(t, s.Name)
		layout := entries[i].build(entries[i].input).weights
		_, sizeBytes := layout.offsets()
		dims := map[string][]int{}
		taken := map[int64]bool{}
		var held int64
		for _, w := range g.children(t, 5) {
			dims[w.text(8)] = w.dims()
			if len(w[14]) == 0 {
				continue
			}
			entry := map[string]string{}
			for _, e := range w.children(t, 13) {
				entry[e.text(1)] = e.text(2)
			}
			offset, _ := strconv.ParseInt(entry["offset"], 10, 64)
			length, _ := strconv.ParseInt(entry["length"], 10, 64)
			if entry["location"] != "w" || length != 4*product(w.dims()) || offset%pageBytes != 0 || offset+length > sizeBytes {
				t.Errorf("%s: %s %v lies at %v of %d bytes", s.Name, w.text(8), w.dims(), entry, sizeBytes)
			}
			if taken[offset] {
				t.Errorf("%s: %s begins where another tensor does", s.Name, w.text(8))
			}
			taken[offset] = true
			held += product(w.dims())
		}
		want := s.Params - absent[s.Name]
		for _, n := range g.children(t, 1) {
			if in := n.texts(1); n.text(4) == "Conv" && allWithBatchNorm[s.Name] {
				want -= int64(dims[in[2]][0])
			}
		}
		if held != want {
			t.Errorf("%s: the graph holds %d weights, %d expected of %d parameters", s.Name, held, want, s.Params)
		}
	}
}

// The batch axis has a name instead of a size.
func TestBatchAxisIsFree(t *testing.T) {
	for _, s := range Catalogue() {
		g := graphOf(t, s.Name)
		for field, want := range map[protowire.Number][]int{11: s.InputShape[:], 12: s.Output} {
			tensorType := g.children(t, field)[0].children(t, 2)[0].children(t, 1)[0]
			axes := tensorType.children(t, 2)[0].children(t, 1)
			if len(axes) != 1+len(want) || axes[0].text(2) != "N" {
				t.Fatalf("%s: axes %v", s.Name, axes)
			}
			for i, d := range want {
				if axes[1+i][1][0] != uint64(d) {
					t.Errorf("%s: axis %d is %v, want %d", s.Name, 1+i, axes[1+i][1], d)
				}
			}
		}
	}
}

// The values follow the distribution, and none is so small that arithmetic on it is slow.
func TestWeightsFollowTheirDistribution(t *testing.T) {
	files, err := ONNX(small, 3)
	if err != nil {
		t.Fatal(err)
	}
	b := files.WeightsBytes()
	i, _ := find(small)
	layout := entries[i].build(entries[i].input).weights
	starts, _ := layout.offsets()
	for i, block := range layout.blocks {
		var sum, squares float64
		for j := range block.floats {
			v := math.Float32frombits(binary.LittleEndian.Uint32(b[starts[i]+4*j:]))
			if !(math.Abs(float64(v)) > 1e-12 && math.Abs(float64(v)) < 10) {
				t.Fatalf("%v: value %g", block, v)
			}
			d := float64(v) - float64(block.draw.mean)
			sum, squares = sum+d, squares+d*d
		}
		n, std := float64(block.floats), float64(block.draw.std)
		// Four standard errors: of the mean std/√n; of the mean square, a uniform's kurtosis being 1.8, std²·√(0.8/n).
		if mean := sum / n; math.Abs(mean) > 4*std/math.Sqrt(n) {
			t.Errorf("%v: mean is off by %g", block, mean)
		}
		if ratio := squares / n / (std * std); math.Abs(ratio-1) > 4*math.Sqrt(0.8/n) {
			t.Errorf("%v: variance is %g of the wanted", block, ratio)
		}
	}
}

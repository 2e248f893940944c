package triton

import (
	"fmt"
	"maps"
	"slices"

	"vsim/sim/scenario"
)

// elementBytes are the sizes of data types; a string has none of its own.
var elementBytes = map[dataType]float64{
	"TYPE_BOOL": 1, "TYPE_UINT8": 1, "TYPE_UINT16": 2, "TYPE_UINT32": 4, "TYPE_UINT64": 8,
	"TYPE_INT8": 1, "TYPE_INT16": 2, "TYPE_INT32": 4, "TYPE_INT64": 8,
	"TYPE_FP16": 2, "TYPE_BF16": 2, "TYPE_FP32": 4, "TYPE_FP64": 8,
}

// maxTensorBytes is the most that the tensors of one request may have together.
const maxTensorBytes = 1 << 40

// bytes is the size of a request's tensor, 0 where the configuration leaves it open.
func (t *tensor) bytes() float64 {
	size := elementBytes[t.DataType]
	for _, d := range t.Dims {
		if d < 1 {
			return 0
		}
		size = min(size*float64(d), 2*maxTensorBytes) // which is too much, and no sum overflows
	}
	return size
}

// flow is where the tensors of all visits come from and go to.
type flow struct {
	onGPU  map[string]bool // tensors that a GPU's instances write
	toHost map[string]bool // tensors that leave the GPU: answers, and what instances on the CPU take
}

func (im *importer) flowOf(c *modelConfig, visits []*visit, placements map[*modelConfig]*placement) *flow {
	f := &flow{onGPU: map[string]bool{}, toHost: map[string]bool{}}
	for i := range c.Output {
		f.toHost[c.Output[i].Name] = true
	}
	for _, v := range visits {
		for _, t := range v.out {
			f.onGPU[t] = placements[v.config].onGPU > 0
		}
		for _, t := range v.in {
			f.toHost[t] = f.toHost[t] || placements[v.config].onGPU == 0
		}
	}
	return f
}

// transfers are the bytes of a request that cross the link to a visit's GPU and from it. What one step
// leaves on the GPU the next takes there, as Triton allocates the tensors between them
// (EnsembleContext::ResponseAlloc, ensemble_scheduler.cc).
func (im *importer) transfers(v *visit, f *flow) (h2d, d2h scenario.Bytes) {
	h2d = im.sum(v, "input", v.in, v.config.Input, func(t string) bool { return !f.onGPU[t] })
	d2h = im.sum(v, "output", v.out, v.config.Output, func(t string) bool { return f.toHost[t] })
	return h2d, d2h
}

// sum adds up the tensors that cross the link. A warning names what has no fixed size.
func (im *importer) sum(v *visit, field string, m map[string]string, tensors []tensor, crosses func(string) bool) (total scenario.Bytes) {
	listed := map[string]*tensor{}
	for i := range tensors {
		listed[tensors[i].Name] = &tensors[i]
	}
	var open, unlisted []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !crosses(m[name]) {
			continue
		}
		t := listed[name]
		switch {
		case t != nil && t.bytes() > 0:
			total += scenario.Bytes(t.bytes())
		case field == "input" && im.image > 0:
			total += im.image
		case t == nil:
			unlisted = append(unlisted, name)
		default:
			open = append(open, name)
		}
	}
	im.unknownSize(v, field, unlisted, nil, "listed")
	if len(open) > 0 {
		im.unknownSize(v, field, open, listed[open[0]], "fixed")
	}
	if len(m) == 0 {
		im.warn(v.config.fault(field, nil, "left out", "its transfer: no "+field+" is listed"))
	}
	if total > maxTensorBytes {
		im.fault(v.config.fault(field, nil, "a request's tensors have more than 1 TiB", "check dims"))
		return 0
	}
	return total
}

// unknownSize warns once of all tensors that have no size for the same reason; t is the first of them, where it is
// listed.
func (im *importer) unknownSize(v *visit, field string, names []string, t *tensor, why string) {
	if len(names) == 0 {
		return
	}
	of := quote(names[0])
	if more := len(names) - 1; more > 0 {
		of += fmt.Sprintf(", and of %d more", more)
	}
	remedy := "its transfer: the size of " + of + " is not " + why
	if len(names) > 1 {
		remedy = "their transfer: the size of " + of + ", is not " + why
	}
	if field == "input" {
		remedy += "; --image SIZE gives that of a JPEG"
	}
	if t == nil {
		im.warn(v.config.fault(field, nil, "left out", remedy))
		return
	}
	var dims any
	if t.lines["dims"] > 0 {
		dims = t.Dims
	}
	im.warn(t.fault("dims", dims, "left out", remedy))
}

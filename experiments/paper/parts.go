package paper

import (
	"math"

	"vsim/sim"
)

// part is where a request's time goes.
type part int

// Preprocessing is all that is done to an image before inference: parsing and decoding, resizing, and bringing to the GPU what is
// preprocessed, the compressed image with GPU preprocessing and the tensor with CPU preprocessing (staged from pageable memory).
// Its last part, the transfers, is told apart in plots. The rest is the server's own work on a request, and the way of answers back.
const (
	preparing part = iota
	bringing
	inferring
	queueing
	resting
)

// partNames are in the order of the parts.
var partNames = []string{"preprocessing", "transfer to the GPU", "inference", "queue", "rest"}

// partOf says which part a step is of.
var partOf = map[string]part{
	"dispatch": preparing, "forward": preparing, "huffman": preparing, "decode": preparing, "resize": preparing,
	"copy": bringing, "staging": bringing, "h2d": bringing, "reload": bringing,
	"launch": inferring, "infer": inferring,
	"receive": resting, "handoff": resting, "d2h": resting, "post": resting,
}

// shares are the parts of the mean latency; they add up to 1.
func shares(p *sim.Prediction) [5]sim.Estimate {
	var out [5]sim.Estimate
	for i := range p.Stages {
		st := &p.Stages[i]
		out[queueing] = sum(out[queueing], st.Queue.Share)
		for k := range st.Steps {
			of, known := partOf[st.Steps[k].Name]
			if !known {
				of = resting
			}
			out[of] = sum(out[of], st.Steps[k].Share)
		}
	}
	return out
}

// preprocessingShare is the part of latency that is preprocessing, with its transfers.
func preprocessingShare(p *sim.Prediction) sim.Estimate {
	s := shares(p)
	return sum(s[preparing], s[bringing])
}

// notInference is the part of latency that is not inference.
func notInference(p *sim.Prediction) sim.Estimate {
	s := shares(p)[inferring]
	return sim.Estimate{Value: 1 - s.Value, Low: 1 - s.High, High: 1 - s.Low}
}

// sum adds estimates, the errors of their ends in squares.
func sum(a, b sim.Estimate) sim.Estimate {
	half := math.Hypot((a.High-a.Low)/2, (b.High-b.Low)/2)
	return sim.Estimate{Value: a.Value + b.Value, Low: a.Value + b.Value - half, High: a.Value + b.Value + half}
}

package paper

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"vsim/sim"
)

const (
	manyFaces    = 25
	paperCrosses = 9 // faces at which Redis overtakes a fused process in the paper (11d)
)

// faceCounts are the faces of a frame for which figure 11 is drawn: one by one where the paper has the ways cross.
var faceCounts = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, manyFaces}

// link11 is what stands between the two models.
type link11 struct {
	name, file string
	served     []sim.Estimate  // frames/s for each of faceCounts
	idle       *sim.Prediction // with a single client and manyFaces
}

// figure11 compares Kafka, Redis and a fused process between a detector of faces and what identifies each.
func figure11(ctx context.Context, lab *Lab) (*Sheet, error) {
	ways := []*link11{{name: "Kafka", file: "fig11-kafka.toml"}, {name: "Redis", file: "fig11-redis.toml"}, {name: "fused", file: "fig11-fused.toml"}}
	tax, err := predictLinks(ctx, lab, ways)
	if err != nil {
		return nil, err
	}
	kafka, redis, fused := ways[0], ways[1], ways[2]
	last := len(faceCounts) - 1
	from := overtakes(redis.served, fused.served)
	few, at := fusedAtWorst(ways)
	return &Sheet{
		Table: figure11Table(ways),
		Plots: []Plot{figure11Throughput(ways), figure11Shares(ways)},
		Outcomes: []Outcome{
			{ID: "11a", Quantities: []Quantity{Gain("Redis over Kafka, throughput", 125, RatioOf(redis.served[last], kafka.served[last]))}, Why: "64 frames in flight, 25 faces in each"},
			{ID: "11b", Quantities: []Quantity{Gain("Redis over Kafka, latency of an idle system", -67, RatioOf(redis.idle.LatencyS.Mean, kafka.idle.LatencyS.Mean))}, Why: "one frame at a time, 25 faces in each"},
			{ID: "11c", Quantities: []Quantity{
				Near("share of Kafka", "1", 0.71, sending(kafka.idle)),
				Near("share of Redis", "1", 0.06, sending(redis.idle)),
			}, Why: "the part of the time during which the producer, which sends one face at a time, waits for the broker; send_latency of both scenarios is fitted to these"},
			{ID: "11d", Quantities: []Quantity{
				Near("faces from which Redis serves more than fused", "faces", paperCrosses, exactly(from)),
				More(fmt.Sprintf("fused over the better broker with fewer than %d faces, least at %d", paperCrosses, at), few),
			}, Why: "Redis must serve more from there on up to 25 faces; fused must be best with every number below the paper's"},
			{ID: "11e", Quantities: []Quantity{
				Near("share of Kafka", "1", 0.359, tax.Brokers[0].Share),
				Near("share of both models", "1", 0.60, stepShare(tax, "detect", "identify")),
			}, Why: "one face in an idle system; that system's own times and its load are not published"},
		},
		Notes: []string{crossing(from, redis.served, fused.served)},
	}, nil
}

// predictLinks fills in what is known of the ways, and predicts the system with inference on the CPU.
func predictLinks(ctx context.Context, lab *Lab, ways []*link11) (tax *sim.Prediction, err error) {
	points := []Point{At("fig11-aitax.toml")}
	for _, w := range ways {
		points = append(points, At(w.file, "workload.concurrency=1"))
		for _, faces := range faceCounts {
			points = append(points, At(w.file, fmt.Sprintf("stage.identify.copies=%d", faces)))
		}
	}
	p, err := lab.Predict(ctx, points...)
	if err != nil {
		return nil, err
	}
	tax, p = p[0], p[1:]
	for _, w := range ways {
		w.idle, p = p[0], p[1:]
		for range faceCounts {
			w.served, p = append(w.served, p[0].ThroughputRPS), p[1:]
		}
	}
	return tax, nil
}

// sending is the part of an idle system's time during which the broker has messages of the frame that are not acknowledged: its
// producer, which sends one at a time, is busy. It is none without a broker.
func sending(p *sim.Prediction) sim.Estimate {
	for i := range p.Stages {
		if st := &p.Stages[i]; st.Name == "identify produce" {
			return st.Utilization
		}
	}
	return sim.Estimate{}
}

// stepShare is the part of an idle system's latency that steps of these names take on an idle resource.
func stepShare(p *sim.Prediction, names ...string) (share sim.Estimate) {
	for i := range p.Stages {
		for k := range p.Stages[i].Steps {
			if s := &p.Stages[i].Steps[k]; slices.Contains(names, s.Name) {
				share = sum(share, RatioOf(s.AloneS, p.LatencyS.Mean))
			}
		}
	}
	return share
}

// overtakes is the number of faces from which on a serves more than b, NaN where it does not with the most faces.
func overtakes(a, b []sim.Estimate) float64 {
	from := math.NaN()
	for i, faces := range slices.Backward(faceCounts) {
		if a[i].Low <= b[i].High {
			return from
		}
		from = float64(faces)
	}
	return from
}

// fusedAtWorst is what the fused process serves over the better broker where that is least, with fewer faces than in the paper's
// crossing, and at how many faces.
func fusedAtWorst(ways []*link11) (worst sim.Estimate, at int) {
	kafka, redis, fused := ways[0].served, ways[1].served, ways[2].served
	for i, faces := range faceCounts {
		if faces >= paperCrosses {
			break
		}
		better := kafka[i]
		if redis[i].Value > better.Value {
			better = redis[i]
		}
		if r := RatioOf(fused[i], better); at == 0 || r.Value < worst.Value {
			worst, at = r, faces
		}
	}
	return worst, at
}

// crossing says in words where Redis overtakes.
func crossing(from float64, redis, fused []sim.Estimate) string {
	last := len(faceCounts) - 1
	where := fmt.Sprintf("from %.0f faces on", from)
	switch {
	case math.IsNaN(from):
		where = "with no number up to 25 for good"
	case from == 1:
		where = "whatever the number of faces"
	}
	return fmt.Sprintf("Redis serves more than the fused process %s. With 1 face they serve %.1f and %.1f frames/s, with 25 faces %.1f and %.1f. "+
		"The fused process loses the time in which it decodes and cuts, as its GPU then waits, and gains the calls of the identifier that a broker brings, as faces come to it one by one and go in several batches.",
		where, redis[0].Value, fused[0].Value, redis[last].Value, fused[last].Value)
}

func figure11Table(ways []*link11) Table {
	t := Table{Columns: []string{"between", "faces", "throughput_rps", "low_rps", "high_rps", "idle_latency_ms"}}
	for _, w := range ways {
		for i, faces := range faceCounts {
			latency := math.NaN() // of manyFaces alone
			if faces == manyFaces {
				latency = 1e3 * w.idle.LatencyS.Mean.Value
			}
			t.Add(w.name, strconv.Itoa(faces), w.served[i].Value, w.served[i].Low, w.served[i].High, latency)
		}
	}
	return t
}

func figure11Throughput(ways []*link11) Plot {
	plot := Plot{Name: "fig11-throughput", Title: "Detecting and identifying faces", X: "faces in a frame", Y: "throughput, frames/s", Kind: Lines}
	for _, w := range ways {
		s := series(w.name)
		for i, faces := range faceCounts {
			s.at(float64(faces), w.served[i])
		}
		plot.Series = append(plot.Series, s.Series)
	}
	return plot
}

// figure11Shares has where an idle system's time goes. What is left are faces that are cut out and identified after the last was sent.
func figure11Shares(ways []*link11) Plot {
	decode, detect, broker, rest := series("decoding"), series("detection, with its transfer"), series("broker"), series("identification and rest")
	plot := Plot{Name: "fig11-latency", Title: "Latency of an idle system, 25 faces in a frame", X: "between the models", Y: "share of latency", Kind: Stacked}
	for _, w := range ways {
		plot.Categories = append(plot.Categories, w.name)
		parts := []sim.Estimate{stepShare(w.idle, "decode"), stepShare(w.idle, "h2d", "detect"), sending(w.idle)}
		left := 1.0
		for i, s := range []*growing{decode, detect, broker} {
			s.add(parts[i])
			left -= parts[i].Value
		}
		rest.add(exactly(left))
	}
	for _, s := range []*growing{decode, detect, broker, rest} {
		plot.Series = append(plot.Series, s.Series)
	}
	return plot
}

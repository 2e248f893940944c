package calibrate

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"strings"
	"text/template"
)

// LoadModel is a server under load as a scenario describes it. A request passes the front end, which takes it the
// longer the more others are there; then it queues for the instances, whose batches are copied in, each for itself,
// and inferred on a GPU that they share. All times are seconds.
type LoadModel struct {
	Server Server
	Images int          // of a request, which no batch splits
	Front  []FrontPoint // ascending
	Loads  []LoadPoint  // ascending
	Nodes  []Node       // ascending; between them copies and factors are straight lines in log-log
	Static shape        // of inference; empty where no table tells it
	Times  Spread       // of the instance's times; none while the means are found
}

// LoadPoint is what the front end does at a load; between them, straight in log-log.
type LoadPoint struct {
	Size   float64 // clients, or requests a second
	Spread float64 // coefficient of variation of a request's time in the front end
	Client float64 // part of a client's cycle that passes between an answer and the next request
}

// FrontPoint is the mean time in the front end of one of so many requests that are there.
type FrontPoint struct {
	Requests float64
	TimeS    float64
}

// Node is what a batch takes under load.
type Node struct {
	Batch   float64 // images
	InputS  float64 // an image
	Slow    float64 // factor of inference alone on the GPU, as the static table has it; or 1 s where it does not tell
	OutputS float64 // an image
}

// shape is how long inference takes alone, by batch size.
type shape struct {
	batches []float64
	seconds []float64
}

// newShape is that of a static table whose rows all tell what the model takes, else empty: of a whole round trip
// most is transport.
func newShape(static []StaticRow) (s shape) {
	for _, row := range static {
		if row.InferS == 0 {
			return shape{}
		}
		s.batches, s.seconds = append(s.batches, float64(row.Batch)), append(s.seconds, row.InferS)
	}
	return s
}

// at is linear between the rows and goes straight on beyond the last; 1 where the shape is empty.
func (s *shape) at(batch float64) float64 {
	n := len(s.batches)
	if n == 0 {
		return 1
	}
	i := 1
	for i < n-1 && s.batches[i] < batch {
		i++
	}
	if n == 1 || batch <= s.batches[0] {
		return s.seconds[0]
	}
	slope := (s.seconds[i] - s.seconds[i-1]) / (s.batches[i] - s.batches[i-1])
	return max(s.seconds[i-1]+slope*(batch-s.batches[i-1]), s.seconds[0])
}

// between is a straight line in log-log through two of n points, flat beyond the first and the last.
func between(n int, point func(i int) (x, y float64), x float64) float64 {
	x0, y0 := point(0)
	for i := 1; i < n && x > x0; i++ {
		x1, y1 := point(i)
		if x <= x1 {
			return y0 * math.Pow(y1/y0, math.Log(x/x0)/math.Log(x1/x0))
		}
		x0, y0 = x1, y1
	}
	return y0
}

func (m *LoadModel) frontS(requests float64) float64 {
	return between(len(m.Front), func(i int) (x, y float64) { return m.Front[i].Requests, m.Front[i].TimeS }, requests)
}

func (m *LoadModel) atLoad(load OnlineRow, of func(p LoadPoint) float64) float64 {
	return between(len(m.Loads), func(i int) (x, y float64) { return m.Loads[i].Size, of(m.Loads[i]) }, load.size())
}

func (m *LoadModel) spread(load OnlineRow) float64 {
	return m.atLoad(load, func(p LoadPoint) float64 { return p.Spread })
}

func (m *LoadModel) client(load OnlineRow) float64 {
	return m.atLoad(load, func(p LoadPoint) float64 { return p.Client })
}

func (m *LoadModel) node(batch int, of func(n Node) float64) float64 {
	return between(len(m.Nodes), func(i int) (x, y float64) { return m.Nodes[i].Batch, of(m.Nodes[i]) }, float64(batch))
}

// inferS is how long inference of a batch takes alone on the GPU. Between nodes it is midway, in logarithms, from the
// static table's shape to a line in log-log; beyond them it grows as the root of the static table's time. One node has the
// static table's shape. Without a shape it is straight through the nodes, a part for every batch and one for each image.
func (m *LoadModel) inferS(batch int) float64 {
	b := float64(batch)
	switch n := len(m.Nodes); {
	case n == 1:
		return m.Nodes[0].Slow * m.Static.at(b)
	case len(m.Static.batches) == 0:
		return m.affineS(b)
	}
	return math.Sqrt(m.Static.at(b)) * m.node(batch, func(n Node) float64 { return n.Slow * math.Sqrt(m.Static.at(n.Batch)) })
}

// affineS goes straight through two of several nodes and on beyond them, but never falls faster than the batch.
func (m *LoadModel) affineS(batch float64) float64 {
	i := 1
	for i < len(m.Nodes)-1 && m.Nodes[i].Batch < batch {
		i++
	}
	a, b := m.Nodes[i-1], m.Nodes[i]
	slope := max((b.Slow-a.Slow)/(b.Batch-a.Batch), 0)
	return max(a.Slow+slope*(batch-a.Batch), m.Nodes[0].Slow*min(batch/m.Nodes[0].Batch, 1))
}

func (m *LoadModel) point(batch int) Point {
	b := float64(batch)
	return Point{
		Batch:   batch,
		InputS:  b * m.node(batch, func(n Node) float64 { return n.InputS }),
		InferS:  m.inferS(batch),
		OutputS: b * m.node(batch, func(n Node) float64 { return n.OutputS }),
	}
}

//go:embed load.toml.tmpl
var loadText string

var loadTemplate = template.Must(template.New("load").Funcs(template.FuncMap{
	"quote": quote, "list": list,
}).Parse(loadText))

// Scenario writes the model in the scenario language, with the load of a row. name and about, one line or more of
// what it was made from, are for people.
func (m *LoadModel) Scenario(name, about string, load OnlineRow) []byte {
	alone := m.frontS(1)
	var neighbours []int
	var factors []string
	for n, most := 1, max(load.Concurrency, 256); n <= most; n = max(n+1, n*5/4) {
		neighbours = append(neighbours, n)
		factors = append(factors, fmt.Sprintf("%.4f", m.frontS(float64(n+1))/alone))
	}
	var batches []int
	var input, infer, output []string
	for _, b := range sizes(m.Server.MaxBatch) {
		p := m.point(b)
		batches = append(batches, b)
		input, infer, output = append(input, duration(p.InputS)), append(infer, duration(p.InferS)), append(output, duration(p.OutputS))
	}
	var out bytes.Buffer
	err := loadTemplate.Execute(&out, map[string]any{
		"Name": name, "About": strings.Split(strings.TrimSpace(about), "\n"), "Load": load, "Images": m.Images, "Server": m.Server,
		"MaxQueueDelay": duration(m.Server.MaxQueueDelay.Seconds()), "Front": duration(alone), "Spread": fmt.Sprintf("%.3f", m.spread(load)),
		"Neighbours": neighbours, "Factors": factors, "Batches": batches, "Input": input, "Infer": infer, "Output": output, "Times": m.Times,
	})
	if err != nil {
		panic(err) // the template fits the model, whatever the numbers
	}
	return out.Bytes()
}

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
	Front  []FrontPoint // ascending
	Spread float64      // coefficient of variation of a request's time in the front end
	Client float64      // part of the time in the front end that passes between an answer and the next request
	Nodes  []Node       // ascending; between them factors are straight lines in log-log
	Static shape        // of inference
	Times  Spread       // of the instance's times; none while the means are found
}

// FrontPoint is the mean time in the front end of one of so many requests that are there.
type FrontPoint struct {
	Requests float64
	TimeS    float64
}

// Node is what a batch takes under load.
type Node struct {
	Batch   float64
	InputS  float64 // an image
	Slow    float64 // factor of the static table's inference, alone on the GPU
	OutputS float64 // an image
}

// shape is how long inference takes alone, by batch size: a static table's, or as long for every batch where there
// is none, so that the nodes tell all.
type shape struct {
	batches []float64
	seconds []float64
}

func newShape(static []StaticRow) shape {
	var s shape
	for _, row := range static {
		infer := row.InferS
		if infer == 0 {
			infer = row.AvgS
		}
		s.batches, s.seconds = append(s.batches, float64(row.Batch)), append(s.seconds, infer)
	}
	if len(static) == 0 {
		return shape{[]float64{1}, []float64{1e-3}}
	}
	return s
}

// at is linear between the rows and goes straight on beyond the last.
func (s *shape) at(batch float64) float64 {
	n := len(s.batches)
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

func (m *LoadModel) node(batch int, of func(n Node) float64) float64 {
	return between(len(m.Nodes), func(i int) (x, y float64) { return m.Nodes[i].Batch, of(m.Nodes[i]) }, float64(batch))
}

func (m *LoadModel) point(batch int) Point {
	b := float64(batch)
	return Point{
		Batch:   batch,
		InputS:  b * m.node(batch, func(n Node) float64 { return n.InputS }),
		InferS:  m.Static.at(b) * m.node(batch, func(n Node) float64 { return n.Slow }),
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
	for b := 1; ; b = min(max(b+1, b*5/4), m.Server.MaxBatch) {
		p := m.point(b)
		batches = append(batches, b)
		input, infer, output = append(input, duration(p.InputS)), append(infer, duration(p.InferS)), append(output, duration(p.OutputS))
		if b >= m.Server.MaxBatch {
			break
		}
	}
	var out bytes.Buffer
	err := loadTemplate.Execute(&out, map[string]any{
		"Name": name, "About": strings.Split(strings.TrimSpace(about), "\n"), "Load": load, "Server": m.Server,
		"MaxQueueDelay": duration(m.Server.MaxQueueDelay.Seconds()), "Front": duration(alone), "Spread": fmt.Sprintf("%.3f", m.Spread),
		"Neighbours": neighbours, "Factors": factors, "Batches": batches, "Input": input, "Infer": infer, "Output": output, "Times": m.Times,
	})
	if err != nil {
		panic(err) // the template fits the model, whatever the numbers
	}
	return out.Bytes()
}

package calibrate

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"slices"
	"strings"
	"text/template"
)

// PlainModel is a server of which throughput and one figure of the latency are known. A request passes the front end
// and queues for an instance, whose batch takes longer the more other instances compute. Times are seconds.
type PlainModel struct {
	FrontS  float64   // mean time of a request in client, network and front end
	FrontCV float64   // its coefficient of variation
	Batches []float64 // images; ascending
	TimesS  []float64 // of such a batch alone on the GPU
	Times   Spread    // of the instance's times
	Shares  [2]Share  // of the smallest and of the largest batch; between them straight in the logarithm of the batch
	Closed  bool      // see Server
	From    string    // where Shares are from, for people

	Preferred      []int
	MaxQueueDelayS float64
}

// Share is how much longer than alone a batch of so many images takes beside each other instance that computes, as a
// part of its time: 1 where they take turns on the GPU, 0 where they do not disturb each other.
type Share struct {
	Batch  float64
	Excess float64
}

// timeS is linear between the known batches, flat below them, and goes straight on beyond.
func (m *PlainModel) timeS(batch float64) float64 {
	s := shape{m.Batches, m.TimesS}
	return s.at(batch)
}

// neighbours are as many as there ever are: up to them a share counts for each.
const neighbours = MaxInstances - 1

// slow is a slow-down as the scenario language has it.
type slow struct {
	Batch       int
	Two, Factor string // beside one other, and beside as many as there are
}

// slows are those at the known batches, and at the smallest and the largest that may run.
func (m *PlainModel) slows(maxBatch int) (out []slow) {
	for _, known := range []float64{1, m.Shares[0].Batch, m.Shares[1].Batch, float64(maxBatch)} {
		batch := min(max(int(math.Round(known)), 1), maxBatch)
		if excess := m.excess(float64(batch)); len(out) == 0 || out[len(out)-1].Batch < batch {
			out = append(out, slow{batch, fmt.Sprintf("%.4g", 1+excess), fmt.Sprintf("%.6g", 1+neighbours*excess)})
		}
	}
	return out
}

// excess is a batch's share.
func (m *PlainModel) excess(batch float64) float64 {
	a, b := m.Shares[0], m.Shares[1]
	if b.Batch <= a.Batch {
		return a.Excess
	}
	at := math.Log(max(batch, 1)/a.Batch) / math.Log(b.Batch/a.Batch)
	return a.Excess + (b.Excess-a.Excess)*min(max(at, 0), 1)
}

//go:embed plain.toml.tmpl
var plainText string

var plainTemplate = template.Must(template.New("plain").Funcs(template.FuncMap{
	"quote": quote, "list": list,
}).Parse(plainText))

// Scenario writes the model in the scenario language, run as a setup with so many clients. name and about, one line
// or more of what it was made from, are for people.
func (m *PlainModel) Scenario(name, about string, s *Setup, clients int) []byte {
	batches := sizes(s.MaxBatch)
	var means []string
	for _, known := range m.Batches { // exactly as fitted
		if b := int(known); float64(b) == known && b <= s.MaxBatch && !slices.Contains(batches, b) {
			batches = append(batches, b)
		}
	}
	slices.Sort(batches)
	for _, b := range batches {
		means = append(means, duration(m.timeS(float64(b))))
	}
	var out bytes.Buffer
	err := plainTemplate.Execute(&out, map[string]any{
		"Name": name, "About": strings.Split(strings.TrimSpace(about), "\n"), "Clients": clients, "Setup": s,
		"Sharing": m.From, "Neighbours": neighbours, "Slow": m.slows(s.MaxBatch),
		"Front": duration(max(m.FrontS, least)), "FrontCV": fmt.Sprintf("%.3f", m.FrontCV), "Times": m.Times, "CV": fmt.Sprintf("%.3g", m.Times.CV),
		"MaxQueueDelay": duration(m.MaxQueueDelayS), "Preferred": m.Preferred, "Closed": m.Closed, "Batches": batches, "Means": means,
	})
	if err != nil {
		panic(err) // the template fits the model, whatever the numbers
	}
	return out.Bytes()
}

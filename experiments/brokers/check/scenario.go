package check

import (
	"bytes"
	_ "embed"
	"text/template"

	"vsim/sim/scenario"
)

// The scenario of a case. Its times are those of a profile of the CPU and of brokers.
//
//go:embed case.toml.tmpl
var caseText string

var caseTemplate = template.Must(template.New("case").Parse(caseText))

// pipeline is what all cases have in common.
type pipeline struct {
	Detector, Identifier string // models
	Frame, Face          string // sets of pictures
	Detectors            int
	Identifiers          int
	MaxBatch             int
	MessageBytes         int
	Cores                int
}

// text is the scenario of a case.
func (p *pipeline) text(c *Case) []byte {
	var b bytes.Buffer
	err := caseTemplate.Execute(&b, struct {
		*pipeline
		*Case
		Fused bool
	}{p, c, c.Kind == Fused})
	if err != nil {
		panic(err) // the template is embedded
	}
	return b.Bytes()
}

// scenario reads the scenario of a case.
func (p *pipeline) scenario(c *Case) (*scenario.Scenario, error) {
	return scenario.Parse(c.slug()+".toml", p.text(c), scenario.Options{})
}

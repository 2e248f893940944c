package calibrate

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/template"

	"vsim/sim/scenario"
)

//go:embed scenario.toml.tmpl
var scenarioText string

var scenarioTemplate = template.Must(template.New("scenario").Funcs(template.FuncMap{
	"quote": quote, "list": list,
}).Parse(scenarioText))

// least is the shortest time of a stage, in seconds.
const least = 1e-9

// Scenario writes the model in the scenario language, with as many clients as the last of its anchors. name
// and about, one line or more of what it was made from, are for people.
func (m *Model) Scenario(name, about string, anchors []OnlineRow) []byte {
	var clients []int
	for _, a := range anchors {
		clients = append(clients, a.Concurrency)
	}
	var batches []int
	var input, infer, output []string
	for _, p := range m.Points {
		batches = append(batches, p.Batch)
		input, infer, output = append(input, duration(p.InputS)), append(infer, duration(p.InferS)), append(output, duration(p.OutputS))
	}
	var out bytes.Buffer
	err := scenarioTemplate.Execute(&out, map[string]any{
		"Name": name, "About": strings.Split(strings.TrimSpace(about), "\n"), "Anchors": clients, "Clients": clients[len(clients)-1],
		"MaxBatch": m.Server.MaxBatch, "Preferred": m.Server.Preferred, "MaxQueueDelay": duration(m.Server.MaxQueueDelay.Seconds()),
		"Frontend": duration(m.FrontendS), "Path": duration(max(m.PathS, least)), "Respond": duration(max(m.RespondS, least)),
		"Batches": batches, "Input": input, "Infer": infer, "Output": output, "Spread": m.Spread,
	})
	if err != nil {
		panic(err) // the template fits the model, whatever the numbers
	}
	return out.Bytes()
}

// duration writes seconds as a quoted time of the scenario language, in whole nanoseconds.
func duration(seconds float64) string {
	d := scenario.Duration(math.Round(1e9 * seconds))
	text, err := d.MarshalText()
	if err != nil {
		panic(err)
	}
	return strconv.Quote(string(text))
}

func quote(text string) string { return strconv.Quote(text) }

// list writes a TOML list.
func list(items any) string { return strings.ReplaceAll(fmt.Sprint(items), " ", ", ") }

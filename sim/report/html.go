package report

import (
	"fmt"
	"io"
	"strings"

	"vsim/sim/predict"
	"vsim/sim/report/page"
)

// HTML writes the prediction as a web page in one file, which needs neither network nor script. The same prediction
// gives the same bytes: how long it took is not on it.
func HTML(w io.Writer, p *predict.Prediction, title string) error { return Page(p, title).Write(w) }

// Page is the prediction as a page, to which others may add.
func Page(p *predict.Prediction, title string) *page.Page {
	out := &page.Page{Title: title, Kind: "vsim simulate", About: about(p, title), Lead: answer(p), Facts: facts(p), Warnings: p.Warnings, Foot: foot(p)}
	add := func(title string, parts ...page.Part) {
		if len(parts) > 0 {
			out.Sections = append(out.Sections, page.Section{Title: title, Parts: parts})
		}
	}
	add("Throughput and latency", performance(p)...)
	add("Where the time goes", whereTimeGoes(p)...)
	add("What is busy", whatIsBusy(p)...)
	add("What would help", whatHelps(p)...)
	add("Energy and price", append(energyTable(p), sentences(func(w io.Writer) { price(w, p.Price) })...)...)
	add("Assumptions", assumptions(p)...)
	return out
}

// about is what was simulated: the machine, whose name the title has said, and the load, which are the first two notes.
func about(p *predict.Prediction, title string) string {
	return strings.TrimPrefix(strings.Join(p.Notes[:min(len(p.Notes), 2)], " "), title+": ")
}

func performance(p *predict.Prediction) (parts []page.Part) {
	if pictures := latencyPictures(p); pictures != nil {
		parts = append(parts, pictures)
	}
	if pictures := clockPictures(p); pictures != nil {
		parts = append(parts, pictures)
	}
	parts = append(parts, headlineTable(p))
	parts = append(parts, sentences(func(w io.Writer) { widths(w, p.PI) })...)
	if len(p.Classes) > 0 {
		parts = append(parts, classesTable(p))
	}
	return append(parts, sentences(func(w io.Writer) { losses(w, p) })...)
}

func whereTimeGoes(p *predict.Prediction) []page.Part {
	stages := seen(p.Stages)
	parts := []page.Part{page.Text(verdict(p)), stagesPicture(p, stages), stagesTable(stages)}
	for i := range p.Brokers {
		parts = append(parts, page.Text(overBroker(&p.Brokers[i])))
	}
	if hidden := len(p.Stages) - len(stages); hidden > 0 {
		parts = append(parts, page.Text(fmt.Sprintf("Stages that take no time are left out (%d); they are in --json.", hidden)))
	}
	return parts
}

func whatIsBusy(p *predict.Prediction) []page.Part {
	resources := listed(p)
	parts := []page.Part{page.Text(bottleneck(p, resources))}
	if pictures := historyPictures(p); pictures != nil {
		parts = append(parts, pictures)
	}
	if len(resources) > 0 {
		parts = append(parts, resourcesTable(resources))
	}
	return parts
}

func assumptions(p *predict.Prediction) (parts []page.Part) {
	if len(p.Notes) > 0 {
		parts = append(parts, page.List(p.Notes))
	}
	if p.Scenario != "" {
		parts = append(parts, page.Folded{Title: "The scenario, defaults and overrides written out", Part: page.Code(p.Scenario)})
	}
	return parts
}

// sentences are the lines that somebody writes, as paragraphs.
func sentences(write func(w io.Writer)) (parts []page.Part) {
	var b strings.Builder
	write(&b)
	for line := range strings.Lines(b.String()) {
		if line = strings.TrimSpace(line); line != "" {
			parts = append(parts, page.Text(line))
		}
	}
	return parts
}

// foot says how the prediction was made.
func foot(p *predict.Prediction) []string {
	r := &p.Run
	made := fmt.Sprintf("%s events, %s requests, %s simulated; %d replications, seed %d.", count(float64(r.Events)), count(float64(r.Requests)), span(r.SimS), r.Replications, r.Seed)
	out := []string{"Intervals are of 95 % confidence: where the mean over very many runs lies. What one live run will show varies more.", made}
	if r.Scenario != "" {
		out = append(out, "Scenario "+r.Scenario)
	}
	if r.Profile != "" {
		out = append(out, "Profile "+r.Profile)
	}
	return out
}

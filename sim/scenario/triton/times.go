package triton

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vsim/sim/scenario"
)

// Kinds of devices that a time may be of.
const (
	anyKind = ""
	cpuKind = "cpu"
	gpuKind = "gpu"
)

// timeOf is what a time given on the command line is of.
type timeOf struct {
	model string // "" for those without one of their own
	kind  string
}

// given is a time as written on the command line.
type given struct {
	text string
	*scenario.Distribution
}

// times are inference times given on the command line.
type times map[timeOf]given

// parseTimes reads "TIME", for every model, "NAME=TIME", "@cpu=TIME" and "NAME@cpu=TIME".
func parseTimes(list []string) (times, error) {
	t := times{}
	for _, text := range list {
		of, expression, err := parseTimeOf(text)
		if err != nil {
			return nil, scenario.BadInput("--times", "%q: %s", text, err)
		}
		d, err := parseTime(expression)
		if err != nil {
			return nil, scenario.BadInput("--times", "%q: %s", text, err)
		}
		if first, twice := t[of]; twice {
			return nil, scenario.BadInput("--times", "%q: %q is of the same instances; keep one of them", text, first.text)
		}
		t[of] = given{text, d}
	}
	return t, nil
}

// parseTimeOf parts "NAME@KIND" and the time behind "=".
func parseTimeOf(text string) (of timeOf, expression string, err error) {
	name, expression, named := strings.Cut(text, "=")
	if !named {
		return of, text, nil
	}
	of.model = strings.TrimSpace(name)
	if at := strings.LastIndexByte(of.model, '@'); at >= 0 {
		of.model, of.kind = strings.TrimSpace(of.model[:at]), strings.TrimSpace(of.model[at+1:])
		if of.kind != cpuKind && of.kind != gpuKind {
			return of, "", fmt.Errorf("after @ stands %q; write @cpu or @gpu", of.kind)
		}
	}
	return of, expression, nil
}

// parseTime reads a sum, "2ms + 0.05ms/image", or a table by batch size, "1:2ms,8:5ms".
func parseTime(expression string) (*scenario.Distribution, error) {
	if strings.Contains(expression, ":") {
		return parseTable(expression)
	}
	return parseSum(expression)
}

// parseSum reads a fixed part, one for every image in the batch, or both.
func parseSum(expression string) (*scenario.Distribution, error) {
	d := &scenario.Distribution{Dist: "constant"}
	given := map[bool]bool{} // the fixed part, and that of each image
	for term := range strings.SplitSeq(expression, "+") {
		span, perImage := strings.CutSuffix(strings.TrimSpace(term), "image")
		span = strings.TrimSpace(span)
		if perImage {
			span, perImage = strings.CutSuffix(span, "/")
		}
		x, err := parseSpan(span)
		into := &d.Mean
		if perImage {
			into = &d.PerImage
		}
		switch {
		case err != nil:
			return nil, err
		case given[perImage]:
			return nil, errors.New("has two parts of a kind; write one fixed part and one for each image")
		}
		*into, given[perImage] = x, true
	}
	return d, nil
}

// parseTable reads times by batch size.
func parseTable(expression string) (*scenario.Distribution, error) {
	type row struct {
		batch int
		mean  scenario.Duration
	}
	var rows []row
	for entry := range strings.SplitSeq(expression, ",") {
		size, span, _ := strings.Cut(entry, ":")
		batch, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil || batch < 1 || batch > maxBatchSize {
			return nil, fmt.Errorf("%q is no batch size and time; write for example 1:2ms,8:5ms", strings.TrimSpace(entry))
		}
		mean, err := parseSpan(span)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{batch, mean})
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.batch, b.batch) })
	d := &scenario.Distribution{Dist: "table"}
	for i, r := range rows {
		if i > 0 && r.batch == rows[i-1].batch {
			return nil, fmt.Errorf("has batch size %d twice", r.batch)
		}
		d.Batches, d.Means = append(d.Batches, r.batch), append(d.Means, r.mean)
	}
	return d, nil
}

func parseSpan(text string) (scenario.Duration, error) {
	text = strings.TrimSpace(text)
	x, err := scenario.ParseDuration(text)
	switch {
	case err != nil || x < 0:
		return 0, fmt.Errorf("%q is no time; write for example 2ms + 0.05ms/image, or 1:2ms,8:5ms", text)
	case x > time.Hour:
		return 0, fmt.Errorf("%q is longer than an hour", text)
	}
	return scenario.Duration(x), nil
}

// find is the time of a model on a kind of device: the nearest one that was given.
func (t times) find(model, kind string) (given, timeOf, bool) {
	for _, of := range []timeOf{{model, kind}, {model, anyKind}, {"", kind}, {"", anyKind}} {
		if g, ok := t[of]; ok {
			return g, of, true
		}
	}
	return given{}, timeOf{}, false
}

// service is the time of a model's inference: as given, or whatever the profile has of it.
func (im *importer) service(model, kind string, threads int) (scenario.Service, string) {
	if g, _, ok := im.times.find(model, kind); ok {
		return scenario.Service{Distribution: *g.Distribution}, "that of --times"
	}
	return scenario.Service{ProfileStage: "infer", Model: model, Threads: threads}, "what the profile of its resource has of this model; vsim import triton --times writes it here"
}

// timed checks that the times of a model fit its instances and batches.
func (im *importer) timed(c *modelConfig, p *placement, b *batching) {
	for _, kind := range []string{cpuKind, gpuKind} {
		n := map[string]int{cpuKind: p.onCPU, gpuKind: p.onGPU}[kind]
		if _, named := im.times[timeOf{c.Name, kind}]; named && n == 0 {
			im.fault(scenario.Fault{File: "--times", Key: c.Name + "@" + kind, Rule: "the model has no instances there", Remedy: "its instance_group says where they are"})
		}
		g, _, ok := im.times.find(c.Name, kind)
		if n == 0 || !ok || g.Dist != "table" {
			continue
		}
		if first, last := g.Batches[0], g.Batches[len(g.Batches)-1]; first > 1 || last < b.maxBatch {
			im.fault(scenario.Fault{File: "--times", Key: g.text, Rule: fmt.Sprintf("batches of %q are of 1 to %d", c.Name, b.maxBatch), Remedy: "give the first and the last of them a time, too"})
		}
	}
	if p.onCPU == 0 || p.onGPU == 0 {
		return
	}
	for _, kind := range []string{cpuKind, gpuKind} {
		if _, of, ok := im.times.find(c.Name, kind); ok && of.kind == anyKind {
			im.fault(c.fault("instance_group", nil, "has instances on GPUs and on the CPU, and --times does not say of which it is", fmt.Sprintf("give both: --times %s@gpu=TIME --times %[1]s@cpu=TIME", c.Name)))
			return
		}
	}
}

// checkTimes finds times for models that are not there.
func (im *importer) checkTimes(visits []*visit) error {
	var names []string
	for _, v := range visits {
		names = append(names, v.config.Name)
	}
	var given []string
	for of := range im.times {
		if of.model != "" {
			given = append(given, of.model)
		}
	}
	slices.Sort(given)
	for _, model := range given {
		if !slices.Contains(names, model) {
			return scenario.BadInput("--times", "%q is no model of this configuration; %s", model, nearest(model, names))
		}
	}
	return nil
}

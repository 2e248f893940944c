package triton

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vsim/sim/scenario"
)

// times are inference times given on the command line.
type times struct {
	every  *scenario.Distribution // of models without one of their own; nil when there is none
	models map[string]*scenario.Distribution
}

// parseTimes reads "2ms + 0.05ms/image", for every model, or "NAME=2ms", for one.
func parseTimes(list []string) (*times, error) {
	t := &times{models: map[string]*scenario.Distribution{}}
	for _, text := range list {
		model, expression, named := strings.Cut(text, "=")
		if !named {
			expression = text
		}
		d, err := parseTime(expression)
		switch {
		case err != nil:
			return nil, scenario.BadInput("--times", "%q: %s", text, err)
		case named:
			t.models[strings.TrimSpace(model)] = d
		default:
			t.every = d
		}
	}
	return t, nil
}

// parseTime reads a sum of a fixed part and one for every image in the batch.
func parseTime(expression string) (*scenario.Distribution, error) {
	d := &scenario.Distribution{Dist: "constant"}
	given := map[bool]bool{} // the fixed part, and that of each image
	for term := range strings.SplitSeq(expression, "+") {
		term = strings.TrimSpace(term)
		span, perImage := strings.CutSuffix(term, "image")
		span = strings.TrimSpace(span)
		if perImage {
			span, perImage = strings.CutSuffix(span, "/")
		}
		x, err := scenario.ParseDuration(span)
		into := &d.Mean
		if perImage {
			into = &d.PerImage
		}
		switch {
		case err != nil || x < 0:
			return nil, fmt.Errorf("%q is no time; write for example 2ms + 0.05ms/image", term)
		case x > time.Hour:
			return nil, fmt.Errorf("%q is longer than an hour", term)
		case given[perImage]:
			return nil, errors.New("has two parts of a kind; write one fixed part and one for each image")
		}
		*into, given[perImage] = scenario.Duration(x), true
	}
	if !given[false] {
		return nil, errors.New("has no fixed part; write for example 2ms + 0.05ms/image")
	}
	return d, nil
}

// service is the time of a model's inference: as given, or whatever the profile has of it.
func (im *importer) service(model string, threads int) (scenario.Service, string) {
	d := im.times.models[model]
	if d == nil {
		d = im.times.every
	}
	if d != nil {
		return scenario.Service{Distribution: *d}, "that of --times"
	}
	return scenario.Service{ProfileStage: "infer", Model: model, Threads: threads}, "what the profile of its resource has of this model; vsim import triton --times writes it here"
}

// checkTimes finds times for models that are not there.
func (im *importer) checkTimes(visits []*visit) error {
	var names []string
	for _, v := range visits {
		names = append(names, v.config.Name)
	}
	for _, model := range slices.Sorted(maps.Keys(im.times.models)) {
		if !slices.Contains(names, model) {
			return scenario.BadInput("--times", "%q is no model of this configuration; %s", model, nearest(model, names))
		}
	}
	return nil
}

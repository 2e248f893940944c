package results

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"vsim/experiments/validate"
)

// run is a validation of the archive: its step, the folder or file that it is in, and what came of it.
type run struct {
	step   string
	folder string // "" for a report that was printed only
	*validate.Report
}

// mainStep is the step whose report is the GPU's; those of other steps lie in folders beside it.
const mainStep = "validate"

// attempt ends the name of what a step left in a call before the last: validate.1.
var attempt = regexp.MustCompile(`\.[0-9]+$`)

// runs reads the archive's reports: of each step the one with the most rows, that of the main step first. A report that
// was printed but not saved counts where its step has no other.
func (a *Archive) runs() ([]run, error) {
	best := map[string]run{}
	for _, name := range a.names(isReport) {
		printed := path.Ext(name) == ".txt"
		if printed && !json.Valid(a.files[name]) {
			continue // the step was cut
		}
		r := run{step: strings.TrimSuffix(name, ".txt"), Report: &validate.Report{}}
		if !printed {
			r.step = path.Dir(name)
			r.folder = r.step
		}
		if err := json.Unmarshal(a.files[name], r.Report); err != nil {
			a.broken = append(a.broken, fmt.Sprintf("%s: not a whole report: %v", name, err))
			continue
		}
		if err := a.checkReport(name, r.Report); err != nil {
			return nil, err
		}
		r.step = attempt.ReplaceAllString(r.step, "")
		if old, ok := best[r.step]; len(r.Cases) > 0 && (!ok || len(r.Cases) > len(old.Cases) || len(r.Cases) == len(old.Cases) && old.folder == "") {
			best[r.step] = r
		}
	}
	var out []run
	for _, step := range slices.Sorted(maps.Keys(best)) {
		out = append(out, best[step])
	}
	slices.SortStableFunc(out, func(x, y run) int { return rank(x.step) - rank(y.step) })
	return out, nil
}

func rank(step string) int {
	if step == mainStep {
		return 0
	}
	return 1
}

func isReport(name string) bool {
	return strings.Count(name, "/") == 1 && path.Base(name) == "report.json" || attempt.ReplaceAllString(strings.TrimSuffix(name, ".txt"), "") == mainStep && path.Ext(name) == ".txt"
}

// checkReport works the errors of a report out again: one that was edited, or mixed up, shows.
func (a *Archive) checkReport(name string, r *validate.Report) error {
	for _, row := range r.Cases {
		if row.Measured != 0 && math.Abs(row.Error-(row.Predicted/row.Measured-1)) > 1e-6*(1+math.Abs(row.Error)) {
			return a.bad("%s: case %q, %s: error %g, but %g predicted and %g measured give %g: the report was changed", name, row.Case, row.Metric, row.Error, row.Predicted, row.Measured, row.Predicted/row.Measured-1)
		}
		inside := row.Measured >= row.Interval95[0] && row.Measured <= row.Interval95[1]
		if !isStage(row.Metric) && inside != row.Inside {
			return a.bad("%s: case %q, %s: inside is %v, but %g measured lies so in %v: the report was changed", name, row.Case, row.Metric, row.Inside, row.Measured, row.Interval95)
		}
	}
	return nil
}

func isStage(metric string) bool { return strings.HasPrefix(metric, "stage.") }

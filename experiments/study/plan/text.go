package plan

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"vsim/experiments/study"
	"vsim/sim/report"
)

// JSON prints the answer for programs.
func JSON(w io.Writer, a *Answer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(a)
}

// mostLeftOut are the machines of which a text says why they were left out.
const mostLeftOut = 6

// Text prints the answer for people.
func Text(w io.Writer, a *Answer) error {
	var b strings.Builder
	switch {
	case a.Plan != nil:
		a.writePlan(&b)
	case a.NearestMiss != nil:
		fmt.Fprintf(&b, "Nothing that was searched holds %s at %s.\n\nNearest miss: %s\n", strings.Join(a.SLOs, ", "), load(a.LoadRPS, a.Cameras), a.NearestMiss.name(a.Currency))
		a.NearestMiss.writeSettings(&b)
		fmt.Fprintf(&b, "  %s\n\n", a.NearestMiss.Why)
		a.NearestMiss.writeMet(&b)
	default:
		fmt.Fprintf(&b, "Nothing that was searched holds %s.\n", strings.Join(a.SLOs, ", "))
	}
	if a.Boundary != nil {
		a.Boundary.write(&b)
	}
	if a.Prices != nil {
		a.Prices.write(&b, a.Plan, a.Currency)
	}
	a.writeFront(&b)
	for _, line := range a.LeftOut[:min(len(a.LeftOut), mostLeftOut)] {
		fmt.Fprintf(&b, "left out: %s\n", line)
	}
	if more := len(a.LeftOut) - mostLeftOut; more > 0 {
		fmt.Fprintf(&b, "left out: %d more; --json has all\n", more)
	}
	fmt.Fprintf(&b, "\n%d simulations, %d systems screened, %s\n", a.Evaluated, a.Screened, report.Span(a.WallS))
	if a.Peak {
		b.WriteString("Loads are those of the peak of the day, for which the plan is; the scenario that -o writes has the whole day.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (a *Answer) writePlan(b *strings.Builder) {
	if a.LoadRPS > 0 {
		fmt.Fprintf(b, "Plan for %s%s: %s\n", load(a.LoadRPS, a.Cameras), a.of(), a.Plan.name(a.Currency))
	} else {
		fmt.Fprintf(b, "%s holds %s up to %s\n", a.Plan.name(a.Currency), strings.Join(a.SLOs, ", "), load(a.Boundary.HoldsRPS, a.Boundary.HoldsCameras))
	}
	a.Plan.writeSettings(b)
	b.WriteByte('\n')
	a.Plan.writeMet(b)
}

// of says what is served.
func (a *Answer) of() string {
	if a.Serves == "" {
		return ""
	}
	return " (" + a.Serves + ")"
}

// name is a plan in a few words.
func (p *Plan) name(currency string) string {
	out := fmt.Sprintf("%d x %s", p.Servers, p.Machine)
	if p.GPUs > 0 {
		out += fmt.Sprintf(", %d GPU%s", p.GPUs, study.Plural(p.GPUs))
	}
	if p.PricePerHour != nil {
		out += ", " + report.Money(*p.PricePerHour, currency) + " an hour"
	}
	return out
}

func (p *Plan) writeSettings(b *strings.Builder) {
	all := p.Settings
	if p.Units != nil {
		all = append([]Setting{*p.Units}, all...)
	}
	if len(all) > 0 {
		fmt.Fprintf(b, "  %s\n", words(all))
	}
}

// writeMet prints a line for each objective.
func (p *Plan) writeMet(b *strings.Builder) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "objective\tpredicted\t95 %\tone live run\theadroom")
	for i := range p.Met {
		fmt.Fprintln(w, strings.Join(p.Met[i].cells(), "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
	if p.EnergyJ != nil {
		fmt.Fprintf(b, "energy: %s J a request\n", report.Digits(*p.EnergyJ))
	}
}

// cells are an objective, its value with its interval, what one live run shows, and the headroom.
func (m *Met) cells() []string {
	show := func(x *float64) string {
		if x == nil {
			return "?"
		}
		return m.slo.show(*x)
	}
	run, headroom := "", "?"
	if m.RunHigh != nil {
		run = show(m.RunLow) + " - " + show(m.RunHigh)
	}
	if m.Headroom != nil {
		headroom = report.Percent(*m.Headroom)
		if *m.Headroom < -1 {
			headroom = report.Digits(1-*m.Headroom) + " times the limit"
		}
	}
	return []string{m.SLO, show(m.Value), show(m.Low) + " - " + show(m.High), run, headroom}
}

func (l *Boundary) write(b *strings.Builder) {
	b.WriteByte('\n')
	if !l.Found {
		fmt.Fprintf(b, "Boundary: not found; it holds at %s and breaks at %s (0: no such load was tried)\n", report.Digits(l.HoldsRPS), report.Digits(l.BreaksRPS))
		return
	}
	fmt.Fprintf(b, "Boundary: holds up to %s, breaks at %s\n", load(l.HoldsRPS, l.HoldsCameras), load(l.BreaksRPS, l.BreaksCams))
	fmt.Fprintf(b, "  first to break: %s", l.FirstBreach)
	if l.Overloaded {
		b.WriteString(", as more arrives than can be served")
	}
	if l.Bottleneck != "" {
		fmt.Fprintf(b, "; busiest there: %s", l.Bottleneck)
	}
	fmt.Fprintf(b, "\n  %s", l.Kind)
	if l.Growth != nil {
		fmt.Fprintf(b, ": p99 grows %s-fold over the last tenth of the load", report.Digits(*l.Growth))
	}
	b.WriteByte('\n')
}

func (p *Prices) write(b *strings.Builder, plan *Plan, currency string) {
	b.WriteByte('\n')
	if r := p.RunnerUp; r != nil {
		fmt.Fprintf(b, "Prices: the next machine is %d x %s at %s an hour; before that wins, %s may become %s dearer\n",
			r.Servers, r.Machine, report.Money(r.PricePerHour, currency), plan.Machine, report.Percent(*p.MayRise))
	}
	for _, o := range p.Others {
		fmt.Fprintf(b, "  %s (%s an hour) wins below %s an hour: it needs at least %d server%s\n", o.Machine, report.Money(o.Price, currency), report.Money(o.WinsBelow, currency), o.Servers, study.Plural(o.Servers))
	}
}

// writeFront prints the Pareto front.
func (a *Answer) writeFront(b *strings.Builder) {
	if len(a.Pareto) == 0 {
		return
	}
	fmt.Fprintf(b, "\nCost against p99, of what was simulated: nothing is cheaper and as quick\n")
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "%s\tp99\tholds\twhat\n", a.costUnit())
	for i := range a.Pareto {
		fmt.Fprintln(w, strings.Join(a.pointCells(&a.Pareto[i]), "\t"))
	}
	_ = w.Flush() // a strings.Builder takes everything
}

// pointCells are a point's cost and p99, whether it holds, and what it is, with the settings that are not the plan's.
func (a *Answer) pointCells(p *Point) []string {
	settings := slices.DeleteFunc(slices.Clone(p.Settings), func(set Setting) bool { return a.Plan != nil && slices.Contains(a.Plan.Settings, set) })
	what := (&Plan{Machine: p.Machine, Servers: p.Servers, GPUs: p.GPUs}).name("")
	if p.Workers != nil {
		settings = append([]Setting{*p.Workers}, settings...)
	}
	if len(settings) > 0 {
		what += "; " + words(settings)
	}
	return []string{report.Digits(p.Cost), report.Span(p.P99S), map[bool]string{true: "yes", false: "no"}[p.Holds], what}
}

// costUnit is what costs are in.
func (a *Answer) costUnit() string {
	if a.Currency == "" {
		return "devices"
	}
	return a.Currency + " an hour"
}

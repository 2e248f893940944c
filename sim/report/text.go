package report

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"

	"vsim/sim/predict"
)

const barWidth = 24

// Text writes the prediction for people. Its notes about what was simulated come first.
func Text(w io.Writer, p *predict.Prediction) error {
	out := bufio.NewWriter(w)
	for _, n := range p.Notes {
		fmt.Fprintln(out, n)
	}
	fmt.Fprintln(out)
	fmt.Fprintln(out, verdict(p))
	fmt.Fprintln(out)
	headline(out, p)
	classTable(out, p)
	losses(out, p)
	fmt.Fprintln(out)
	widths(out, p.PI)
	stageTable(out, p.Stages)
	brokerLines(out, p.Brokers)
	fmt.Fprintln(out)
	resources := listed(p)
	resourceTable(out, resources)
	fmt.Fprintln(out, bottleneck(p, resources))
	whatIf(out, p)
	energy(out, p.EnergyJ)
	price(out, p.Price)
	for _, warning := range p.Warnings {
		fmt.Fprintln(out, "Warning:", warning)
	}
	fmt.Fprintln(out, cost(&p.Run))
	return out.Flush()
}

// table aligns rows to the right, tab-terminated cell by cell, without trailing blanks.
func table(w io.Writer, fill func(t io.Writer)) {
	var aligned strings.Builder
	t := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', tabwriter.AlignRight)
	fill(t)
	t.Flush()
	for line := range strings.Lines(aligned.String()) {
		fmt.Fprintln(w, strings.TrimRight(line, " \n"))
	}
}

// verdict says in a sentence whether the system keeps up, and what a request's time consists of.
func verdict(p *predict.Prediction) string {
	if p.Verdict == predict.Overloaded {
		return "Overloaded: more arrives than can be served, so that there is no steady state and no latency to give."
	}
	wait, fill, sharing := p.WaitShare.Value, p.FillShare.Value, p.SharingShare.Value
	of := []string{percent(wait-fill) + " waiting for " + awaited(p)}
	if fill >= noticed {
		of = append(of, percent(fill)+" waiting for a fuller batch")
	}
	if sharing >= noticed {
		of = append(of, percent(sharing)+" added by others on the same resources")
	}
	said := strings.ToUpper(string(p.Verdict[:1])) + string(p.Verdict[1:])
	if p.Verdict == predict.Backlogged && !p.MostlyWaits() {
		said = "Simulated for too short a time to tell whether it keeps up"
	}
	return fmt.Sprintf("%s: of a request's time, %s, %s being served.", said,
		strings.Join(of, ", "), percent(1-wait-sharing))
}

// awaited is what requests wait for.
func awaited(p *predict.Prediction) string {
	for i := range p.Stages {
		for k := range p.Stages[i].Steps {
			if p.Stages[i].Steps[k].WaitS.Value > 0 {
				return "a worker or a resource"
			}
		}
	}
	return "a worker"
}

// noticed is the smallest part that is worth mentioning.
const noticed = 0.0005

// headline is throughput and latency with the half-widths of their 95 % intervals. Without a steady
// state, how fast the queue grows takes the place of latencies.
func headline(w io.Writer, p *predict.Prediction) {
	l := &p.LatencyS
	table(w, func(t io.Writer) {
		row := func(name, value, half, run string) {
			fmt.Fprintf(t, "%-12s\t%s\t± %s\t", name, value, half)
			if run != "" {
				fmt.Fprintf(t, "%s\t", run)
			}
			fmt.Fprintln(t)
		}
		title, one := oneRun(p)
		fmt.Fprintf(t, "%-12s\tvalue\t95 %%\t%s\n", "", title)
		row("throughput", rate(p.ThroughputRPS.Value), rate(half(p.ThroughputRPS)), fromTo(one.ThroughputRPS, 1, "/s"))
		if e := p.ItemsPerS; e != nil {
			row("in images", rate(e.Value), rate(half(*e)), "")
		}
		if e := p.QueueGrowthRPS; e != nil {
			row("queue growth", rate(e.Value), rate(half(*e)), "")
			return
		}
		for _, q := range []struct {
			name string
			e    predict.Estimate
			one  predict.Spread
		}{{"latency mean", l.Mean, one.LatencyS.Mean}, {"p50", l.P50, one.LatencyS.P50}, {"p90", l.P90, one.LatencyS.P90},
			{"p95", l.P95, one.LatencyS.P95}, {"p99", l.P99, one.LatencyS.P99}, {"p99.9", l.P999, one.LatencyS.P999}} {
			u := unitFor(q.e.Value)
			row(q.name, u.format(q.e.Value), u.format(half(q.e)), fromTo(q.one, u.seconds, " "+u.name))
		}
	})
}

// classTable sets the kinds of requests side by side, where there are several.
func classTable(w io.Writer, p *predict.Prediction) {
	if len(p.Classes) == 0 {
		return
	}
	fmt.Fprintln(w)
	width := len("class")
	for _, c := range p.Classes {
		width = max(width, len(c.Name))
	}
	table(w, func(t io.Writer) {
		fmt.Fprintf(t, "%-*s\tthroughput\tmean\tp50\tp99\t\n", width, "class")
		for _, c := range p.Classes {
			l := &c.LatencyS
			fmt.Fprintf(t, "%-*s\t%s\t%s\t%s\t%s\t\n", width, c.Name, rate(c.ThroughputRPS.Value), plusMinus(l.Mean), plusMinus(l.P50), plusMinus(l.P99))
		}
	})
}

// plusMinus writes a span with its half-width in the same unit.
func plusMinus(e predict.Estimate) string {
	if math.IsNaN(e.Value) {
		return "-"
	}
	u := unitFor(e.Value)
	return fmt.Sprintf("%s ± %s", digits(e.Value/u.seconds), u.format(half(e)))
}

// losses says what was dropped and why, and what else went wrong, where anything did.
func losses(w io.Writer, p *predict.Prediction) {
	var reasons []string
	add := func(e predict.Estimate, what string) {
		if e.Value > 0 {
			reasons = append(reasons, rate(e.Value)+" "+what)
		}
	}
	d := &p.Dropped
	add(d.RejectedRPS, "rejected (a queue or a memory was full)")
	add(d.ExpiredRPS, "expired (waited too long)")
	add(d.LostRPS, "lost (to an outage)")
	add(d.SkippedRPS, "skipped (the stream's last one was still inside)")
	if len(reasons) > 0 {
		fmt.Fprintf(w, "Dropped: %.1f ± %.1f %% of what arrives%s: %s.\n", 100*d.Share.Value, 100*half(d.Share), droppedInOneRun(p.PI), strings.Join(reasons, ", "))
	}
	if p.RetriedRPS.Value > 0 {
		fmt.Fprintf(w, "Retried after an outage: %s.\n", rate(p.RetriedRPS.Value))
	}
	if p.EvictedRPS.Value > 0 {
		fmt.Fprintf(w, "Evicted from a full memory, to be loaded again: %s.\n", rate(p.EvictedRPS.Value))
	}
}

func half(e predict.Estimate) float64 { return e.HalfWidth() }

// whatIf says what the changes that were tried would bring, that of the bottleneck first.
func whatIf(w io.Writer, p *predict.Prediction) {
	if p.WhatIf == nil {
		return
	}
	for _, c := range append([]predict.WhatIf{*p.WhatIf}, p.AlsoTried...) {
		if math.IsNaN(c.ThroughputGain.Value) {
			continue // nothing came while it was tried
		}
		with := "With"
		if c.AtPeak {
			with = "At the peak, with"
		}
		line := fmt.Sprintf("%s %s: throughput %s", with, changed(&c), change(c.ThroughputGain, 1))
		if !math.IsNaN(c.LatencyGain.Value) {
			line += fmt.Sprintf(", mean latency %s, p99 %s", change(c.LatencyGain, -1), change(c.P99Gain, -1))
		}
		fmt.Fprintln(w, line+".")
	}
}

// changed says what was changed, with its key where that tells more.
func changed(c *predict.WhatIf) string {
	if strings.HasPrefix(c.Change, c.Key+" ") {
		return c.Change
	}
	return fmt.Sprintf("%s (%s)", c.Change, c.Key)
}

// change writes a relative change with its sign and half-width.
func change(e predict.Estimate, sign float64) string {
	if math.Abs(e.Value) >= 10 {
		return fmt.Sprintf("%s ± %s %%", signed(100*sign*e.Value), digits(100*half(e)))
	}
	rounded := math.Round(1000*sign*e.Value)/10 + 0 // + 0: no minus zero
	return fmt.Sprintf("%+.1f ± %.1f %%", rounded, 100*half(e))
}

// signed writes a large number with its sign.
func signed(x float64) string {
	if x < 0 {
		return digits(x)
	}
	return "+" + digits(x)
}

// energy says what a request takes on the devices whose power is known.
func energy(w io.Writer, e *predict.Energy) {
	if e == nil {
		return
	}
	var parts []string
	for _, d := range []struct {
		name        string
		joule, idle predict.Estimate
	}{{"the CPU", e.CPU, e.CPUIdleShare}, {"the GPU", e.GPU, e.GPUIdleShare}, {"other resources", e.Other, e.OtherIdleShare}} {
		if d.joule.Value > 0 { // not NaN
			share := "no idle power is given"
			if d.idle.Value > 0 {
				share = percent(d.idle.Value) + " of it idle power"
			}
			parts = append(parts, fmt.Sprintf("%s J ± %s on %s (%s)",
				digits(d.joule.Value), percent(half(d.joule)/d.joule.Value), d.name, share))
		}
	}
	if parts != nil {
		fmt.Fprintf(w, "Energy of a request: %s.\n", strings.Join(parts, ", "))
	}
}

// price says what the servers cost.
func price(w io.Writer, p *predict.Price) {
	if p == nil {
		return
	}
	fmt.Fprintf(w, "Price: %s an hour", Money(p.PerHour, p.Currency))
	if each := p.PerMillionRequests.Value; !math.IsNaN(each) {
		fmt.Fprintf(w, ", %s for a million requests", Money(each, p.Currency))
	}
	fmt.Fprintln(w, ".")
}

// bar draws a part of 1.
func bar(part float64) string {
	if math.IsNaN(part) {
		return ""
	}
	n := int(part*barWidth + 0.5)
	return strings.Repeat("█", min(max(n, 0), barWidth))
}

// cost says what the prediction took, so that anyone can check the speed.
func cost(r *predict.RunInfo) string {
	speed := ""
	if r.WallS > 0 {
		speed = fmt.Sprintf(" (%s events/s)", count(float64(r.Events)/r.WallS))
	}
	return fmt.Sprintf("%s events, %s requests, %s simulated in %s%s; %d replications, seed %d.",
		count(float64(r.Events)), count(float64(r.Requests)), span(r.SimS), span(r.WallS), speed, r.Replications, r.Seed)
}

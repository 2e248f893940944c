package measure

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"vsim/profile"
)

// WriteTable writes a profile for people: what it has of brokers; means with their intervals, medians and tails, slow-downs, what
// pauses cost, power.
// Spans by the wall clock and on the host (see profile.WallSuffix) are in the file only.
func WriteTable(w io.Writer, p *profile.Profile) error {
	if err := writeBrokers(w, p); err != nil {
		return err
	}
	if len(p.Brokers()) > 0 && !slices.ContainsFunc(p.Services, func(s profile.Service) bool { return s.Broker == "" }) {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "stage\tof\tbatch\tmean\t±95%%\tp50\tp99\tn\t \t\n")
	for _, s := range p.Services {
		if s.Broker != "" || strings.HasSuffix(s.Stage, profile.WallSuffix) || strings.HasSuffix(s.Stage, profile.HostSuffix) {
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t\n", s.Stage, of(s.Key), batch(s.Key), FormatNs(s.MeanNs),
			halfWidth(s), quantile(s, 0.5), quantile(s, 0.99), s.N, mark(s.Warnings))
	}
	if len(p.Contention) > 0 {
		fmt.Fprintf(t, "\nstage\tbatch\tbeside\tbatch\ttakes\t95%% interval\t \t\n")
	}
	for _, c := range p.Contention {
		interval := "-" // of one visit
		if c.SlowdownCI95 != [2]float64{} {
			interval = fmt.Sprintf("%.3f–%.3f", max(c.SlowdownCI95[0], 0), c.SlowdownCI95[1])
		}
		fmt.Fprintf(t, "%s\t%s\t%d %s\t%s\t×%.3f\t%s\t%s\t\n", c.Stage, batch(profile.Key{Batch: c.Batch}), c.Neighbours, c.Beside, batch(profile.Key{Batch: c.BesideBatch}), c.Slowdown, interval, mark(c.Warnings))
	}
	if len(p.AfterIdles) > 0 {
		fmt.Fprintf(t, "\nstage\tof\tbatch\tafter idling\ttakes longer by\t95%% interval\t \t\n")
	}
	for _, a := range p.AfterIdles {
		interval := "-" // of one visit
		if a.ExtraCI95Ns != [2]float64{} {
			interval = fmt.Sprintf("%s to %s", FormatNs(a.ExtraCI95Ns[0]), FormatNs(a.ExtraCI95Ns[1]))
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", a.Stage, of(a.Key), batch(a.Key), pauseOf(&a), FormatNs(a.ExtraNs), interval, mark(a.Warnings))
	}
	if len(p.Energy) > 0 {
		fmt.Fprintf(t, "\nstage\tof\tbatch\tpower\ta job\t\n")
	}
	for _, e := range p.Energy {
		fmt.Fprintf(t, "%s\t%s\t%s\t%.1f W\t%.3g J\t\n", e.Stage, of(e.Key), batch(e.Key), e.Watts, e.JobJ)
	}
	return t.Flush()
}

// of says what a stage worked on.
func of(k profile.Key) string {
	if k.Broker != "" {
		return k.Broker + " " + FormatMessage(k.SizeBytes)
	}
	if k.SizeBytes > 0 {
		return strings.TrimSpace(fmt.Sprintf("%s %s", FormatBytes(k.SizeBytes), k.Memory))
	}
	return k.Image + k.Model
}

// FormatBytes writes a size.
func FormatBytes(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d B", n)
}

// FormatMessage writes the size of a message as people say it: 10000 is "10 kB".
func FormatMessage(n int) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.4g MB", float64(n)/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.4g kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%d B", n)
}

// Doubts lists the kinds of warnings in a profile, each with the figures that have it. The file has them
// in full.
func Doubts(p *profile.Profile) []string {
	d := doubts{figures: map[string][]string{}}
	figures := map[string]bool{}
	for _, s := range p.Services {
		figure := strings.TrimSuffix(fmt.Sprintf("%s %s %s", s.Stage, of(s.Key), batch(s.Key)), " -")
		if s.Broker != "" { // whose stages are of the same rounds
			figure = fmt.Sprintf("%d of %s", s.Batch, of(s.Key))
			if s.SizeBytes == 0 {
				figure = "idle " + s.Broker
			}
		}
		figures[figure] = true
		d.add(figure, s.Warnings)
	}
	times := d.text(len(figures))
	d = doubts{figures: map[string][]string{}}
	for _, c := range p.Contention {
		d.add(c.Label(), c.Warnings)
	}
	for _, a := range p.AfterIdles {
		d.add(a.Label(), a.Warnings)
	}
	return append(times, d.text(len(p.Contention)+len(p.AfterIdles))...)
}

// pauseOf is what comes before a job, for people.
func pauseOf(a *profile.AfterIdle) string {
	switch {
	case a.AfterModel != "":
		return "in turn with " + a.AfterModel
	case a.BesideModel != "":
		return fmt.Sprintf("%s beside %s", FormatNs(a.IdleNs), a.BesideModel)
	case a.IdleNs == 0:
		return "in turn"
	}
	return FormatNs(a.IdleNs)
}

// doubts collects figures by the kind of their warnings.
type doubts struct {
	kinds   []string
	figures map[string][]string
}

func (d *doubts) add(figure string, warnings []string) {
	for _, w := range warnings {
		kind, _, _ := strings.Cut(w, ":")
		if len(d.figures[kind]) == 0 {
			d.kinds = append(d.kinds, kind)
		}
		if !slices.Contains(d.figures[kind], figure) {
			d.figures[kind] = append(d.figures[kind], figure)
		}
	}
}

// text is a line for each kind, with the figures that have it, of so many.
func (d *doubts) text(of int) (out []string) {
	for _, kind := range d.kinds {
		which := strings.Join(d.figures[kind], ", ")
		if len(d.figures[kind]) == of && of > 1 {
			which = "all figures"
		}
		out = append(out, kind+": "+which)
	}
	return out
}

func mark(warnings []string) string {
	if len(warnings) > 0 {
		return "!"
	}
	return " "
}

func batch(k profile.Key) string {
	switch {
	case k.Batch == 0:
		return "-"
	case k.Threads > 1:
		return fmt.Sprintf("%d (%d threads)", k.Batch, k.Threads)
	}
	return fmt.Sprint(k.Batch)
}

// halfWidth is that of the mean's interval, "-" where it is unknown.
func halfWidth(s profile.Service) string {
	if s.MeanCI95Ns == [2]float64{} {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 50*(s.MeanCI95Ns[1]-s.MeanCI95Ns[0])/s.MeanNs)
}

// quantile is a measured one, "-" where the samples did not carry it.
func quantile(s profile.Service, p float64) string {
	for i, have := range s.Probabilities {
		if have == p {
			return FormatNs(s.QuantilesNs[i])
		}
	}
	return "-"
}

// FormatNs writes a span of ns with three digits.
func FormatNs(v float64) string {
	d := time.Duration(math.Abs(v))
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", v/1e9)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", v/1e6)
	}
	return fmt.Sprintf("%.3g µs", v/1e3)
}

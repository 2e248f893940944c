package results

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// goals are the median errors that predictions are to stay within.
var goals = []struct {
	metric, name string
	median       float64
}{
	{"throughput_rps", "throughput, closed loops", 0.05}, {"latency_mean_s", "mean latency", 0}, {"latency_p50_s", "p50 latency", 0},
	{"latency_p99_s", "p99 latency", 0.15}, {"dropped_share", "dropped share", 0},
}

// readme is the text of experiments/accuracy/GPU/README.md.
func (l *landing) readme() string {
	var b strings.Builder
	p := l.server.Profile.Provenance
	fmt.Fprintf(&b, "# %s\n\nWritten by `make gpu-results` from a campaign's archive (sha256 %s); not edited by hand.\n\n", l.server.GPU, l.archive.SHA256)
	fmt.Fprintf(&b, "| | |\n|---|---|\n| GPU | %s |\n| CPU | %s, %d cores, %.4g GiB |\n| system | %s |\n| measured | %s |\n| vsim | %s |\n| libraries | %s |\n",
		p.GPU, p.CPU, p.Cores, p.MemoryGiB, p.OS, p.Date, p.Vsim, versions(p.Libraries))
	for _, f := range l.Files {
		fmt.Fprintf(&b, "| file | `%s` |\n", f.Path)
	}
	for _, r := range l.runs {
		r.section(&b)
	}
	if len(l.checks) > 0 {
		checksSection(&b, l.checks)
	}
	if len(l.probed.answers) > 0 {
		l.probed.section(&b)
	}
	if len(l.missing) > 0 {
		fmt.Fprintf(&b, "\n## Missing\n\n")
		for _, m := range l.missing {
			fmt.Fprintf(&b, "- %s\n", m)
		}
	}
	return b.String()
}

func versions(libraries map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(libraries)) {
		out = append(out, name+" "+libraries[name])
	}
	return strings.Join(out, ", ")
}

// section writes a validation's tables.
func (r *run) section(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Predicted beside live runs: %s\n\nOn %s, %s.\n\n", r.step, r.Machine, r.Date)
	fmt.Fprintf(b, "| case | metric | predicted | 95 %% interval | measured | error | |\n|---|---|---:|---:|---:|---:|---|\n")
	last := ""
	for _, row := range r.Cases {
		if isStage(row.Metric) {
			continue
		}
		name, mark := row.Case, ""
		if name == last {
			name = ""
		}
		last = row.Case
		interval := fmt.Sprintf("%s – %s", value(row.Metric, row.Interval95[0]), value(row.Metric, row.Interval95[1]))
		switch {
		case row.Runs == 1:
			interval, mark = "-", "ran once"
		case !row.Inside:
			mark = "outside"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %+.1f %% | %s |\n", cell(name), metricName(row.Metric), value(row.Metric, row.Predicted),
			interval, value(row.Metric, row.Measured), 100*row.Error, mark)
	}
	fmt.Fprintf(b, "\n| | median error | largest | goal |\n|---|---:|---:|---|\n")
	for _, g := range goals {
		median, ok := r.Summary.MedianError[g.metric]
		if !ok {
			continue
		}
		goal := ""
		if g.median > 0 {
			goal = fmt.Sprintf("median within %.0f %%: %s", 100*g.median, yes(median <= g.median))
		}
		fmt.Fprintf(b, "| %s | %.1f %% | %.1f %% | %s |\n", g.name, 100*median, 100*r.Summary.MaxError[g.metric], goal)
	}
	if r.Summary.Judged > 0 {
		fmt.Fprintf(b, "\n%.0f %% of %d measurements lie in the 95 %% interval of their prediction.\n", 100*r.Summary.Coverage95, r.Summary.Judged)
	}
	for _, e := range r.Energy {
		host := "its host's cannot be told"
		if e.HostJ > 0 {
			host = fmt.Sprintf("%.3g J of its host's processors", e.HostJ)
		}
		fmt.Fprintf(b, "\n%s: %.3g J a request of the GPU, %s.\n", e.Case, e.GPUJ, host)
	}
	for _, w := range r.Warnings {
		fmt.Fprintf(b, "\nWarning: %s\n", w)
	}
}

func checksSection(b *strings.Builder, checks []check) {
	agree, worst := 0, 0.0
	fmt.Fprintf(b, "\n## Beside PyTorch\n\nRates of the profile and of PyTorch on the same GPU (`crosscheck.py`). Copies and decoding call the same\n"+
		"functions, and should agree; inference runs ONNX Runtime's kernels here and PyTorch's there: kernel by kernel (eager), or as a\n"+
		"CUDA graph, in the fastest of PyTorch's layouts.\n\n")
	fmt.Fprintf(b, "| | vsim | PyTorch | way | vsim / PyTorch | within %.0f %% |\n|---|---:|---:|---|---:|---|\n", 100*agreement)
	for _, c := range checks {
		if c.agrees() {
			agree++
		}
		worst = math.Max(worst, math.Abs(c.ratio()-1))
		fmt.Fprintf(b, "| %s | %.4g %s | %.4g %s | %s | %.3f | %s |\n", c.figure, c.vsim, c.unit, c.torch, c.unit, c.way, c.ratio(), yes(c.agrees()))
	}
	fmt.Fprintf(b, "\n%d of %d within %.0f %%; the largest difference is %.0f %%.\n", agree, len(checks), 100*agreement, 100*worst)
}

func yes(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func metricName(metric string) string {
	return strings.ReplaceAll(strings.TrimSuffix(strings.TrimSuffix(metric, "_s"), "_rps"), "_", " ")
}

// value writes a rate, a share or a time.
func value(metric string, x float64) string {
	switch {
	case strings.HasSuffix(metric, "_rps"):
		return fmt.Sprintf("%.1f/s", x)
	case strings.HasSuffix(metric, "_share"):
		return fmt.Sprintf("%.2f %%", 100*x)
	}
	return fmt.Sprintf("%.2f ms", 1e3*x)
}

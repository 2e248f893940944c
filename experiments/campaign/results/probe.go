package results

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"vsim/profile/measure/gpu/probe"
)

// probeStep prints an answer a line; probeFile is what the repository keeps of that.
const (
	probeStep = "probe"
	probeFile = "probe.jsonl"
)

// probed is what vsim probe --json printed: the lines that are whole, as they were, and the answers in them.
type probed struct {
	text    []byte
	answers []probe.Answer
}

// probes reads the attempt of the step probe that has most answers, the last of them where several have as many.
func (a *Archive) probes() (best probed) {
	for _, name := range a.names(isProbe) {
		if p := readProbe(a.files[name]); len(p.answers) >= len(best.answers) {
			best = p
		}
	}
	return best
}

// isProbe tells whether a file is what the step printed, now or in an earlier call. Sorted, probe.txt comes last.
func isProbe(name string) bool {
	base, isText := strings.CutSuffix(name, ".txt")
	return isText && attempt.ReplaceAllString(base, "") == probeStep
}

// readProbe takes the lines that are answers: a step that was cut may end within one.
func readProbe(text []byte) (out probed) {
	for line := range bytes.Lines(text) {
		var a probe.Answer
		if json.Unmarshal(line, &a) == nil && a.Probe != "" {
			out.text = append(out.text, line...)
			out.answers = append(out.answers, a)
		}
	}
	return out
}

// section writes a row a figure, and below what the probes noted and where they failed.
func (p probed) section(b *strings.Builder) {
	fmt.Fprintf(b, "\n## Probes\n\nWhat only a GPU could settle (`vsim probe`).\n\n| probe | figure | value |\n|---|---|---:|\n")
	for _, a := range p.answers {
		name := a.Probe
		for _, f := range a.Figures {
			fmt.Fprintf(b, "| %s | %s | %s |\n", cell(name), cell(f.Name), strings.TrimSpace(strconv.FormatFloat(f.Value, 'g', 6, 64)+" "+cell(f.Unit)))
			name = ""
		}
	}
	fmt.Fprintln(b)
	for _, a := range p.answers {
		for _, note := range a.Notes {
			fmt.Fprintf(b, "- %s: %s\n", a.Probe, oneLine(note))
		}
		if a.Error != "" {
			fmt.Fprintf(b, "- %s failed: %s\n", a.Probe, oneLine(a.Error))
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

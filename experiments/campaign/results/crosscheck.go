package results

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vsim/profile"
	"vsim/profile/device/gpu"
)

// agreement is how far vsim's figure may be from PyTorch's.
const agreement = 0.10

// check is a figure that PyTorch measured, too: rates, of vsim's profile and of the fastest of PyTorch's ways of that kind.
type check struct {
	figure, unit, way string
	vsim, torch       float64
}

func (c check) ratio() float64 { return c.vsim / c.torch }

func (c check) agrees() bool { return c.ratio() >= 1-agreement && c.ratio() <= 1+agreement }

var (
	copied   = regexp.MustCompile(`^(h2d|d2h) ([0-9]+)$`)
	inferred = regexp.MustCompile(`^infer (\S+) (batch [0-9]+)$`)
	decoded  = regexp.MustCompile(`^decode (\S+) batch ([0-9]+)$`)
)

// crosscheck sets the figures of crosscheck.txt beside those of a profile, in the file's order: a network that PyTorch ran
// as a CUDA graph beside the same that ONNX Runtime ran so. Where there are several ways of a kind (layouts), the fastest
// counts. absent names those that the profile lacks.
func crosscheck(text string, p *profile.Profile) (out []check, absent []string) {
	at := map[string]int{}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			continue
		}
		name := f[0]
		if strings.HasPrefix(f[3], "graph") {
			name = inferred.ReplaceAllString(name, "infer $1-graph $2")
		}
		torch, err := strconv.ParseFloat(f[1], 64)
		vsim, known := figure(name, p)
		switch i, seen := at[name]; {
		case err != nil || !(torch > 0) || !known:
		case vsim == 0 && !seen:
			at[name] = -1
			absent = append(absent, name)
		case !seen:
			at[name] = len(out)
			out = append(out, check{name, f[2], f[3], vsim, torch})
		case i >= 0 && torch > out[i].torch:
			out[i].torch, out[i].way = torch, f[3]
		}
	}
	return out, absent
}

// figure is the rate that a profile gives for a name of crosscheck.py; 0 where it has none, false for a name that is
// no rate.
func figure(name string, p *profile.Profile) (float64, bool) {
	if m := copied.FindStringSubmatch(name); m != nil {
		size := number(m[2])
		return rate(p, profile.Key{Stage: m[1], Resource: "link", SizeBytes: size}, float64(size)), true // bytes/ns is GB/s
	}
	if m := inferred.FindStringSubmatch(name); m != nil {
		batch := number(strings.TrimPrefix(m[2], "batch "))
		return rate(p, profile.Key{Stage: gpu.Infer, Resource: "gpu", Model: m[1], Batch: batch}, 1e9*float64(batch)), true
	}
	if m := decoded.FindStringSubmatch(name); m != nil {
		batch := number(m[2])
		k := profile.Key{Stage: gpu.Decode + profile.WallSuffix, Resource: "gpu", Image: m[1], Batch: batch}
		if batch == 1 {
			k.Batch = 0
		}
		return rateAfter(p, hostPhase(k), k, 1e9*float64(batch)), true
	}
	return 0, false
}

// hostPhase is the key of what a CPU does before a GPU's decoding in two phases.
func hostPhase(decode profile.Key) profile.Key {
	decode.Stage, decode.Resource = profile.HuffmanStage, "cpu"
	return decode
}

// rateAfter is the rate of a stage with what is done before it, where the profile has that apart.
func rateAfter(p *profile.Profile, before, k profile.Key, perNs float64) float64 {
	first, s := p.Find(before), p.Find(k)
	if first == nil || s == nil {
		return rate(p, k, perNs)
	}
	return perNs / (first.MeanNs + s.MeanNs)
}

func rate(p *profile.Profile, k profile.Key, perNs float64) float64 {
	if s := p.Find(k); s != nil {
		return perNs / s.MeanNs
	}
	return 0
}

// number reads digits; too many of them give 0, which no profile has.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

func (c check) String() string {
	return fmt.Sprintf("%s: vsim %.4g %s, PyTorch %.4g (%s)", c.figure, c.vsim, c.unit, c.torch, c.way)
}

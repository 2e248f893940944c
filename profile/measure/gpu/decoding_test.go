package gpu

import (
	"slices"
	"strings"
	"testing"

	"vsim/profile"
	"vsim/profile/device/gpu/fakegpu"
	"vsim/profile/device/photo"
	"vsim/profile/measure"
	"vsim/profile/measure/input"
)

// decodingConfig measures decoding on a fake GPU with so many engines.
func decodingConfig(t *testing.T, engines int, prepare func(*fakegpu.GPU)) (*fakegpu.GPU, Config) {
	t.Helper()
	fake := fakegpu.Use(t)
	fake.Engines(engines)
	if prepare != nil {
		prepare(fake)
	}
	d := fakegpu.Open(t)
	cfg := configOf(t, d, Selection{Selection: input.Selection{Models: []string{fakegpu.Model(t)}, Batches: []int{1, 2}}}, t.TempDir())
	return fake, cfg
}

// stagesOf are those of decoding, at each batch.
func stagesOf(p *profile.Profile) (out []string) {
	for _, s := range p.Services {
		if s.Image != "" && s.Stage != "resize" && !strings.HasSuffix(s.Stage, profile.WallSuffix) && !strings.HasSuffix(s.Stage, profile.HostSuffix) {
			out = append(out, s.Resource+" "+s.Key.Label())
		}
	}
	slices.Sort(out)
	return out
}

// "decode" is the engines' where there are some, and then the two phases stand beside it; else it is the GPU's of the two;
// without those there is no host phase at all. The notes say which.
func TestWhatDecodeMeans(t *testing.T) {
	for name, c := range map[string]struct {
		engines     int
		prepare     func(*fakegpu.GPU)
		want        []string
		says, never string
	}{
		"without engines": {0, nil,
			[]string{"cpu huffman small", "cpu huffman small at batch 2", "gpu decode small", "gpu decode small at batch 2"},
			"decoding in two phases: huffman is the host phase", "-phased"},
		"with engines": {7, nil,
			[]string{"cpu huffman-phased small", "cpu huffman-phased small at batch 2", "gpu decode small", "gpu decode small at batch 2", "gpu decode-phased small", "gpu decode-phased small at batch 2"},
			"beside that on the engines, which is decode: huffman-phased is the host phase", "decoding in two phases: huffman is"},
		"an old library": {0, func(fake *fakegpu.GPU) { fake.Without("nvjpegDecodeJpegHost") },
			[]string{"gpu decode small", "gpu decode small at batch 2"},
			"has no nvjpegDecodeJpegHost: another version is needed", "host phase"},
		"engines of an old library": {7, func(fake *fakegpu.GPU) { fake.Fail("nvjpegDecoderCreate", 9, 0) },
			[]string{"gpu decode small", "gpu decode small at batch 2"},
			"not apart: nvJPEG: nvjpegDecoderCreate: NVJPEG_STATUS_IMPLEMENTATION_NOT_SUPPORTED", "host phase"},
	} {
		t.Run(name, func(t *testing.T) {
			_, cfg := decodingConfig(t, c.engines, c.prepare)
			p := measured(t, cfg)
			if got := stagesOf(p); !slices.Equal(got, c.want) {
				t.Errorf("stages %q, want %q", got, c.want)
			}
			notes := strings.Join(p.Provenance.Notes, "; ")
			if !strings.Contains(notes, c.says) || strings.Contains(notes, c.never) || !p.Provenance.Complete {
				t.Errorf("complete %v, notes %q, want them with %q and without %q", p.Provenance.Complete, notes, c.says, c.never)
			}
		})
	}
}

// The host phase of a batch is that of its pictures one after the other, and none of it is in the GPU's span or the wall's.
func TestTheHostPhaseIsApart(t *testing.T) {
	_, cfg := decodingConfig(t, 0, nil)
	g := openTarget(t, cfg)
	for _, p := range g.Points() {
		if p.Name != "decode and resize small, batch 2" {
			continue
		}
		kept := make(measure.Burst, len(p.Chain.Keys))
		for range 5 {
			if err := p.Chain.Job(&kept); err != nil {
				t.Fatal(err)
			}
		}
		at := func(stage string) float64 {
			part := slices.IndexFunc(p.Chain.Keys, func(k profile.Key) bool { return k.Stage == stage })
			if len(kept[part]) != 5 {
				t.Fatalf("%s: %d spans, want one a batch", stage, len(kept[part]))
			}
			return slices.Min(kept[part])
		}
		// The fake decodes in the host phase, a small picture in a tenth of a millisecond or more, and copies in the other.
		if at("huffman") < at("decode-wall") || at("decode-wall") < at("decode")-1000 {
			t.Errorf("huffman %v ns, decode %v ns, by the wall %v ns", at("huffman"), at("decode"), at("decode-wall"))
		}
		return
	}
	t.Error("no such point")
}

// The CPU decodes the Huffman codes of pictures up to DALI's threshold, the GPU those of larger ones; and what both need is
// taken before anything is measured.
func TestTheThresholdIsDALIs(t *testing.T) {
	fake, cfg := decodingConfig(t, 0, nil)
	large, err := photo.Set(t.Context(), "", "large", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	const byCPU, byGPU = "hybrid nvjpegDecodeJpegHost", "GPU hybrid nvjpegDecodeJpegHost"
	if before := fake.Calls(byGPU); before != 0 {
		t.Fatalf("%d large pictures before the first", before)
	}
	cfg.Images[0].Files = append(slices.Repeat(cfg.Images[0].Files[:1], 3), large...)
	cfg.Decoding = map[string][]int{"small": {1}}
	g := openTarget(t, cfg)
	memory := func() int { return fake.Calls("nvJPEG takes pinned memory") + fake.Calls("nvJPEG takes device memory") }
	for _, p := range g.Points() {
		if p.Name != "decode and resize small, batch 1" {
			continue
		}
		cpu, gpu, took := fake.Calls(byCPU), fake.Calls(byGPU), memory()
		for range 4 { // each picture once
			if err := p.Chain.Job(nil); err != nil {
				t.Fatal(err)
			}
		}
		cpu, gpu, took = fake.Calls(byCPU)-cpu, fake.Calls(byGPU)-gpu, memory()-took
		// The first of the four was the trial of the chain: of two rounds of four pictures the job has had one and three.
		if cpu+gpu != 4 || gpu < 1 || gpu > 2 || took != 0 {
			t.Errorf("the CPU decoded the codes of %d pictures and the GPU of %d; memory was taken %d times", cpu, gpu, took)
		}
		return
	}
	t.Error("no such point")
}

// A picture that two phases make wrong doubts their figures, not those of the engines.
func TestWrongPhasesAreDoubtedAlone(t *testing.T) {
	fake, cfg := decodingConfig(t, 7, nil)
	fake.Skip("nvjpegDecodeJpegDevice")
	p := visited(t, openFake(t, cfg))
	doubted := func(stage string) bool {
		s := p.Find(profile.Key{Stage: stage, Resource: "gpu", Image: "small"})
		return s != nil && strings.Contains(strings.Join(s.Warnings, "; "), "differs: ")
	}
	if doubted("decode") || !doubted("decode-phased") {
		t.Errorf("doubts of decode: %v, of decode-phased: %v", doubted("decode"), doubted("decode-phased"))
	}
}

// Phases that fail beside engines are left out, and take nothing else with them.
func TestPhasesThatFailAreLeftOut(t *testing.T) {
	fake, cfg := decodingConfig(t, 7, nil)
	fake.Fail("nvjpegDecodeJpegTransferToDevice", 6, 0)
	p := visited(t, openFake(t, cfg))
	if got := stagesOf(p); !slices.Equal(got, []string{"gpu decode small", "gpu decode small at batch 2"}) {
		t.Errorf("stages %q", got)
	}
	if notes := strings.Join(p.Provenance.Notes, "\n"); !strings.Contains(notes, "left out: decode small in two phases: decode: nvJPEG: nvjpegDecodeJpegTransferToDevice: ") || p.Provenance.Complete {
		t.Errorf("complete %v, notes %s", p.Provenance.Complete, notes)
	}
	fake.Heal()
}

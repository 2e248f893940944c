package compile

import (
	"strings"
	"testing"

	"vsim/profile"
	"vsim/sim/engine"
)

// What the host does beside a GPU is simulated where the profile has it: copying in place of the modelled staging copy
// where tensors are put together, postprocessing always; without such figures all is as if there were no such steps.
func TestTheHostsPartIsServedWhereItWasMeasured(t *testing.T) {
	with := batchDecoding()
	without := with.Without(&profile.Profile{Services: []profile.Service{
		{Key: profile.Key{Stage: "copy", Resource: "cpu", Model: "resnet50"}}, {Key: profile.Key{Stage: "post", Resource: "cpu", Model: "resnet50"}},
	}})
	for _, c := range []struct {
		preprocessing, memory, model, with, without string
	}{
		{"gpu", "pinned", "resnet50", "h2d decode resize infer d2h post", "h2d decode resize infer d2h"},
		{"gpu", "pageable", "resnet50", "staging h2d decode resize infer d2h post", "staging h2d decode resize infer d2h"},
		{"cpu", "pinned", "resnet50", "copy h2d infer d2h post", "h2d infer d2h"},
		{"cpu", "pageable", "resnet50", "copy h2d infer d2h post", "staging h2d infer d2h"},
		{"none", "pageable", "resnet50", "copy h2d infer d2h post", "staging h2d infer d2h"},
		{"none", "pageable", "vit-base", "staging h2d infer d2h", "staging h2d infer d2h"},
	} {
		text := strings.Replace(batchScenario, "model='resnet50'", "model='"+c.model+"'\npreprocessing='"+c.preprocessing+"'", 1) +
			"\n[times]\ninfer='1ms'\nd2h='1us'"
		text = strings.Replace(text, "[link]", "[link]\nmemory='"+c.memory+"'", 1)
		for p, want := range map[*profile.Profile]string{with: c.with, without: c.without} {
			sys := mustBuild(t, text, FromProfile(p, nil)).System
			var got []string
			for _, s := range pool(t, sys, "inference").Steps {
				got = append(got, s.Name)
				checkHost(t, sys, s)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s, %s memory, %s: steps %q, want %q", c.preprocessing, c.memory, c.model, got, want)
			}
		}
	}
}

// checkHost wants copying and postprocessing on the CPU, picture by picture.
func checkHost(t *testing.T, sys *engine.System, s engine.Step) {
	t.Helper()
	want, ok := map[string]float64{"copy": 60e3, "post": 10e3}[s.Name]
	if !ok {
		return
	}
	near(t, s.Name, s.Service.At[0][0].Mean(), want)
	if !s.Service.PerItem || sys.Resources[s.Resource[0]].Name != "cpu" {
		t.Errorf("%s is %+v on %s", s.Name, s.Service, sys.Resources[s.Resource[0]].Name)
	}
}

// Written times count as the profile's.
func TestTheHostsPartCanBeWritten(t *testing.T) {
	text := batchScenario + "\n[times]\ncopy='60us'\ndecode='1ms'\nresize='1ms'\ninfer='1ms'\nd2h='1us'\npost='10us'"
	text = strings.Replace(text, "model='resnet50'", "model='resnet50'\npreprocessing='cpu'", 1)
	sys := mustBuild(t, text, nil).System
	for _, name := range []string{"copy", "post"} {
		checkHost(t, sys, step(t, pool(t, sys, "inference"), name))
	}
}

// withHuffman is batchDecoding with nvJPEG's host phase, whole batches of which were measured.
func withHuffman() *profile.Profile {
	p := batchDecoding()
	for batch, ns := range map[int]float64{0: 500e3, 4: 1900e3, 8: 3600e3} {
		p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: profile.HuffmanStage, Resource: "cpu", Image: "medium", Batch: batch}, MeanNs: ns})
	}
	p.Services = append(p.Services, profile.Service{Key: profile.Key{Stage: profile.ParseStage, Resource: "cpu", Image: "medium"}, MeanNs: 20e3})
	return p
}

// The host phase of GPU decoding is simulated where the profile has it, before the transfer and in place of a staging copy: by one
// thread in the batches that were measured, by several image by image. JPEG engines leave parsing to the host.
func TestHuffmanIsServedWhereItWasMeasured(t *testing.T) {
	for _, c := range []struct {
		keys  string
		first float64 // ns of a batch of 8, or of an image where that is worked on alone
		each  bool
		after string
	}{
		{"", 3600e3, false, "h2d"},
		{"[preprocess]\nthreads=1", 3600e3, false, "h2d"},
		{"[preprocess]\nthreads=2", 500e3, true, "h2d"},
		{"[preprocess]\nseparate=true\nmemory='64MiB'", 3600e3, false, "h2d"},
		{"[preprocess]\nthreads=2\nseparate=true\nmemory='64MiB'", 500e3, true, "h2d"},
		{"[gpu]\njpeg_decoders=2", 20e3, true, "h2d"},
		{"[link]\nmemory='pageable'\nstaging_bandwidth='5GB/s'", 3600e3, false, "h2d"},
	} {
		text := batchScenario + "\n[times]\ninfer='1ms'\nd2h='1us'"
		table, keys, _ := strings.Cut(c.keys, "\n")
		if strings.Contains(text, table) && table != "" {
			text = strings.Replace(text, table, table+"\n"+keys, 1)
		} else {
			text += "\n" + c.keys
		}
		sys := mustBuild(t, text, FromProfile(withHuffman(), nil)).System
		name := "inference"
		if strings.Contains(c.keys, "separate") {
			name = "gpu preprocess"
		}
		p := pool(t, sys, name)
		huffman := p.Steps[0]
		if huffman.Name != "huffman" || p.Steps[1].Name != c.after || sys.Resources[huffman.Resource[0]].Name != "cpu" {
			t.Errorf("%q: %q on %q before %q", c.keys, huffman.Name, sys.Resources[huffman.Resource[0]].Name, p.Steps[1].Name)
			continue
		}
		row := huffman.Service.At[0]
		near(t, c.keys, row[len(row)-1].Mean(), c.first)
		if huffman.Service.PerItem != c.each || huffman.Threads > 1 != strings.Contains(c.keys, "threads=2") {
			t.Errorf("%q: by image %v, want %v; %d threads", c.keys, huffman.Service.PerItem, c.each, huffman.Threads)
		}
	}
}

// A profile of a mix of images must have all of them: an image of no time would be told faster than it is.
func TestHuffmanOfAnImageIsMissing(t *testing.T) {
	p := withHuffman()
	for _, s := range batchDecoding().Services {
		if s.Resource == "gpu" && s.Image == "medium" {
			s.Image = "small"
			p.Services = append(p.Services, s)
		}
	}
	text := strings.Replace(batchScenario, "image='medium'", "images=[{size='medium'},{size='small'}]", 1)
	_, err := Build(load(t, text), FromProfile(p, nil))
	if err == nil || !strings.Contains(err.Error(), "has no huffman small on cpu; it has: huffman medium") {
		t.Errorf("error %v", err)
	}
}

// Cores on which workers have several threads are shared as a whole: run queues know of one thread a worker.
func TestThreadsHaveNoRunQueues(t *testing.T) {
	text := batchScenario + "\n[times]\ninfer='1ms'\nd2h='1us'\n[inference]\ninstances=4\n"
	for keys, want := range map[string]bool{"": true, "[preprocess]\nthreads=2": false} {
		sys := mustBuild(t, text+keys, FromProfile(withHuffman(), nil)).System
		for _, r := range sys.Resources {
			if r.Name == "cpu" && r.PerCore != want {
				t.Errorf("%q: run queues %v, want %v", keys, r.PerCore, want)
			}
		}
	}
}

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

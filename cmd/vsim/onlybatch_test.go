package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"vsim/profile"
)

// fixedBatch writes a profile of a model whose file fixes the batch at 4, with an input of 110,592 bytes and so many samples of
// inference, and a machine with it.
func fixedBatch(t *testing.T, samples int) (machine string) {
	t.Helper()
	at := func(k profile.Key, n int, ns float64) profile.Service {
		k.Resource = "cpu"
		return profile.Service{Key: k, N: n, MeanNs: ns, Probabilities: []float64{0, 1}, QuantilesNs: []float64{0.9 * ns, 1.1 * ns}}
	}
	infer := at(profile.Key{Stage: "infer", Model: "net", Batch: 4, Threads: 1}, samples, 8e6)
	infer.OnlyBatch = true
	p := &profile.Profile{
		Schema: profile.Schema, Name: "a CPU", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-11-27T12:00:00Z", Complete: true},
		Services: []profile.Service{
			at(profile.Key{Stage: "decode", Image: "photos"}, 1000, 1e6), at(profile.Key{Stage: "resize", Image: "photos"}, 1000, 1e6),
			at(profile.Key{Stage: "copy", Model: "net"}, 1000, 1e4), at(profile.Key{Stage: "post", Model: "net"}, 1000, 1e4), infer,
		},
		Footprints: []profile.Footprint{{Resource: "cpu", Of: profile.TensorOf, Model: "net", SizeBytes: 110592}},
	}
	dir := t.TempDir()
	if err := p.Save(filepath.Join(dir, "p.toml")); err != nil {
		t.Fatal(err)
	}
	machine = filepath.Join(dir, "machine.toml")
	if err := os.WriteFile(machine, []byte("[cpu]\ncores = 2\nprofile = \"./p.toml\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return machine
}

// A model that runs batches of one size alone runs them by default: smaller ones are padded.
func TestTheOnlyBatchIsTheDefault(t *testing.T) {
	machine := fixedBatch(t, 1000)
	code, out, errOut := vsim("simulate", machine)
	if code != 0 || strings.Contains(out, "few samples") {
		t.Fatalf("exit %d: %s%s", code, out, errOut)
	}
	_, text, _ := vsim("simulate", machine, "--print")
	for _, want := range []string{"max_batch = 4\n", "allowed_batch_sizes = [4]\n", "tensor = \"110.592kB\"\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	code, _, errOut = vsim("simulate", machine, "--set", "batcher.max_batch=2")
	if want := "set batcher.max_batch = 4 and batcher.allowed_batch_sizes = [4]"; code != 2 || !strings.Contains(errOut, want) {
		t.Errorf("exit %d, %q; want exit 2 and %q", code, errOut, want)
	}
}

func TestFewSamplesAreTold(t *testing.T) {
	_, out, _ := vsim("simulate", fixedBatch(t, 2))
	if want := "few samples of infer net (1 threads) at batch 4 (2), so"; !strings.Contains(out, want) {
		t.Errorf("%q is missing in:\n%s", want, out)
	}
}

func TestAProfileInPlaceOfItsMachine(t *testing.T) {
	p := filepath.Join(filepath.Dir(fixedBatch(t, 2)), "p.toml")
	for _, command := range []string{"simulate", "validate"} {
		code, _, errOut := vsim(command, p)
		if code != 2 || strings.Count(errOut, "\n") != 1 || !strings.Contains(errOut, "is a profile") || !strings.Contains(errOut, "p-machine.toml") {
			t.Errorf("%s: exit %d, %q", command, code, errOut)
		}
	}
}

// The command that must have the same options has them with all digits.
func TestOptionsOfAModelAreRepeatedExactly(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(visionFlags).add(flags)
	if err := flags.Parse([]string{"--mean", "0.48145466,0.4578275,0.40821073", "--std", "1", "--scale", "0.00392156"}); err != nil {
		t.Fatal(err)
	}
	want := "--mean 0.48145466,0.4578275,0.40821073 --std 1 --scale 0.00392156"
	if got := strings.Join(given(flags), " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

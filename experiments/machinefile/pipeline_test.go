package machinefile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vsim/profile"
)

// brokers is a profile of a broker by sizes and batches.
func brokers(of map[int][]int) *profile.Profile {
	p := &profile.Profile{Name: "brokers", Origin: profile.Measured, Provenance: profile.Provenance{Date: "2026-01-01T00:00:00Z", Cores: 3}}
	for _, size := range []int{1000, 10_000, 100_000} {
		for _, batch := range of[size] {
			for _, stage := range []string{profile.Produce, profile.Deliver, profile.Fetch} {
				p.Services = append(p.Services, profile.Service{
					Key: profile.Key{Stage: stage, Resource: "broker", Broker: profile.RedisList, SizeBytes: size, Batch: batch},
					N:   1, MeanNs: 1000, Probabilities: []float64{0, 1}, QuantilesNs: []float64{1000, 1000},
				})
			}
		}
	}
	return p
}

// TestPipelineOfAProfile can be simulated; a person's own file stays.
func TestPipelineOfAProfile(t *testing.T) {
	p, path := brokers(map[int][]int{1000: {1, 5}, 10_000: {1, 5}}), filepath.Join(t.TempDir(), "b.toml")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second writes over the first
		use, err := UsePipeline(p, path)
		if err != nil || !strings.HasSuffix(use, "vsim simulate "+PipelineBeside(path)) {
			t.Fatalf("%q, error %v", use, err)
		}
	}
	text, err := os.ReadFile(PipelineBeside(path))
	if err != nil || !strings.Contains(string(text), `message = "10000B"`) || !strings.Contains(string(text), "capacity = 3") {
		t.Errorf("error %v:\n%s", err, text)
	}
	_, own, _ := strings.Cut(string(text), "\n")
	if err := os.WriteFile(PipelineBeside(path), []byte(own), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := UsePipeline(p, path); err == nil || !strings.Contains(err.Error(), "not of vsim profile") {
		t.Errorf("a person's file: error %v", err)
	}
}

// TestFirstMessage is one that was measured in several batches, and then one of the size of a face.
func TestFirstMessage(t *testing.T) {
	for want, of := range map[int]map[int][]int{
		10_000: {1000: {1, 5}, 10_000: {1, 5}, 100_000: {1, 5}}, 1000: {1000: {1, 5}, 10_000: {1}}, 100_000: {100_000: {1, 5}},
	} {
		if got := firstMessage(brokers(of)); got.SizeBytes != want || got.Broker != profile.RedisList {
			t.Errorf("%v: %+v, want %d bytes", of, got, want)
		}
	}
}

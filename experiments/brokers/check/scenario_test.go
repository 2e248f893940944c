package check

import "testing"

// Each case has a scenario of its own that reads without a fault, and its own name and file.
func TestScenariosOfAllCases(t *testing.T) {
	p := &pipeline{Detector: "d", Identifier: "i", Frame: frameSet, Face: "crop", Detectors: detectors, Identifiers: identifiers, MaxBatch: maxBatch, MessageBytes: 9876, Cores: 2}
	names, files := map[string]bool{}, map[string]bool{}
	all := cases(Kinds, defaults.Faces)
	for _, c := range all {
		s, err := p.scenario(c)
		if err != nil {
			t.Errorf("%v\n%s", err, p.text(c))
			continue
		}
		if s.Workload.Concurrency != c.Clients || len(s.Brokers) == 1 == (c.Kind == Fused) {
			t.Errorf("%s: %d clients, %d brokers", c.Name, s.Workload.Concurrency, len(s.Brokers))
		}
		names[c.Name], files[c.slug()] = true, true
	}
	if n := len(Kinds) * len(defaults.Faces) * 2; len(all) != n || len(names) != n || len(files) != n {
		t.Errorf("%d cases of %d names and %d files, want %d", len(all), len(names), len(files), n)
	}
}

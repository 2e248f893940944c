package scenario

import (
	"slices"
	"testing"
)

func TestKeyNames(t *testing.T) {
	names, docs := KeyNames()
	if len(names) != len(docs) || slices.Contains(docs, "") {
		t.Errorf("%d names, %q", len(names), docs)
	}
	for _, want := range []string{"profile", "workload.rate", "inference.instances", "gpu.count"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if slices.ContainsFunc(names, func(n string) bool { return n == "stage" || n == "stage.workers" }) {
		t.Error("keys of lists are there")
	}
}

package measure

import (
	"bytes"
	"strings"
	"testing"

	"vsim/profile"
)

func TestFormatMessage(t *testing.T) {
	for n, want := range map[int]string{999: "999 B", 1000: "1 kB", 10_000: "10 kB", 16_384: "16.38 kB", 1_000_000: "1 MB", 2_500_000: "2.5 MB"} {
		if got := FormatMessage(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// TestTableOfBrokers has a line for each kind of request, beside the table of all else; a doubt names the request once.
func TestTableOfBrokers(t *testing.T) {
	p := &profile.Profile{}
	for _, batch := range []int{1, 5} {
		for i, stage := range []string{profile.Produce, profile.Produce + profile.ClientSuffix, profile.Fetch} {
			s := Service(profile.Key{Stage: stage, Resource: "broker", Broker: profile.RedisList, SizeBytes: 10_000, Batch: batch}, []float64{1000 * float64(batch+i)})
			s.Warnings = []string{"few samples: 1"}
			p.Services = append(p.Services, s)
		}
	}
	var out bytes.Buffer
	if err := WriteTable(&out, p); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got := strings.Join(strings.Fields(lines[len(lines)-1]), " "); len(lines) != 3 || got != "redis-list 10 kB 5 5 µs - 6 µs - - - 7 µs - - - - !" {
		t.Errorf("%d lines, the last %q:\n%s", len(lines), got, &out)
	}
	p.Services = append(p.Services, Service(profile.Key{Stage: "decode", Resource: "cpu", Image: "small"}, []float64{1000}))
	if got := Doubts(p); len(got) != 1 || got[0] != "few samples: 1 of redis-list 10 kB, 5 of redis-list 10 kB" {
		t.Errorf("doubts %q", got)
	}
	out.Reset()
	if err := WriteTable(&out, p); err != nil || !strings.Contains(out.String(), "decode") || strings.Count(out.String(), "redis-list") != 2 {
		t.Errorf("error %v:\n%s", err, &out)
	}
}

// TestMeansAreNotFew: spans that are means of many jobs are no samples of which there could be too few.
func TestMeansAreNotFew(t *testing.T) {
	visits := []visit{{alone: Burst{{1, 2, 3}}, quiet: true}, {alone: Burst{{1, 2, 3}}, quiet: true}}
	if has(warnings(visits, 0, 0.9, true), "few samples") || !has(warnings(visits, 0, 0.9, false), "few samples") {
		t.Error("few samples are told of means, or not of others")
	}
}

package brokers

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"vsim/profile"
)

func TestPercentilesAreNearestRanks(t *testing.T) {
	var latency []time.Duration
	for i := 1000; i > 0; i-- {
		latency = append(latency, time.Duration(i))
	}
	if p50, p99 := percentiles(latency); p50 != 501 || p99 != 991 {
		t.Errorf("p50 %v, p99 %v of 1 to 1000", p50, p99)
	}
	if p50, p99 := percentiles([]time.Duration{7}); p50 != 7 || p99 != 7 {
		t.Errorf("p50 %v, p99 %v of one", p50, p99)
	}
}

// made is a report with two rounds of a cell that was held and one that was not.
func made() *Report {
	cell := Cell{profile.RedisList, 1000, 1}
	lost := Cell{profile.KafkaAll, 1_000_000, 1}
	return &Report{
		Machine: Machine{Name: "a machine"}, Rounds: 2, Complete: true, Versions: map[string]string{"Redis": "7.0.15"},
		Runs: []Run{
			{Cell: lost, Load: 0, PerS: 200, Messages: 300, ClientNs: 2e6, BrokerNs: 5e6},
			{Cell: lost, Load: 0.5, OfferedPerS: 100, PerS: 50, P50Ns: 9e6, P99Ns: 20e6, Messages: 100, Lost: 2},
			{Cell: cell, Load: 0, PerS: 90_000, Messages: 90_000, ClientNs: 3000, BrokerNs: 1000},
			{Cell: cell, Load: 0.5, OfferedPerS: 50_000, PerS: 49_990, P50Ns: 100e3, P99Ns: 400e3, Messages: 1000},
			{Cell: cell, Round: 1, Load: 0, PerS: 110_000, Messages: 110_000, ClientNs: 5000, BrokerNs: 2000},
			{Cell: cell, Round: 1, Load: 0.5, OfferedPerS: 50_000, PerS: 50_010, P50Ns: 200e3, P99Ns: 600e3, Messages: 1000},
		},
	}
}

func TestRowsAreMeansOfRounds(t *testing.T) {
	rows := made().Rows()
	if len(rows) != 4 || rows[0].Broker != profile.RedisList || rows[0].Load != 0 || rows[3].Load != 0.5 {
		t.Fatalf("rows %+v", rows)
	}
	full, half := rows[0], rows[1]
	if full.PerS != 100_000 || full.PerSRange != 10_000 || full.ClientNs != 4000 || full.BrokerNs != 1500 || full.Rounds != 2 {
		t.Errorf("full load: %+v", full)
	}
	if half.P50Ns != 150e3 || half.P50Range != 50e3 || half.P99Ns != 500e3 || half.P99Range != 100e3 || half.Messages != 2000 {
		t.Errorf("half load: %+v", half)
	}
	if !half.sustained() || rows[3].sustained() {
		t.Error("50 of 100 messages/s are not held, 50,000 of 50,000 are")
	}
}

func TestPageSaysWhatIsUncertain(t *testing.T) {
	r := made()
	page := string(r.page())
	for _, want := range []string{
		"# Brokers, measured: a machine", "Redis 7.0.15", "± half their range",
		"| 1 kB | redis-list | 100000 ± 10000 | 100 | 0.150 ± 0.050 | 0.500 ± 0.100 | 4.00 | 1.50 |",
		"| 1 MB | kafka-all | 200 | 200 | (9.00) | (~20.0) | 2000 | 5000 |",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "Not all of it") {
		t.Error("a complete report says it is not")
	}
	r.Complete = false
	if !strings.Contains(string(r.page()), "Not all of it was measured: it was interrupted") {
		t.Error("an incomplete report does not say so")
	}
}

func TestTextSaysWhatMarksMean(t *testing.T) {
	const few, grows = "~ of fewer than 200 messages a round", "( ) of a load that the broker did not hold"
	r := made()
	for _, marked := range []bool{true, false} {
		var text strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text.String(), few) != marked || strings.Contains(text.String(), grows) != marked {
			t.Errorf("marks are there: %v\n%s", marked, text.String())
		}
		r.Runs = r.Runs[2:] // without the cell that was not held
	}
}

func TestCSVHasALineForEachLoad(t *testing.T) {
	lines, err := csv.NewReader(bytes.NewReader(made().csv())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 5 || strings.Join(lines[1], ",") != "redis-list,1000,1,full,,100000,10000,,,,,4,1.5,200000,0,2" {
		t.Errorf("%q", lines)
	}
	if strings.Join(lines[4], ",") != "kafka-all,1000000,1,0.5,100,50,,9,0,20,0,,,100,2,1" {
		t.Errorf("%q", lines[4])
	}
}

func TestPicturesHaveAllFormats(t *testing.T) {
	files, err := made().pictures()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"latency", "throughput", "cpu"} {
		if !bytes.Contains(files[name+".svg"], []byte("<svg")) || !bytes.HasPrefix(files[name+".png"], []byte("\x89PNG")) {
			t.Errorf("%s is no picture", name)
		}
		if !bytes.Contains(files[name+".svg"], []byte("redis-list")) {
			t.Errorf("%s.svg has no legend", name)
		}
	}
}

package calibrate

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"vsim/sim"
	"vsim/sim/scenario"
)

// batchOf8 is what perf_analyzer -b 8 writes of a server that computes a request of eight images in 4.75 ms.
const batchOf8 = "Concurrency," + perfHeader + "\n" +
	"1,1317.96,70,1200,40,45,4700,5,10,1\n2,1644.4,70,1200,3700,45,4700,5,10,1\n4,1646.94,70,1200,13400,45,4700,5,10,1\n"

// ratesOf is a table of rates to which throughput has a ratio.
func ratesOf(rows string) string { return "Request Rate," + perfHeader + "\n" + rows }

// Requests of as many images as a batch may have go through one by one: 206/s, as measured with four clients.
func TestARequestThatFillsABatchIsNotJoined(t *testing.T) {
	for _, given := range []int{0, 8} {
		table := fromText(t, batchOf8)
		c := calibrated(t, &table, Options{Server: Server{MaxBatch: given}})
		s, err := scenario.Parse("x.toml", c.Scenario("x", ""), scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := sim.Predict(context.Background(), sim.Of(s), sim.Options{NoWhatIf: true, NoPI: true})
		if err != nil {
			t.Fatal(err)
		}
		near(t, "requests/s", p.ThroughputRPS.Value, 1646.94/8, 0.02)
		var out bytes.Buffer
		if err := c.Text(&out); err != nil {
			t.Fatal(err)
		}
		if want := "max batch 8, formation growing (of no matter without batches). A request has 8 images; a batch is one request."; !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

// Requests of two images, up to four of them in a batch: what a known server does comes out, and its scenario batches images.
func TestBatchesCountImages(t *testing.T) {
	truth := knownLoad(1, 8, false)
	truth.Images = 2
	table := truth.table(t, 2, 4, 6, 8, 12, 16)
	table.Images = 2
	c := calibrated(t, table, Options{Formation: "growing"})
	if m, most := MedianAndLargest(c.Errors(Rate, false)); m > 0.03 || most > 0.06 {
		t.Errorf("throughput is off by %.1f %% in the median, %.1f %% at most", 100*m, 100*most)
	}
	for _, n := range c.Model.Nodes {
		if n.Batch < 2 || n.Batch > 8 {
			t.Errorf("a batch of %.3g images, want those of one to four requests", n.Batch)
		}
	}
	text := string(c.Scenario("x", ""))
	if !strings.Contains(text, "items = 2") || !strings.Contains(text, "max_batch = 8") {
		t.Errorf("the scenario does not say it:\n%s", text)
	}
}

// perf_analyzer's rate is of requests, its throughput of images.
func TestImagesOfRequestRates(t *testing.T) {
	got := fromText(t, ratesOf("20,40,0,1000,0,0,3000,0,0,4000\n40,80,0,1000,0,0,3000,0,0,4000\n300,420,0,1000,90000,0,3000,0,0,94000\n"))
	if got.Images != 2 || len(got.Online) != 2 || got.Online[1].ThroughputRPS != 40 || len(got.LeftOut) != 1 {
		t.Errorf("%d images a request, %+v, left out %+v", got.Images, got.Online, got.LeftOut)
	}
}

func TestImplausibleNumbersOfImagesAreRefused(t *testing.T) {
	const own = "concurrency,infer_per_s,client_send_ms,network_server_ms,queue_ms,compute_input_ms,compute_infer_ms,compute_output_ms,max_batch\n"
	for _, c := range []struct {
		text     string
		maxBatch int
		want     string
	}{
		{own + "1,160,70,1200,40,45,4700,5,\n2,205,70,1300,3600,45,4720,5,\n", 0, "t.csv:2: throughput x latency / clients is 984, which is taken as the images of a request, more than the 256 that are believed where no max_batch is given; check the columns' units"},
		{own + "1,160,70,1200,40,45,4700,5,32\n", 0, "more than the 32 of a batch (max_batch), so that Triton would refuse them; check the columns' units"},
		{batchOf8, 4, "t.csv:2: throughput x latency / clients is 8, which is taken as the images of a request, more than the 4 of a batch (max_batch)"},
		{"Concurrency," + perfHeader + "\n1,600,0,1000,0,0,3000,0,0,4000\n", 0, "t.csv:2: Concurrency = 1: throughput x latency / clients is 2.4, which is taken as the images of a request, but requests have a whole number"},
		{ratesOf("50,90,0,1000,0,0,3000,0,0,4000\n"), 0, "t.csv:2: Request Rate = 50: the throughput, which counts images, is 1.8 times the offered rate, which counts requests, but requests have a whole number"},
		{ratesOf("50,30,0,1000,0,0,3000,0,0,4000\n"), 0, "no row has a throughput near the rate"},
	} {
		tables, err := ReadTables("t.csv", strings.NewReader(c.text))
		if err == nil {
			_, err = Calibrate(context.Background(), "t.csv", &tables[0], Options{Server: Server{MaxBatch: c.maxBatch}})
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want one line with %q", err, c.want)
		}
	}
}

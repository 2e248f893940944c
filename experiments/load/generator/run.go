// Package generator is the load generator behind vsim load: it asks a server of the Open Inference Protocol what its model reads,
// sends that by any traffic of the simulator, keeps records of each request, and reports what they showed and whether that is
// valid.
package generator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"vsim/experiments/load"
	"vsim/experiments/load/record"
	"vsim/experiments/load/remote"
	"vsim/experiments/oip"
	"vsim/sim/scenario"

	"google.golang.org/grpc/status"
)

// Options say what is sent where.
type Options struct {
	Address  string // "http://host:port", "grpc://host:port"
	Model    string // "" for the only one of the server
	Pictures string // "small", "medium", "large", a JPEG file or a folder of them; "" is medium, where pictures are sent
	Tensor   string // of models that read a tensor: "random", which "" is, or "image"
	Shape    []int64
	Batch    int // images of a request
	Priority int // of requests whose class says none; 0: the server's default
	Timeout  time.Duration
	Loads    []Traffic // one after the other
	WarmUp   time.Duration
	Measure  time.Duration
	Seed     uint64
	Output   string // a folder for the records, "" for none
	CacheDir string

	Progress func(done float64, what string) // nil: nobody is told
}

// gaugeEvery is how often the number in flight is noted.
const gaugeEvery = 500 * time.Millisecond

// Run puts the loads on the server. After an interrupt, or where a load cannot go on, it gives the runs that there are beside the
// error.
func Run(ctx context.Context, o Options) (runs []*record.Run, err error) {
	g, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	for i := range o.Loads {
		run, err := g.load(ctx, i)
		if run != nil {
			runs = append(runs, run)
		}
		if err != nil {
			return runs, err
		}
	}
	return runs, nil
}

// generator is ready to send.
type generator struct {
	Options
	client oip.Client
	header record.Header // of what all loads have in common
	images [][]byte      // that are sent, one or copies of it a request
	target *remote.Target
	stats  *statistics
	writer *record.Writer // nil where nothing is kept
}

func (g *generator) close() error {
	err := g.client.Close()
	if g.writer != nil {
		err = errors.Join(err, g.writer.Close())
	}
	return err
}

// start asks the server what it is, and makes what is sent.
func start(ctx context.Context, o Options) (*generator, error) {
	client, err := oip.Dial(o.Address)
	if err != nil {
		return nil, scenario.BadInput("URL", "%v", err)
	}
	g := &generator{Options: o, client: client}
	if err := g.prepare(ctx); err != nil {
		_ = client.Close() // the first error counts
		return nil, err
	}
	return g, nil
}

func (g *generator) prepare(ctx context.Context) error {
	server, err := g.ask(ctx)
	if err != nil {
		return err
	}
	if g.Model == "" {
		if g.Model, err = g.only(ctx); err != nil {
			return err
		}
	}
	meta, err := g.client.Model(ctx, g.Model)
	if err != nil {
		return scenario.BadInput("--model "+g.Model, "the server does not have it ready: %s", status.Convert(err).Message())
	}
	config, err := g.client.Config(ctx, g.Model)
	if err != nil {
		config = nil // an extension that other servers than Triton may lack
	}
	sends, err := inputOf(ctx, meta, config, asked{g.Pictures, g.Tensor, g.Shape, g.Batch, g.Seed, g.CacheDir})
	if err != nil {
		return err
	}
	g.images = sends.images
	if g.target, err = remote.New(ctx, g.client, remote.Options{Model: g.Model, Shape: sends.shape, Batch: g.Batch, Timeout: g.Timeout}); err != nil {
		return scenario.BadInput("--model "+g.Model, "cannot be sent to: %s", status.Convert(err).Message())
	}
	g.stats = &statistics{client: g.client, models: modelsOf(ctx, g.client, g.Model, config)}
	host, _ := os.Hostname() // decoration
	g.header = record.Header{Server: server, Address: oip.Shown(g.Address), Model: g.Model, Input: sends.text, Generator: fmt.Sprintf("%s, process %d", host, os.Getpid()),
		Batch: g.Batch, Seed: g.Seed, WarmUpNs: int64(g.WarmUp), MeasureNs: int64(g.Measure)}
	if g.Output != "" {
		g.writer, err = record.Create(g.Output)
	}
	return err
}

// answerWithin is how long a server may take to say what it is.
const answerWithin = 10 * time.Second

// ask says what server it is.
func (g *generator) ask(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := g.client.Ready(ctx); err != nil {
		return "", fmt.Errorf("no server is ready at %s: %s", oip.Shown(g.Address), status.Convert(err).Message())
	}
	server, err := g.client.Server(ctx)
	if err != nil {
		return "", fmt.Errorf("the server at %s does not say what it is: %s", oip.Shown(g.Address), status.Convert(err).Message())
	}
	return server.Name + " " + server.Version, nil
}

// only is the name of the server's model, where it has but one that no ensemble is made of.
func (g *generator) only(ctx context.Context) (string, error) {
	models, err := g.client.Statistics(ctx, "")
	if err != nil {
		return "", scenario.BadInput("--model", "missing: the server does not tell its models (%s)", status.Convert(err).Message())
	}
	parts, names, seen := map[string]bool{}, []string{}, map[string]bool{}
	for _, m := range models {
		if config, err := g.client.Config(ctx, m.Name); err == nil {
			for _, step := range config.GetEnsembleScheduling().GetStep() {
				parts[step.ModelName] = true
			}
		}
	}
	for _, m := range models {
		if !parts[m.Name] && !seen[m.Name] {
			seen[m.Name], names = true, append(names, m.Name)
		}
	}
	if len(names) != 1 {
		return "", scenario.BadInput("--model", "missing: the server has %d models (%s); name one", len(names), list(names))
	}
	return names[0], nil
}

// load puts one of the loads on the server.
func (g *generator) load(ctx context.Context, number int) (*record.Run, error) {
	traffic := &g.Loads[number]
	h := g.header
	h.Load, h.Clients, h.Thinks, h.RateRPS, h.Stationary, h.Finite = traffic.Text, traffic.Clients, traffic.Thinks, traffic.RateRPS, traffic.Stationary, traffic.finite()
	began := time.Now()
	h.BeganNs = began.UnixNano()
	k := &keeper{run: &record.Run{Header: h, Generators: 1}, writer: g.writer, began: began}
	if g.writer != nil {
		g.writer.Begin(h)
	}
	meter := newGauge(g.target, began)
	beside, stop := context.WithCancel(ctx)
	var helpers sync.WaitGroup
	var seen window
	helpers.Go(func() { k.watch(beside, meter, h.WarmUpNs, h.WarmUpNs+h.MeasureNs) })
	helpers.Go(func() { seen = g.watch(ctx, beside, began, traffic.finite()) })
	if g.Progress != nil {
		helpers.Go(func() { g.tell(beside, number, began) })
	}
	config := load.Config{Classes: g.classes(traffic), Source: traffic.source, WarmUp: g.WarmUp, Measure: g.Measure, Seed: g.Seed,
		Observe: func(s load.Seen) {
			if s.Err == nil || ctx.Err() == nil { // else the interrupt ended it
				k.seen(s)
			}
		}}
	result, err := load.Run(ctx, meter, config)
	stop()
	helpers.Wait()
	return k.end(g.writer, seen, result, meter.in(), err), err
}

// classes are the traffic's, all with the same input.
func (g *generator) classes(t *Traffic) (out []load.Class) {
	for _, c := range t.classes {
		priority := c.priority
		if priority == 0 {
			priority = g.Priority
		}
		out = append(out, load.Class{Name: c.name, Weight: c.weight, Priority: priority, Images: g.images})
	}
	return out
}

// list is names in a sentence.
func list(names []string) string {
	const most = 8
	out := ""
	for i, name := range names {
		if i == most {
			return fmt.Sprintf("%s and %d more", out, len(names)-most)
		}
		if i > 0 {
			out += ", "
		}
		out += name
	}
	return out
}

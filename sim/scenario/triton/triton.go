// Package triton reads the model configurations of NVIDIA's Triton Inference Server (config.pbtxt) and
// writes them as scenarios. How Triton takes a field is said with the file and function of
// triton-inference-server/core, commit 73aad7c, that does it.
package triton

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/sim/scenario"
)

// Options are what a configuration does not say.
type Options struct {
	Repository string      // folder of the models; "" for that of the configuration's own model
	Hardware   string      // machine: an embedded name or a path; "" for DefaultHardware
	Image      string      // inputs of varying size are JPEGs of this one: small, medium, large or bytes ("121kB")
	Times      []string    // inference times: "2ms + 0.05ms/image" of every model, "NAME=2ms" of one
	Shares     map[int]int // shares of the requests by priority level; nil for all at the default one
	Spread     float64     // cv that is assumed of times known by their mean alone; 0 for none
	Folder     string      // where the scenario will lie; paths in it are relative to it
}

// DefaultHardware is the machine where none is named.
const DefaultHardware = "1gpu-rtx4090"

// Result is a scenario and what was left out of it.
type Result struct {
	TOML     []byte
	Warnings []scenario.Fault
}

// importer is an import in the making.
type importer struct {
	opt      Options
	read     func(file string) ([]byte, error)
	machine  *machine
	times    *times
	image    scenario.Bytes
	configs  map[string]*modelConfig // by file; nil for one that is faulty
	faults   []scenario.Fault
	warnings []scenario.Fault
}

// Import reads the model configuration in a file, and those of the models that an ensemble consists of,
// and makes a scenario of them. The error is a *scenario.InputError.
func Import(file string, opt Options) (*Result, error) {
	im := &importer{opt: opt, read: os.ReadFile}
	return im.run(file)
}

func (im *importer) run(file string) (*Result, error) {
	im.configs = map[string]*modelConfig{}
	if err := im.options(file); err != nil {
		return nil, err
	}
	p, err := im.scenario(file)
	if err == nil && len(im.faults) > 0 {
		slices.SortStableFunc(im.faults, func(a, b scenario.Fault) int {
			return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
		})
		err = &scenario.InputError{Faults: im.faults}
	}
	if err != nil {
		return nil, err
	}
	return &Result{TOML: p.toml(), Warnings: im.warnings}, nil
}

func (im *importer) options(file string) (err error) {
	im.opt.Hardware = cmp.Or(im.opt.Hardware, DefaultHardware)
	im.opt.Folder = cmp.Or(im.opt.Folder, ".")
	im.opt.Repository = cmp.Or(im.opt.Repository, filepath.Join(filepath.Dir(file), ".."))
	if im.machine, err = loadMachine(im.opt.Hardware, im.opt.Folder); err != nil {
		return err
	}
	if im.image, err = imageBytes(im.opt.Image); err != nil {
		return err
	}
	if s := im.opt.Spread; !(s >= 0 && s <= 2) {
		return scenario.BadInput("--spread", "%v must be 0 to 2", s)
	}
	im.times, err = parseTimes(im.opt.Times)
	return err
}

// scenario makes the parts of the scenario; they count for nothing when there are faults.
func (im *importer) scenario(file string) (*printed, error) {
	c := im.load(file)
	if c == nil {
		return nil, nil
	}
	visits := im.visits(c)
	if len(im.faults) > 0 {
		return nil, nil
	}
	if err := im.checkTimes(visits); err != nil {
		return nil, err
	}
	vertices, err := im.vertices(c, visits)
	if err != nil {
		im.fault(c.fault("ensemble_scheduling", nil, err.Error(), ""))
		return nil, nil
	}
	p := &printed{name: c.Name, clients: im.clients(), spread: im.opt.Spread}
	all, pools := im.serve(c, visits, vertices)
	if p.classes, p.classNote = im.classes(c, all); len(im.faults) > 0 {
		return nil, nil
	}
	p.resources = im.machine.withPools(pools)
	names := unique{}
	for _, v := range all {
		names.of(v.name)
	}
	for _, v := range all {
		p.stages = append(p.stages, im.stages(v, names)...)
	}
	p.head = im.header(file, pools)
	return p, nil
}

// serve finds out how every vertex is served, and on which pools of GPUs. A model that is visited twice
// is read once.
func (im *importer) serve(c *modelConfig, visits []*visit, vertices []vertex) ([]*served, []pool) {
	batchings, placements := map[*modelConfig]*batching{}, map[*modelConfig]*placement{}
	var byVisit []*placement
	for _, v := range visits {
		if _, again := placements[v.config]; !again {
			batchings[v.config], placements[v.config] = im.batching(v.config), im.place(v.config)
		} else {
			im.warn(v.step.fault("model_name", quote(v.config.Name), "left out", "that both visits of the model share its queue and instances; each has its own, on the same devices"))
		}
		byVisit = append(byVisit, placements[v.config])
	}
	if len(im.faults) > 0 {
		return nil, nil
	}
	pools, flow := im.pools(visits, byVisit), im.flowOf(c, visits, byVisit)
	var out []*served
	for _, x := range vertices {
		s := &served{vertex: x}
		if out = append(out, s); x.visit == nil {
			continue
		}
		s.batching, s.placement = batchings[x.visit.config], placements[x.visit.config]
		if s.placement.onGPU > 0 {
			s.pool = poolOf(pools, s.placement)
			s.h2d, s.d2h = im.transfers(x.visit, flow)
			im.checkPool(x.visit, s)
		}
	}
	return out, pools
}

// checkPool warns where models share some of their GPUs but not all.
func (im *importer) checkPool(v *visit, s *served) {
	if len(s.pool.gpus) > len(s.placement.gpus) {
		im.warn(v.config.fault("instance_group", nil, "left out", fmt.Sprintf("that its instances stand on %s alone; %s are one pool for the models that share some of them", gpuList(s.placement.gpus), gpuList(s.pool.gpus))))
	}
}

// clients is the number of clients of a closed loop that vsim takes by default.
func (im *importer) clients() int {
	if im.machine.gpus > 0 {
		return 64 * im.machine.gpus
	}
	return max(4*im.machine.cores, 1)
}

// load reads a configuration, once; nil when it is faulty.
func (im *importer) load(file string) *modelConfig {
	if c, ok := im.configs[file]; ok {
		return c
	}
	im.configs[file] = nil
	text, err := im.read(file)
	if err != nil {
		var path *os.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		im.fault(scenario.Fault{File: file, Rule: "cannot be read: " + err.Error(), Remedy: "--repository DIR says where the models of an ensemble lie, DIR/NAME/config.pbtxt"})
		return nil
	}
	c, faults, warnings := read(file, text)
	im.faults, im.warnings = append(im.faults, faults...), append(im.warnings, warnings...)
	if len(faults) > 0 {
		return nil
	}
	im.configs[file] = c
	im.check(c)
	return c
}

// check checks what concerns a configuration as a whole, and names a model without a name after its
// folder, as Triton does.
func (im *importer) check(c *modelConfig) {
	if strings.TrimSpace(c.Name) == "" {
		c.Name = filepath.Base(filepath.Dir(absolute(c.file)))
	}
	var choices []string
	for _, field := range []string{"dynamic_batching", "sequence_batching", "ensemble_scheduling"} {
		if c.lines[field] > 0 {
			choices = append(choices, field)
		}
	}
	if len(choices) > 1 {
		im.fault(c.fault(choices[1], nil, "stands beside "+choices[0]+"; a model has one scheduler", "keep one of them"))
	}
	if c.Platform == "ensemble" && c.EnsembleScheduling == nil {
		im.fault(c.fault("platform", quote(c.Platform), "an ensemble needs ensemble_scheduling", ""))
	}
	if o := c.Optimization; o != nil && (o.InputPinned != nil && !o.InputPinned.Enable || o.OutputPinned != nil && !o.OutputPinned.Enable) {
		im.warn(c.fault("optimization", nil, "left out", "that transfers are not from pinned memory; they are those of the machine's link"))
	}
}

// composing loads the model of an ensemble's step.
func (im *importer) composing(s *ensembleStep) *modelConfig {
	c := im.load(filepath.Join(im.opt.Repository, s.ModelName, "config.pbtxt"))
	if c != nil && c.Name != s.ModelName {
		im.fault(c.fault("name", quote(c.Name), "is not the name of the model's folder, "+quote(s.ModelName), ""))
	}
	return c
}

func absolute(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		return abs
	}
	return file
}

// header says where the scenario comes from and what it leaves out.
func (im *importer) header(file string, pools []pool) []string {
	out := []string{"Made by vsim import triton from " + filepath.ToSlash(file) + ". A comment behind a key names the line that says it."}
	if slices.ContainsFunc(pools, func(p pool) bool { return len(p.gpus) > 1 }) {
		out = append(out, "Triton has one queue before all instances of a model, wherever they stand. So its GPUs are one resource",
			"here, on which as many batches run at full speed; which GPU an instance stands on is left out.")
	}
	if len(im.warnings) > 0 {
		out = append(out, "Left out or changed:")
	}
	for _, w := range im.warnings {
		out = append(out, "  "+w.String())
	}
	return append(out, "")
}

func (im *importer) fault(f scenario.Fault) { im.faults = append(im.faults, f) }
func (im *importer) warn(f scenario.Fault)  { im.warnings = append(im.warnings, f) }

// Package triton reads the model configurations of NVIDIA's Triton Inference Server (config.pbtxt) and
// writes them as scenarios. How Triton takes a field is said with the file and function of
// triton-inference-server/core, commit 73aad7c, that does it.
package triton

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vsim/profile/userfile"
	"vsim/sim/scenario"
)

// Options are what a configuration does not say.
type Options struct {
	Repository string         // folder of the models; "" for that of the configuration's own model
	Hardware   string         // machine: an embedded name or a path; "" for DefaultHardware, without its power
	Image      string         // inputs of varying size are JPEGs of this one: small, medium, large or bytes ("121kB")
	Times      []string       // inference times by batch size: "2ms + 0.05ms/image" or "1:2ms,8:5ms" of every model, "NAME=2ms" of one, "NAME@cpu=9ms" or "@cpu=9ms" of instances on the CPU
	Shares     map[int]int    // shares of the requests by priority level; nil for all at the default one
	Traffic    map[string]int // of a whole repository: shares of the requests by model; nil for equal ones of all that no ensemble has as a step
	Items      map[string]int // how many items a model returns for a request, where not one

	Spread float64 // cv that is assumed of times known by their mean alone; 0 for none

	AutoComplete    string // how the server completes configurations: "" for CompleteAsGuide
	DefaultMaxBatch int    // the server's default-max-batch-size, 1 for no batches; 0 for DefaultMaxBatch

	RateLimit          string   // the server's --rate-limit: "" for RateLimitOn
	RateLimitResources []string // its --rate-limit-resource: "NAME:COUNT"

	Folder string // where the scenario will lie; paths in it are relative to it

	Read func(file string) ([]byte, error) // gives the configurations where they are not on disk; nil reads files
}

// DefaultHardware is the machine where none is named.
const DefaultHardware = "1gpu-rtx4090"

// MaxWarnings is how many warnings are told one by one, and how many more there are.
const MaxWarnings = 20

// Result is a scenario and what was left out of it.
type Result struct {
	TOML     []byte
	Warnings []scenario.Fault
	Files    []string // that were read: configurations, the machine and its profiles
}

// importer is an import in the making.
type importer struct {
	opt           Options
	read          func(file string) ([]byte, error)
	list          func(folder string) (models, others []string, err error) // of the folders in a repository; nil where the file is a model
	folder        bool                                                     // a whole repository is imported
	ownRepository bool                                                     // --repository names where the models of an ensemble lie
	machine       *machine
	times         times
	limiter       *limiter
	held          []noted // memories that stand for the rate limiter's resources
	image         scenario.Bytes
	configs       map[string]*modelConfig // by file; nil for one that is faulty
	faults        []scenario.Fault
	warnings      []scenario.Fault
}

// Import reads the model configuration in a file, and those of the models that an ensemble consists of,
// and makes a scenario of them; or those of all models in a folder. The error is a *scenario.InputError.
func Import(file string, opt Options) (*Result, error) {
	im := &importer{opt: opt, read: func(file string) ([]byte, error) {
		text, err := userfile.Read(file, maxTextBytes)
		return text, userfile.Reason(err)
	}}
	if opt.Read != nil {
		im.read = opt.Read
		return im.run(file)
	}
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		im.folder, im.list = true, modelsIn
	}
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
	files := append(slices.Sorted(maps.Keys(im.configs)), im.machine.files...)
	return &Result{TOML: p.toml(), Warnings: im.warnings, Files: files}, nil
}

func (im *importer) options(file string) (err error) {
	im.opt.Folder = cmp.Or(im.opt.Folder, ".")
	im.opt.AutoComplete = cmp.Or(im.opt.AutoComplete, CompleteAsGuide)
	im.opt.DefaultMaxBatch = cmp.Or(im.opt.DefaultMaxBatch, DefaultMaxBatch)
	if err := checkCompletion(&im.opt); err != nil {
		return err
	}
	if im.folder {
		if r := im.opt.Repository; r != "" && absolute(r) != absolute(file) {
			return scenario.BadInput("--repository", "%q stands beside %q, which is a folder of models itself; name one of them", r, file)
		}
		im.opt.Repository = file
	}
	im.ownRepository = im.opt.Repository != ""
	im.opt.Repository = cmp.Or(im.opt.Repository, filepath.Join(filepath.Dir(file), ".."))
	if im.machine, err = loadMachine(cmp.Or(im.opt.Hardware, DefaultHardware), im.opt.Folder); err != nil {
		return err
	}
	if im.opt.Hardware == "" {
		im.machine.withoutPower()
	}
	if im.image, err = imageBytes(im.opt.Image); err != nil {
		return err
	}
	if s := im.opt.Spread; !(s >= 0 && s <= 2) {
		return scenario.BadInput("--spread", "%v must be 0 to 2", s)
	}
	im.opt.RateLimit = cmp.Or(im.opt.RateLimit, RateLimitOn)
	if im.limiter, err = parseLimits(&im.opt); err != nil {
		return err
	}
	im.times, err = parseTimes(im.opt.Times)
	return err
}

// entry is a model that clients send requests to, and what they visit on their way.
type entry struct {
	config   *modelConfig
	share    int // of the requests
	visits   []*visit
	vertices []vertex
	served   []*served
}

// scenario makes the parts of the scenario; they count for nothing when there are faults.
func (im *importer) scenario(file string) (*printed, error) {
	entries := im.entries(file)
	var visits []*visit
	for _, e := range entries {
		e.visits = im.visits(e.config)
		visits = append(visits, e.visits...)
	}
	if len(im.faults) > 0 {
		return nil, nil
	}
	if err := im.checkTimes(visits); err != nil {
		return nil, err
	}
	names := unique{}
	for _, e := range entries {
		var err error
		if e.vertices, err = im.vertices(e.config, e.visits, names); err != nil {
			im.fault(e.config.fault("ensemble_scheduling", nil, err.Error(), ""))
			return nil, nil
		}
	}
	im.items(entries, visits)
	pools := im.serve(entries, visits)
	if len(im.faults) > 0 {
		return nil, nil
	}
	return im.parts(file, entries, names, pools), nil
}

// parts makes the tables of the scenario.
func (im *importer) parts(file string, entries []*entry, names unique, pools []pool) *printed {
	p := &printed{name: im.name(file, entries), clients: im.clients(), spread: im.opt.Spread, resources: im.machine.withPools(pools)}
	all := allServed(entries)
	afterAll(all, names)
	var ways []*way
	for _, e := range entries {
		w := &way{class: e.config.Name}
		for _, v := range e.served {
			w.stops = append(w.stops, im.stops(v, names)...)
		}
		ways = append(ways, w)
	}
	if im.folder {
		p.classes, p.classNote = im.trafficClasses(entries)
		p.stages = together(ways, names)
	} else {
		p.classes, p.classNote = im.classes(all)
		for _, stop := range ways[0].stops {
			p.stages = append(p.stages, stop...)
		}
	}
	p.resources = append(p.resources, im.held...)
	p.head = im.header(file, pools)
	return p
}

// name is that of the scenario.
func (im *importer) name(file string, entries []*entry) string {
	if im.folder {
		return filepath.Base(absolute(file))
	}
	return entries[0].config.Name
}

func allServed(entries []*entry) (out []*served) {
	for _, e := range entries {
		out = append(out, e.served...)
	}
	return out
}

// afterAll lets every vertex come after the stages that end those before it.
func afterAll(all []*served, names unique) {
	left := map[string]string{}
	for _, v := range all {
		if left[v.name] = v.name; v.copiesApart() {
			v.output = names.of(v.name + " output")
			left[v.name] = v.output
		}
	}
	for _, v := range all {
		for i, before := range v.after {
			v.after[i] = left[before]
		}
	}
}

// serve finds out how every vertex is served, and on which pools of GPUs. A model that is visited twice
// is read once.
func (im *importer) serve(entries []*entry, visits []*visit) []pool {
	batchings, placements := map[*modelConfig]*batching{}, map[*modelConfig]*placement{}
	var byVisit []*placement
	models := distinct(visits)
	for _, c := range models {
		batchings[c], placements[c] = im.batching(c), im.place(c)
		im.limit(placements[c])
	}
	im.unneeded()
	for _, c := range models {
		im.settle(c, placements[c])
		im.timed(c, placements[c], batchings[c])
		im.untimed(c, placements[c], batchings[c])
		im.uncompleted(c)
	}
	seen := map[*modelConfig]bool{}
	for _, v := range visits {
		if seen[v.config] {
			im.visitedTwice(v)
		}
		seen[v.config] = true
		byVisit = append(byVisit, placements[v.config])
	}
	if len(im.faults) > 0 {
		return nil
	}
	pools := im.pools(visits, byVisit)
	for _, e := range entries {
		flow := im.flowOf(e.config, e.visits, placements)
		for _, x := range e.vertices {
			s := &served{vertex: x}
			if e.served = append(e.served, s); x.visit == nil {
				continue
			}
			s.batching, s.placement = batchings[x.visit.config], placements[x.visit.config]
			if s.placement.onGPU > 0 {
				s.pool = poolOf(pools, s.placement)
				s.h2d, s.d2h = im.transfers(x.visit, flow)
				im.checkPool(x.visit, s)
			}
		}
	}
	return pools
}

// visitedTwice warns that a model's queue and instances are there once more.
func (im *importer) visitedTwice(v *visit) {
	const remedy = "that all visits of the model share its queue and instances: each has its own, on the same devices"
	if v.step == nil {
		im.warn(v.config.fault("name", quote(v.config.Name), "left out", remedy))
		return
	}
	im.warn(v.step.fault("model_name", quote(v.config.Name), "left out", remedy))
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
	if im.madeUp(file, err) {
		text, err = nil, nil
	}
	if err != nil {
		im.fault(unreadable(file, err))
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

// madeUp says that a configuration does not exist, but that the server makes one up, of a model's file beside it
// (GetNormalizedModelConfig, model_config_utils.cc).
func (im *importer) madeUp(file string, err error) bool {
	if !errors.Is(err, fs.ErrNotExist) || filepath.Base(file) != configName || im.opt.AutoComplete == CompleteNothing {
		return false
	}
	name := versionedFile(filepath.Dir(file))
	if name != "" {
		im.warn(scenario.Fault{File: file, Rule: "does not exist: the model is taken as the server completes an empty configuration, from its file " + name, Remedy: "write it, by what GET /v2/models/NAME/config of the running server answers"})
	}
	return name != ""
}

// checkDims refuses dimensions of no or less than no elements, as Triton does (ValidateIOShape, model_config_utils.cc).
func (im *importer) checkDims(tensors []tensor) {
	for i := range tensors {
		t := &tensors[i]
		if at := slices.IndexFunc(t.Dims, func(d int64) bool { return d < 1 && d != -1 }); at >= 0 {
			im.fault(t.fault("dims", t.Dims[at], "must be at least 1, or -1 for one of varying size", ""))
		}
	}
}

// unreadable is the fault of a file that cannot be read.
func unreadable(file string, err error) scenario.Fault {
	f := scenario.Fault{File: file, Rule: "cannot be read: " + err.Error()}
	if errors.Is(err, fs.ErrNotExist) {
		f.Remedy = "--repository DIR says where the models of an ensemble lie, DIR/NAME/config.pbtxt"
	}
	return f
}

// maxNameBytes is the length of the longest name, which is also a folder's.
const maxNameBytes = 255

// check checks what concerns a configuration as a whole, and names a model without a name after its
// folder, as Triton does.
func (im *importer) check(c *modelConfig) {
	if strings.TrimSpace(c.Name) == "" {
		c.Name = filepath.Base(filepath.Dir(absolute(c.file)))
	}
	switch {
	case strings.ContainsFunc(c.Name, userfile.IsControl):
		im.fault(c.fault("name", quote(c.Name), "has control characters", "name the model by its folder, in plain letters"))
	case len(c.Name) > maxNameBytes:
		im.fault(c.fault("name", quote(c.Name), fmt.Sprintf("is longer than %d bytes", maxNameBytes), "name the model by its folder"))
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
	im.checkEngine(c)
	im.checkDims(c.Input)
	im.checkDims(c.Output)
	if o := c.Optimization; o != nil && (o.InputPinned != nil && !o.InputPinned.Enable || o.OutputPinned != nil && !o.OutputPinned.Enable) {
		im.warn(c.fault("optimization", nil, "left out", "that transfers are not from pinned memory; they are those of the machine's link"))
	}
}

// composing loads the model of an ensemble's step.
func (im *importer) composing(s *ensembleStep) *modelConfig { return im.model(s.ModelName) }

// model loads a model of the repository.
func (im *importer) model(name string) *modelConfig {
	c := im.load(filepath.Join(im.opt.Repository, name, "config.pbtxt"))
	if c != nil && c.Name != name {
		im.fault(c.fault("name", quote(c.Name), "is not the name of the model's folder, "+quote(name), ""))
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
	if im.opt.Hardware == "" {
		out = append(out, "No --hardware was named: link and profile are those of "+im.machine.name+", and no power is known.")
	}
	if len(im.warnings) > 0 {
		out = append(out, "Left out or changed:")
	}
	for _, w := range im.warnings[:min(len(im.warnings), MaxWarnings)] {
		out = append(out, "  "+w.String())
	}
	if more := len(im.warnings) - MaxWarnings; more > 0 {
		out = append(out, fmt.Sprintf("  and %d more", more))
	}
	return append(out, "")
}

// fault adds a fault, once: an ensemble inside others is checked at each of its visits.
func (im *importer) fault(f scenario.Fault) {
	if !slices.Contains(im.faults, f) {
		im.faults = append(im.faults, f)
	}
}

func (im *importer) warn(f scenario.Fault) { im.warnings = append(im.warnings, f) }

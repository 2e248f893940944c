package scenario

import (
	"reflect"
	"strconv"
)

// fillDefaults gives every key that was not written its default: the literal ones from the schema's
// tags, the ones that depend on other keys from the rules here.
func (s *Scenario) fillDefaults() {
	if !s.Synthetic() {
		s.fillClassify()
	}
	fillLiterals(s.given, reflect.ValueOf(s).Elem())
	if s.GPU.Count == 0 && !s.Given("link") {
		s.Link = Link{} // there is nothing to link
	}
	s.fillWorkload()
}

func (s *Scenario) fillClassify() {
	if s.Pipeline == nil {
		s.Pipeline = &Pipeline{}
	}
	if s.Batcher == nil {
		s.Batcher = &Batcher{}
	}
	if s.Inference == nil {
		s.Inference = &Inference{}
	}
	p, device, onCPU := s.Pipeline, "gpu", false
	if s.GPU.Count == 0 {
		device = "cpu"
	}
	setDefault(&p.Preprocessing, device, s.Given("pipeline.preprocessing"))
	setDefault(&p.Inference, device, s.Given("pipeline.inference"))
	onCPU = p.Inference == "cpu"
	switch {
	case p.Image != "" && !s.Given("pipeline.images"):
		p.Images, p.Image = []Image{{Size: p.Image, Weight: 1}}, ""
	case !s.Given("pipeline.images"):
		p.Images = []Image{{Size: "medium", Weight: 1}}
	}
	setDefault(&s.Batcher.MaxBatch, choose(onCPU, 8, 32), s.Given("batcher.max_batch"))
	setDefault(&s.Inference.Instances, choose(onCPU, 1, 2), s.Given("inference.instances"))
	if onCPU {
		setDefault(&s.Inference.IntraOpThreads, 1, s.Given("inference.intra_op_threads"))
	} else {
		s.Inference.IntraOpThreads = 0 // has no meaning on a GPU
	}
	if p.Preprocessing == "cpu" {
		if s.Preprocess == nil {
			s.Preprocess = &Preprocess{}
		}
		setDefault(&s.Preprocess.Workers, s.CPU.Cores, s.Given("preprocess.workers"))
	} else {
		s.Preprocess = nil
	}
}

func (s *Scenario) fillWorkload() {
	w := &s.Workload
	arrivals := "closed"
	switch {
	case s.Given("workload.rate"):
		arrivals = "poisson"
	case s.Given("workload.gap"):
		arrivals = "renewal"
	}
	setDefault(&w.Arrivals, arrivals, s.Given("workload.arrivals"))
	if w.Arrivals != "closed" {
		return
	}
	clients := 1
	if !s.Synthetic() {
		clients = choose(s.GPU.Count > 0, 64*s.GPU.Count, max(4*s.CPU.Cores, 1))
	}
	setDefault(&w.Concurrency, clients, s.Given("workload.concurrency"))
}

// fillLiterals fills the fields of a struct whose keys are missing in the tree from their default tag,
// where that is a value and not words.
func fillLiterals(given map[string]any, v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		x := v.FieldByIndex(f.index)
		if x.Kind() == reflect.Pointer {
			if x.IsNil() || x.Type() == reflect.TypeFor[*Distribution]() {
				continue
			}
			x = x.Elem()
		}
		switch _, isQuantity := x.Addr().Interface().(quantity); {
		case !isQuantity && x.Kind() == reflect.Struct:
			below, _ := given[f.name].(map[string]any)
			fillLiterals(below, x)
		case x.Kind() == reflect.Slice:
			fillElements(given[f.name], x)
		default:
			if _, written := given[f.name]; !written && x.IsZero() {
				fillLiteral(x, f.tag.Get("default"))
			}
		}
	}
}

func fillElements(given any, x reflect.Value) {
	list, _ := asList(given)
	for i := range min(x.Len(), len(list)) {
		if table, ok := list[i].(map[string]any); ok && x.Index(i).Kind() == reflect.Struct {
			fillLiterals(table, x.Index(i))
		}
	}
}

func fillLiteral(x reflect.Value, text string) {
	if q, ok := x.Addr().Interface().(quantity); ok {
		_ = parseQuantity(text, q) // words leave it 0, for the rules to fill
		return
	}
	switch n, err := strconv.ParseFloat(text, 64); x.Kind() {
	case reflect.String:
		if x.String() == "" && !spaced(text) {
			x.SetString(text)
		}
	case reflect.Int, reflect.Int64:
		if err == nil {
			x.SetInt(int64(n))
		}
	case reflect.Uint64:
		if err == nil {
			x.SetUint(uint64(n))
		}
	case reflect.Float64:
		if err == nil {
			x.SetFloat(n)
		}
	}
}

// spaced tells words, which explain a default, from a value.
func spaced(text string) bool {
	for _, r := range text {
		if r == ' ' {
			return true
		}
	}
	return false
}

func setDefault[T any](x *T, value T, written bool) {
	if !written {
		*x = value
	}
}

func choose[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// Synthetic says whether the scenario is a network of [[stage]] tables with inline distributions
// rather than a server with a profile.
func (s *Scenario) Synthetic() bool {
	_, stages := s.given["stage"]
	_, resources := s.given["resource"]
	return stages || resources
}

// Given says whether a key was written, in the file, its hardware file or on the command line.
func (s *Scenario) Given(key string) bool { return has(s.given, key) }

// HardwareName is the machine's name for people.
func (s *Scenario) HardwareName() string {
	switch {
	case s.hardwareName != "":
		return s.hardwareName
	case s.Name != "":
		return s.Name
	}
	return s.file
}

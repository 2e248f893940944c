package scenario

import (
	"reflect"
	"strconv"
	"time"
)

// fillDefaults gives every key that was not written its default: the literal ones from the schema's
// tags, the ones that depend on other keys from the rules here.
func (s *Scenario) fillDefaults() {
	if !s.IsGeneral() {
		s.fillPipeline()
		s.fillServing()
		s.fillIdentify()
	}
	s.fillBrokers()
	s.fillFused()
	fillLiterals(s.given, reflect.ValueOf(s).Elem())
	if s.GPU.Count == 0 && !s.Given("link") {
		s.Link = Link{} // there is nothing to link
	}
	s.fillWorkload()
}

func (s *Scenario) fillPipeline() {
	ensure(&s.Pipeline)
	p, device := s.Pipeline, choose(s.GPU.Count == 0, "cpu", "gpu")
	setDefault(&p.Preprocessing, s.measuredDecoder(device), s.Given("pipeline.preprocessing"))
	setDefault(&p.Inference, device, s.Given("pipeline.inference"))
	if !s.Given("pipeline.model") {
		p.Model = s.measuredModel(choose(p.Preset == identifyPreset, "faster-rcnn", "vit-base"))
	}
	switch {
	case p.Image != "" && !s.Given("pipeline.images"):
		p.Images, p.Image = []Image{{Size: p.Image, Weight: 1}}, ""
	case !s.Given("pipeline.images"):
		p.Images = []Image{{Size: s.measuredImage("medium"), Weight: 1}}
	}
	s.fillSizes()
	s.fillTensor()
}

func (s *Scenario) fillServing() {
	ensure(&s.Batcher)
	ensure(&s.Inference)
	p, onCPU := s.Pipeline, s.Pipeline.Inference == "cpu"
	setDefault(&s.Inference.Instances, choose(onCPU, 1, 2), s.Given("inference.instances"))
	if onCPU {
		setDefault(&s.Inference.IntraOpThreads, s.measuredThreads(1), s.Given("inference.intra_op_threads"))
	} else {
		s.Inference.IntraOpThreads = 0 // has no meaning on a GPU
	}
	setDefault(&s.Batcher.MaxBatch, s.measuredBatch(choose(onCPU, 8, 32)), s.Given("batcher.max_batch"))
	s.fillAllowed()
	if p.Preprocessing == "cpu" || p.Preprocessing == "split" {
		ensure(&s.Preprocess)
		setDefault(&s.Preprocess.Workers, s.CPU.Cores, s.Given("preprocess.workers"))
	}
	if pre := s.Preprocess; pre != nil && pre.Separate {
		setDefault(&pre.Instances, 1, s.Given("preprocess.instances"))
		setDefault(&pre.MaxBatch, s.Batcher.MaxBatch, s.Given("preprocess.max_batch"))
		setDefault(&pre.Memory, s.GPU.Memory, s.Given("preprocess.memory"))
		setDefault(&s.GPU.MemoryFull, "wait", s.Given("gpu.memory_full"))
	}
}

// identifyPreset is the preset of two models, of which the second works on what the first finds.
const identifyPreset = "detect-then-identify"

func (s *Scenario) fillIdentify() {
	if s.Pipeline.Preset != identifyPreset {
		return
	}
	ensure(&s.Identify)
	id := s.Identify
	if id.Faces == nil {
		id.Faces = &Count{Dist: "constant", Mean: 1}
	}
	setDefault(&id.Instances, s.Inference.Instances, s.Given("identify.instances"))
	setDefault(&id.MaxBatch, s.Batcher.MaxBatch, s.Given("identify.max_batch"))
	if !s.Given("identify.max_queue_delay") {
		id.MaxQueueDelay = s.Batcher.MaxQueueDelay
		if !s.Given("batcher.max_queue_delay") {
			id.MaxQueueDelay = Duration(time.Millisecond)
		}
	}
}

// ensure makes the table if it was not written.
func ensure[T any](table **T) {
	if *table == nil {
		*table = new(T)
	}
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
	list, isList := asList(given)
	if !isList {
		list = []any{given} // a single element that stands for a list of one
	}
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

// Given says whether a key was written, in the file, its hardware file or on the command line.
func (s *Scenario) Given(key string) bool { return has(s.given, key) }

// Written says whether a key was written in the file or on the command line, and not just in its hardware file.
func (s *Scenario) Written(key string) bool { return has(s.own, key) }

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

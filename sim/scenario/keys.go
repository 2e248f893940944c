package scenario

import (
	"reflect"
	"slices"
	"strings"
)

// section is one table of the language and its keys.
type section struct {
	title string // "[cpu]", "[[stage]]", "A service"
	about string
	keys  []key
}

// key is one key for people.
type key struct {
	name, kind, fallback, needed, limits, doc, example string
	choices                                            []string
}

// innerTable is a table that stands inside others.
type innerTable struct {
	typ          reflect.Type
	name, plural string
	about        string
}

// shared are those tables, which are explained once.
var shared = []innerTable{
	{reflect.TypeFor[Step](), "step", "steps", "One piece of work of a [[stage]]."},
	{reflect.TypeFor[Service](), "service", "services", "A duration (a constant), or a table of the keys here: those of a distribution, or profile_stage and the keys that say which point of the profile, or bytes. A list gives one a class."},
	{reflect.TypeFor[Distribution](), "distribution", "distributions", "A duration (a constant), or a table."},
	{reflect.TypeFor[Count](), "count", "counts", "A whole number, or a table: how many at random."},
	{reflect.TypeFor[Hold](), "hold", "holds", "What a request takes of a memory. A list gives one a class."},
	{reflect.TypeFor[Slowdown](), "slowdown", "slowdowns", "Extra time of jobs beside others on the same resource."},
	{reflect.TypeFor[StagePower](), "stage power", "stage powers", "Power of one stage's jobs."},
	{reflect.TypeFor[QueuePolicy](), "queue policy", "queue policies", "Policy of the queue of a priority level."},
	{reflect.TypeFor[Image](), "image", "images", "One size of image for one model."},
	{reflect.TypeFor[State](), "state", "states", "One state of MMPP arrivals."},
	{reflect.TypeFor[Span](), "span", "spans", "A stretch of piecewise arrivals."},
}

// tables says what the tables of the file are for.
var tables = map[string]string{
	"cpu":        "The host processor of one server.",
	"gpu":        "The GPUs of one server, all alike.",
	"link":       "How each GPU is attached to the host (PCIe).",
	"memory":     "The host's memory.",
	"price":      "What one server costs; nothing of it changes how it serves. A scenario's replaces the machine's as a whole.",
	"pipeline":   "A preset: what is served.",
	"server":     "A preset's server: its own work on each request.",
	"preprocess": "A preset's decoding and resizing.",
	"batcher":    "A preset's dynamic batcher, by Triton's rules.",
	"inference":  "A preset's model instances.",
	"identify":   "The second model of the preset detect-then-identify.",
	"times":      "A preset's service times, where they are not those of a profile.",
	"class":      "The general form: one kind of request. Without any there is one, named request.",
	"resource":   "The general form: what jobs share.",
	"broker":     "The general form: what carries messages between stages, Kafka or Redis.",
	"stage":      "The general form: a queue, its workers and what they do. Requests visit the stages in order unless after says otherwise.",
	"servers":    "Identical servers.",
	"balance":    "How requests are spread.",
	"outage":     "A GPU, a server or a broker that fails and is repaired.",
	"workload":   "How requests arrive.",
	"scaling":    "How far figures may be stretched.",
	"run":        "How long and with which random numbers the simulation runs.",
}

// sections lists all tables of the language.
func sections() []section {
	top := reflect.TypeFor[Scenario]()
	out := []section{{title: "Top of the file", about: "These keys stand before the first table.", keys: keysOf(top, func(f field) bool { return !isTable(f.typ) })}}
	for _, f := range fieldsOf(top) {
		if !isTable(f.typ) {
			continue
		}
		title := "[" + f.name + "]"
		if f.typ.Kind() == reflect.Slice {
			title = "[" + title + "]"
		}
		out = append(out, section{title: title, about: tables[f.name], keys: keysOf(elementType(f.typ), nil)})
	}
	for _, t := range shared {
		out = append(out, section{title: article(t.name) + t.name, about: t.about, keys: keysOf(t.typ, nil)})
	}
	return out
}

// article is "A " or "An ".
func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "An "
	}
	return "A "
}

// limits says which values a key's rules let pass.
func limits(tag reflect.StructTag) string {
	low, isLow := tag.Lookup("min")
	above, isAbove := tag.Lookup("above")
	high, isHigh := tag.Lookup("max")
	switch {
	case isLow && isHigh:
		return low + " to " + high
	case isAbove && isHigh:
		return "above " + above + " to " + high
	case isLow:
		return "at least " + low
	case isAbove:
		return "above " + above
	case isHigh:
		return "at most " + high
	}
	return ""
}

// elementType is what a pointer points to, or a list holds.
func elementType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		return t.Elem()
	}
	return t
}

func keysOf(t reflect.Type, wanted func(field) bool) (out []key) {
	for _, f := range fieldsOf(t) {
		if wanted != nil && !wanted(f) {
			continue
		}
		k := key{name: f.name, kind: kindName(f.typ, f.tag), fallback: f.tag.Get("default"), needed: f.tag.Get("needed"), limits: limits(f.tag), doc: f.tag.Get("doc"), example: example(f)}
		if choices := f.tag.Get("enum"); choices != "" {
			k.choices = strings.Split(choices, "|")
		}
		if t == reflect.TypeFor[Workload]() {
			k.forArrivals()
		}
		out = append(out, k)
	}
	return out
}

// example is a value of the key as it stands in a file: that of the tag, else the default, the first
// choice or that of its unit.
func example(f field) string {
	text := f.tag.Get("example")
	if text == "" && !spaced(f.tag.Get("default")) && f.typ.Kind() != reflect.Slice {
		text = f.tag.Get("default")
	}
	if choices := f.tag.Get("enum"); choices != "" && text == "" {
		text, _, _ = strings.Cut(choices, "|")
	}
	typ := f.typ
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	q, isQuantity := reflect.New(typ).Interface().(quantity)
	if isQuantity && text == "" {
		text = q.example()
	}
	if isQuantity || f.typ.Kind() == reflect.String {
		return quote(text)
	}
	return text
}

// plural of a kind: "times", "whole numbers".
func plural(kind string) string {
	if strings.HasSuffix(kind, "s") {
		return kind
	}
	return kind + "s"
}

// quantities are the numbers that have a unit.
var quantities = []struct {
	name   string
	sample quantity
	note   string
}{
	{"time", new(Duration), "at most 2400h"},
	{"rate", new(Rate), ""},
	{"size", new(Bytes), ""},
	{"bandwidth", new(Bandwidth), ""},
	{"power", new(Power), ""},
}

func quantityName(q quantity) string {
	for _, known := range quantities {
		if reflect.TypeOf(known.sample) == reflect.TypeOf(q) {
			return known.name
		}
	}
	return "number with a unit"
}

// kindName says what a key's value looks like.
func kindName(t reflect.Type, tag reflect.StructTag) string {
	if choices := tag.Get("enum"); choices != "" {
		return "name"
	}
	if q, ok := reflect.New(t).Interface().(quantity); ok {
		return quantityName(q)
	}
	at := slices.IndexFunc(shared, func(s innerTable) bool { return s.typ == elementType(t) })
	switch {
	case at >= 0 && tag.Get("single") != "":
		return shared[at].name + " or list of " + shared[at].plural
	case at >= 0 && t.Kind() == reflect.Slice:
		return "list of " + shared[at].plural
	case at >= 0:
		return shared[at].name
	}
	switch t.Kind() {
	case reflect.Slice:
		return "list of " + plural(kindName(t.Elem(), ""))
	case reflect.Pointer:
		return kindName(t.Elem(), "")
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float64:
		return "number"
	}
	return "whole number"
}

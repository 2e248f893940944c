package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"vsim/sim/engine"
)

// arrivalKinds are all processes of arrivals. To add one, write arrivals_NAME.go after the pattern of
// arrivals_cameras.go, embed its keys in Workload and give it a row here; where the engine does not know the
// process yet, sim/engine/workload gets it first. Where none is named, the last row whose implied key is
// written holds, and the first where there is no such row.
var arrivalKinds = []*arrivalKind{
	&closedArrivals,
	&poissonArrivals,
	&gammaArrivals,
	&deterministicArrivals,
	&renewalArrivals,
	&mmppArrivals,
	&piecewiseArrivals,
	&diurnalArrivals,
	&traceArrivals,
	&camerasArrivals,
}

// arrivalKind is one process of arrivals: what the language says about it, and how the engine gets it.
type arrivalKind struct {
	name    string   // value of workload.arrivals
	about   string   // continues "name: " in the reference
	needs   []string // keys of [workload] without which it cannot be
	may     []string // keys that it takes besides
	implied string   // the key that, written without arrivals, means this process; "" for none

	fill  func(s *Scenario)                                                // defaults that a tag cannot say; may be nil
	check func(s *Scenario, d *decoder)                                    // rules between keys; may be nil
	note  func(w *Workload, source *engine.Source) string                  // one sentence for the report, without the full stop
	start func(s *Scenario, source *engine.Source) (key string, err error) // fills the engine's source; key is where an error lies
	part  func(w *Workload, of share) bool                                 // makes it that of a share of the servers, and says whether there is such a thing; nil where there is none
}

// takes says whether a key of [workload] means anything to the process.
func (k *arrivalKind) takes(key string) bool {
	return slices.Contains(k.needs, key) || slices.Contains(k.may, key)
}

// Arrivals is the name of a process of arrivals.
type Arrivals string

// schema is what the table adds to the key's tag.
func (Arrivals) schema() reflect.StructTag { return arrivalsTag() }

var arrivalsTag = sync.OnceValue(func() reflect.StructTag {
	var names, abouts []string
	fallback := arrivalKinds[0].name
	for _, k := range arrivalKinds {
		names = append(names, k.name)
		abouts = append(abouts, k.name+": "+k.about)
	}
	for _, k := range arrivalKinds[1:] {
		if k.implied != "" {
			fallback += ", " + k.name + " with " + k.implied
		}
	}
	return reflect.StructTag(fmt.Sprintf(` enum:%q default:%q doc:%q`, strings.Join(names, "|"), fallback, strings.Join(abouts, "; ")))
})

// kindNamed finds a process by name, nil if there is none.
func kindNamed(name string) *arrivalKind {
	for _, k := range arrivalKinds {
		if k.name == name {
			return k
		}
	}
	return nil
}

// kindImpliedBy finds the process that a key means, nil if it means none.
func kindImpliedBy(key string) *arrivalKind {
	for _, k := range slices.Backward(arrivalKinds) {
		if k.implied != "" && k.implied == key {
			return k
		}
	}
	return nil
}

// kindOf is the process that the keys of a [workload] table mean; nil where it is named wrongly.
func kindOf(workload map[string]any) *arrivalKind {
	if written, ok := workload["arrivals"]; ok {
		name, _ := written.(string)
		return kindNamed(name)
	}
	for _, k := range slices.Backward(arrivalKinds) {
		if _, ok := workload[k.implied]; ok {
			return k
		}
	}
	return arrivalKinds[0]
}

// arrivalKeys lists the keys of [workload] that belong to some processes, in the order of the schema.
func arrivalKeys() (out []string) {
	for _, f := range fieldsOf(reflect.TypeFor[Workload]()) {
		if slices.ContainsFunc(arrivalKinds, func(k *arrivalKind) bool { return k.takes(f.name) }) {
			out = append(out, f.name)
		}
	}
	return out
}

// displacedArrivals lists the keys of a [workload] table that give way when another one is set, as they
// are of another process than the one it is of.
func displacedArrivals(workload map[string]any, key string, value any) (out []string) {
	kind := kindOf(workload)
	if key == "arrivals" {
		name, _ := value.(string)
		kind = kindNamed(name)
	} else {
		if kind != nil && kind.takes(key) {
			return nil
		}
		if kind = kindImpliedBy(key); kind != nil {
			out = append(out, "workload.arrivals")
		}
	}
	if kind == nil {
		return nil
	}
	for _, other := range arrivalKeys() {
		if !kind.takes(other) {
			out = append(out, join("workload", other))
		}
	}
	return out
}

// forArrivals says of a key of [workload] which processes take it, and which need it.
func (k *key) forArrivals() {
	var takes, needs []string
	for _, kind := range arrivalKinds {
		if kind.takes(k.name) {
			takes = append(takes, kind.name)
		}
		if slices.Contains(kind.needs, k.name) {
			needs = append(needs, kind.name)
		}
	}
	if len(takes) > 0 {
		k.doc = "of " + strings.Join(takes, ", ") + ": " + k.doc
	}
	if len(needs) > 0 {
		k.needed = "with " + strings.Join(needs, ", ")
	}
}

// arrivals is the scenario's process.
func (s *Scenario) arrivals() *arrivalKind { return kindNamed(string(s.Workload.Arrivals)) }

func (s *Scenario) fillWorkload() {
	if s.Workload.Arrivals == "" {
		workload, _ := s.given["workload"].(map[string]any)
		if k := kindOf(workload); k != nil {
			s.Workload.Arrivals = Arrivals(k.name)
		}
	}
	if k := s.arrivals(); k != nil && k.fill != nil {
		k.fill(s)
	}
}

func (s *Scenario) checkWorkload(d *decoder) {
	kind := s.arrivals()
	if kind == nil {
		return // named wrongly, which is reported
	}
	for _, f := range fieldsOf(reflect.TypeFor[Workload]()) {
		key := join("workload", f.name)
		switch given := s.Given(key); {
		case slices.Contains(kind.needs, f.name) && !given:
			d.fault(key, nil, "missing; arrivals = %q needs it%s", kind.name, s.howToSet(key, f))
		case given && slices.Contains(arrivalKeys(), f.name) && !kind.takes(f.name):
			d.fault(key, nil, "has no effect with arrivals = %q; remove one of the two", kind.name)
		}
	}
	if kind.check != nil {
		kind.check(s, d)
	}
}

// howToSet says how to give a key that is missing because the kind of arrivals was set from outside the file.
func (s *Scenario) howToSet(key string, f field) string {
	if _, set := s.set["workload.arrivals"]; !set {
		return ""
	}
	return fmt.Sprintf(": add --set '%s=%s'", key, strings.Trim(example(f), `"`))
}

// Source is the engine's source of the scenario's requests. The error is an *InputError.
func (s *Scenario) Source() (source engine.Source, err error) {
	if key, err := s.arrivals().start(s, &source); err != nil {
		rule, remedy := Explain(err)
		return source, &InputError{Faults: []Fault{{File: s.file, Key: join("workload", key), Rule: rule, Remedy: remedy}}}
	}
	return source, nil
}

// Traffic says in a sentence how requests arrive, given what Source returned.
func (s *Scenario) Traffic(source *engine.Source) string {
	return s.arrivals().note(&s.Workload, source) + "."
}

// The rates whose gaps the samplers hold to better than a tenth.
const (
	minRate = 1e-6
	maxRate = 1e8
)

// checkRate checks a rate that must be positive.
func (s *Scenario) checkRate(d *decoder, key string, rate Rate) {
	if s.Given(key) && (rate < minRate || rate > maxRate) {
		d.fault(key, float64(rate), "must be between %v/s and %v/s", minRate, maxRate)
	}
}

// checkRates checks the highest of several rates.
func checkRates(d *decoder, key string, rates []Rate) {
	if len(rates) == 0 {
		return
	}
	if highest := slices.Max(rates); highest < minRate || highest > maxRate {
		d.fault(key, nil, "the highest rate is %v/s; it must be between %v/s and %v/s", float64(highest), minRate, maxRate)
	}
}

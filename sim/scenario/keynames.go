package scenario

import "reflect"

// KeyNames lists the keys that stand in a scenario once, "workload.rate", each with what it means: for completion. Those
// of lists are left out, as an element's name is part of them.
func KeyNames() (names, docs []string) {
	for _, f := range fieldsOf(reflect.TypeFor[Scenario]()) {
		switch {
		case !isTable(f.typ):
			names, docs = append(names, f.name), append(docs, f.tag.Get("doc"))
		case f.typ.Kind() != reflect.Slice:
			for _, k := range fieldsOf(elementType(f.typ)) {
				names, docs = append(names, f.name+"."+k.name), append(docs, k.tag.Get("doc"))
			}
		}
	}
	return names, docs
}

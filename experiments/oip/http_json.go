package oip

import (
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"vsim/experiments/oip/wire"
)

// JSON writes metadata, a configuration or statistics as Triton does: fields in their order and by their names in the protocol,
// zeros and empty lists too, whole numbers of 64 bits as numbers (which protojson writes as strings, and clients of Triton do
// not read so).
func JSON(m proto.Message) []byte { return appendMessage(nil, m.ProtoReflect()) }

// IndexJSON writes which models there are as Triton does: a list, without empty fields.
func IndexJSON(r *wire.RepositoryIndexResponse) ([]byte, error) {
	type model struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
		State   string `json:"state,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
	all := []model{}
	for _, m := range r.GetModels() {
		all = append(all, model{m.Name, m.Version, m.State, m.Reason})
	}
	return json.Marshal(all)
}

// readJSON reads what JSON writes, and Triton. Fields that vsim does not know are passed over.
func readJSON(text []byte, m proto.Message) error {
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(text, m); err != nil {
		return invalid("the answer's JSON cannot be read: %v", err)
	}
	return nil
}

// appendMessage appends an object with all fields but messages and choices that are not set.
func appendMessage(text []byte, m protoreflect.Message) []byte {
	text = append(text, '{')
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.HasPresence() && !m.Has(f) {
			continue
		}
		if text[len(text)-1] != '{' {
			text = append(text, ',')
		}
		text = appendField(append(appendQuoted(text, f.TextName()), ':'), f, m.Get(f))
	}
	return append(text, '}')
}

// appendField appends the value of a field, which may be a list or a map.
func appendField(text []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch {
	case f.IsMap():
		return appendMap(text, f, v.Map())
	case f.IsList():
		text = append(text, '[')
		for i := range v.List().Len() {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendValue(text, f, v.List().Get(i))
		}
		return append(text, ']')
	}
	return appendValue(text, f, v)
}

// appendMap appends an object, sorted by its keys.
func appendMap(text []byte, f protoreflect.FieldDescriptor, all protoreflect.Map) []byte {
	values := map[string]json.RawMessage{}
	all.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		values[k.String()] = appendValue(nil, f.MapValue(), v)
		return true
	})
	object, _ := json.Marshal(values) // of valid JSON
	return append(text, object...)
}

// appendValue appends a single value of a field's kind.
func appendValue(text []byte, f protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return appendMessage(text, v.Message())
	case protoreflect.EnumKind:
		if name := f.Enum().Values().ByNumber(v.Enum()); name != nil {
			return appendQuoted(text, string(name.Name()))
		}
		return strconv.AppendInt(text, int64(v.Enum()), 10)
	}
	value, err := json.Marshal(v.Interface()) // a boolean, a number or a string
	if err != nil {
		return append(text, "null"...) // NaN and infinities, which JSON does not have
	}
	return append(text, value...)
}

func appendQuoted(text []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // strings always can be written
	return append(text, quoted...)
}

package report

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"vsim/sim/engine/event"
	"vsim/sim/timeline"
)

// Fields of Perfetto's messages, by their numbers in its published schema (protos/perfetto/trace/perfetto_trace.proto).
const (
	tracePacket = 1

	packetTimestamp  = 8
	packetSequence   = 10
	packetEvent      = 11
	packetDescriptor = 60

	trackUUID    = 1
	trackName    = 2
	trackParent  = 5
	trackCounter = 8
	counterUnit  = 6

	eventAnnotation = 4
	eventType       = 9
	eventTrack      = 11
	eventCategory   = 22
	eventName       = 23
	eventCounter    = 44

	annotationBool   = 2
	annotationInt    = 4
	annotationDouble = 5
	annotationString = 6
	annotationName   = 10
)

// Types of track events.
const (
	sliceBegins = 1
	sliceEnds   = 2
	counterIs   = 4
)

// perfettoTrace writes Perfetto's own format, packet by packet. Groups are tracks above those of their own.
type perfettoTrace struct {
	to       *bufio.Writer
	counters uint64 // so far
}

func newPerfettoTrace(w io.Writer) *perfettoTrace { return &perfettoTrace{to: bufio.NewWriter(w)} }

func (w *perfettoTrace) end() error { return w.to.Flush() }

// The numbers of tracks: groups, then counters, then tracks of requests, none of which meet.
func groupTrack(group int) uint64        { return uint64(group) }
func requestTrack(track int) uint64      { return 1<<40 + uint64(track) }
func counterTrack(counter uint64) uint64 { return 1<<20 + counter }

func (w *perfettoTrace) group(group int, name string) { w.describe(groupTrack(group), 0, name, nil) }

func (w *perfettoTrace) track(track int, name string) {
	w.describe(requestTrack(track), groupTrack(requestTracks), name, nil)
}

// describe names a track; parent 0 is none, counter what says that it is one.
func (w *perfettoTrace) describe(track, parent uint64, name string, counter []byte) {
	d := varint(nil, trackUUID, track)
	d = text(d, trackName, name)
	if parent != 0 {
		d = varint(d, trackParent, parent)
	}
	if counter != nil {
		d = message(d, trackCounter, counter)
	}
	w.packet(message(nil, packetDescriptor, d))
}

func (w *perfettoTrace) slice(name, category string, track int, from, to event.Time, args map[string]any, inside func()) {
	e := varint(nil, eventType, sliceBegins)
	e = varint(e, eventTrack, requestTrack(track))
	e = text(e, eventCategory, category)
	e = text(e, eventName, name)
	for _, key := range slices.Sorted(maps.Keys(args)) {
		e = message(e, eventAnnotation, annotation(key, args[key]))
	}
	w.event(from, e)
	inside()
	w.event(to, varint(varint(nil, eventType, sliceEnds), eventTrack, requestTrack(track)))
}

// annotation is something that is told of a slice.
func annotation(name string, value any) []byte {
	a := text(nil, annotationName, name)
	switch value := value.(type) {
	case string:
		return text(a, annotationString, value)
	case int:
		return varint(a, annotationInt, uint64(value))
	case micros:
		return double(a, annotationDouble, float64(value)/1000)
	case bool:
		return varint(a, annotationBool, protowire.EncodeBool(value))
	}
	return text(a, annotationString, fmt.Sprint(value))
}

func (w *perfettoTrace) counter(group int, name, unit string, points []timeline.Point) {
	w.counters++
	track := counterTrack(w.counters)
	w.describe(track, groupTrack(group), name, text(nil, counterUnit, unit))
	for _, p := range points {
		e := varint(nil, eventType, counterIs)
		e = varint(e, eventTrack, track)
		w.event(p.At, double(e, eventCounter, p.Value))
	}
}

func (w *perfettoTrace) event(at event.Time, e []byte) {
	w.packet(message(varint(nil, packetTimestamp, uint64(at)), packetEvent, e))
}

func (w *perfettoTrace) packet(p []byte) {
	w.to.Write(message(nil, tracePacket, varint(p, packetSequence, 1)))
}

func varint(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func double(b []byte, field protowire.Number, v float64) []byte {
	return protowire.AppendFixed64(protowire.AppendTag(b, field, protowire.Fixed64Type), math.Float64bits(v))
}

func text(b []byte, field protowire.Number, s string) []byte { return message(b, field, []byte(s)) }

func message(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

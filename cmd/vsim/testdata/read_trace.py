"""Reads a trace with what Perfetto publishes, and prints how often and how long each kind of slice is, in ns, as JSON.

    read_trace.py TRACE [TRACE_PROCESSOR]

With a trace processor, Perfetto's own parser reads the trace, and must find no error in it. Without, a trace in Perfetto's format
is read by its published schema: every field must be known, every track described, and every slice must end within the one around it.
"""

import json
import sys


def by_processor(path, binary):
    from perfetto.trace_processor import TraceProcessor, TraceProcessorConfig
    with TraceProcessor(trace=path, config=TraceProcessorConfig(bin_path=binary)) as tp:
        errors = [(r.name, r.value) for r in tp.query("select name, value from stats where severity in ('error', 'data_loss') and value > 0")]
        assert not errors, errors
        slices = {f"{r.category}/{r.name}": [r.n, r.ns] for r in tp.query("select category, name, count(*) n, sum(dur) ns from slice where category != 'request' and category != 'child' group by 1, 2")}
        for r in tp.query("select category, count(*) n, sum(dur) ns from slice where category in ('request', 'child') group by 1"):
            slices[r.category] = [r.n, r.ns]
        counters = {r.name: r.n for r in tp.query("select t.name name, count(*) n from counter c join track t on c.track_id = t.id group by 1")}
        return slices, counters


def known(message):
    """Every field of a message and of those in it is in the schema."""
    from google.protobuf.unknown_fields import UnknownFieldSet
    assert len(UnknownFieldSet(message)) == 0, message
    for field, value in message.ListFields():
        if field.message_type:
            for inner in value if hasattr(value, "append") or hasattr(value, "add") else [value]:
                known(inner)


def by_schema(path):
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace, TrackEvent
    trace = Trace()
    with open(path, "rb") as f:
        trace.ParseFromString(f.read())
    tracks, open_slices, slices, counters = {}, {}, {}, {}
    events = []
    for packet in trace.packet:
        known(packet)
        if packet.HasField("track_descriptor"):
            d = packet.track_descriptor
            assert d.uuid not in tracks and d.name and (not d.parent_uuid or d.parent_uuid in tracks), d
            tracks[d.uuid] = d
        if packet.HasField("track_event"):
            events.append(packet)
    events.sort(key=lambda packet: packet.timestamp)
    for packet in events:
        e, at = packet.track_event, packet.timestamp
        track = tracks[e.track_uuid]
        if e.type == TrackEvent.TYPE_COUNTER:
            assert track.HasField("counter"), track
            counters[track.name] = counters.get(track.name, 0) + 1
        elif e.type == TrackEvent.TYPE_SLICE_BEGIN:
            assert not track.HasField("counter"), track
            category = e.categories[0]
            key = category if category in ("request", "child") else f"{category}/{e.name}"
            open_slices.setdefault(e.track_uuid, []).append((key, at))
        else:
            assert e.type == TrackEvent.TYPE_SLICE_END, e
            key, began = open_slices[e.track_uuid].pop()
            n, ns = slices.get(key, [0, 0])
            slices[key] = [n + 1, ns + at - began]
    assert not any(open_slices.values()), open_slices
    return slices, counters


def main():
    slices, counters = by_processor(*sys.argv[1:3]) if len(sys.argv) > 2 else by_schema(sys.argv[1])
    json.dump({"slices": slices, "counters": counters}, sys.stdout)


main()

#!/usr/bin/env bash
# Puts what Perfetto publishes into .deps/perfetto, for the test that reads traces with it: its Python package, which has the schema
# of its traces, and, where its store can be reached, its trace processor. What is there already is left alone.
# Exit status 1 when the package could not be fetched; the test then skips.
set -euo pipefail
deps=$(dirname "$(cd "$(dirname "$0")" && pwd)")/.deps
to=$deps/perfetto
mkdir -p "$deps"
if [[ ! -f $to/complete ]]; then
    rm -rf "$to"
    if ! python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$to" perfetto==0.59.1 protobuf==7.36.2 >"$deps/perfetto.log" 2>&1; then
        echo "make perfetto: pip could not fetch the package (see .deps/perfetto.log)" >&2
        exit 1
    fi
    touch "$to/complete"
fi
[[ -x $to/trace_processor_shell ]] && exit
if binary=$(HOME=$to PYTHONPATH=$to python3 -c '
from perfetto.prebuilts.manifests.trace_processor_shell import TRACE_PROCESSOR_SHELL_MANIFEST
from perfetto.prebuilts.perfetto_prebuilts import get_perfetto_prebuilt
print(get_perfetto_prebuilt(TRACE_PROCESSOR_SHELL_MANIFEST))' 2>>"$deps/perfetto.log" | tail -1) && [[ -f $binary ]]; then
    cp "$binary" "$to/trace_processor_shell"
else
    echo "make perfetto: its trace processor cannot be fetched from here; traces are read by the published schema (VSIM_TRACE_PROCESSOR=PATH names one)" >&2
fi

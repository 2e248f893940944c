#!/usr/bin/env bash
# Puts NVIDIA's Triton Inference Server, as published for Python, with its Python backend into .deps/triton/ of this tree;
# beside it ONNX Runtime for its models, NVIDIA's Python client, and perf_analyzer. Nothing is installed system-wide and no
# root is needed; what is there already is left alone. About 30 s and 700 MB on the first call.
#   .deps/triton/python          packages: pytriton (the server), onnxruntime, numpy, Pillow, tritonclient
#   .deps/triton/perf_analyzer   the program with the C library that it wants
# Exit status 1 when one is still missing; one line each says how to go on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dest=$(dirname "$here")/.deps/triton
mkdir -p "$dest"
find "$dest" -maxdepth 1 -name 'tmp.*' -mmin +60 -exec rm -rf {} + # of fetches that were killed
work=$(mktemp -d "$dest/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$dest/fetch.log
: >"$log"

say() { echo "make triton: $*" >&2; }

python=${VSIM_PYTHON:-python3}

# The Python backend has Python in its own process, as a shared library.
shared_python() {
    LD_LIBRARY_PATH=$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("LIBDIR"))') \
        "$python" -c 'import ctypes, sysconfig; ctypes.CDLL(sysconfig.get_config_var("INSTSONAME"))' >>"$log" 2>&1
}

fetch_server() {
    local version list
    list=$(cksum <"$here/triton.txt")
    if [[ $(sed -n 2p "$dest/python/complete" 2>/dev/null) == "$list" ]]; then return; fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>>"$log") || version=none
    case $version in
    3.11 | 3.12) ;;
    *)
        say "Triton and what its models run on need Python 3.11 or 3.12; \"$python\" is $version. Name another: VSIM_PYTHON=PATH."
        return 1
        ;;
    esac
    if ! "$python" -m pip --version >>"$log" 2>&1 || ! shared_python; then
        say "Triton needs a Python with pip and a shared library. Install python3-pip and libpython$version, or name another: VSIM_PYTHON=PATH."
        return 1
    fi
    if ! "$python" -m pip install --quiet --no-deps --target "$work/python" nvidia-pytriton==0.7.0 >>"$log" 2>&1 ||
        ! "$python" -m pip install --quiet --target "$work/python" -r "$here/triton.txt" >>"$log" 2>&1; then
        say "pip could not fetch Triton (see .deps/triton/fetch.log). Where there is no network, copy .deps/triton from a machine that has it."
        return 1
    fi
    local server=$work/python/pytriton/tritonserver
    cp "$server/python_backend_stubs/$version/triton_python_backend_stub" "$server/backends/python/"
    # Who runs it, and by which list it was fetched: another list fetches anew.
    {
        "$python" -c 'import os, sys; print(os.path.realpath(sys.executable))'
        echo "$list"
    } >"$work/python/complete"
    rm -rf "$dest/python"
    mv -T "$work/python" "$dest/python"
}

# perf_analyzer wants a newer C library than many machines have: Debian 13's lies beside it.
fetch_perf_analyzer() {
    local dir=$work/perf_analyzer deb uri
    if [[ -x $dest/perf_analyzer/bin/perf_analyzer ]]; then return; fi
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        say "perf_analyzer's C library is fetched with apt-get and dpkg, which are not here."
        return 1
    fi
    mkdir -p "$dir" "$work"/apt/lists/partial "$work"/apt/cache/archives/partial "$work/wheel"
    "$python" -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.12 --platform manylinux_2_38_x86_64 -d "$work" perf-analyzer==2.60.0 >>"$log" 2>&1 &&
        "$python" -m zipfile -e "$work"/perf_analyzer-*.whl "$work/wheel" >>"$log" 2>&1 || {
        say "pip could not fetch perf_analyzer (see .deps/triton/fetch.log)."
        return 1
    }
    uri=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null || true; } |
        sed -nE 's/^URIs: *([^ ]+\/debian)\/?$/\1/p; s/^deb (\[[^]]*\] )?([^ ]+\/debian)\/? .*/\2/p' | head -1)
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri trixie main" >"$work/apt/sources.list"
    local opt=(-o "Dir::Etc::SourceList=$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$work/apt/lists"
        -o "Dir::Cache=$work/apt/cache" -o APT::Sandbox::User=root)
    if ! apt-get "${opt[@]}" -qq update >>"$log" 2>&1 ||
        ! (cd "$work/apt" && apt-get "${opt[@]}" -qq download libc6 libstdc++6 libgcc-s1 libssl3t64 zlib1g >>"$log" 2>&1); then
        say "apt-get could not fetch the libraries of perf_analyzer (see .deps/triton/fetch.log)."
        return 1
    fi
    for deb in "$work"/apt/*.deb; do dpkg -x "$deb" "$dir/root" >>"$log" 2>&1; done
    mkdir -p "$dir/bin"
    cp "$work/wheel/perf_analyzer/bin/perf_analyzer" "$dir/bin/program"
    cat >"$dir/bin/perf_analyzer" <<'RUN'
#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
lib=$here/root/usr/lib/x86_64-linux-gnu
exec "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$here/bin/program" "$@"
RUN
    chmod +x "$dir"/bin/*
    rm -rf "$dest/perf_analyzer"
    mv -T "$dir" "$dest/perf_analyzer"
}

if [[ $(uname -sm) != "Linux x86_64" ]]; then
    say "Triton is published in this form for Linux on x86-64 only."
    exit 1
fi
set +e # in a condition, -e would not hold inside of the functions
(set -e; fetch_server)
server=$?
(set -e; fetch_perf_analyzer)
exit $((server | $?))

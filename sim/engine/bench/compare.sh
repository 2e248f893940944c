#!/usr/bin/env bash
# Runs the two reference models on vsim, ns-3, akita and SimPy, interleaved,
# and prints the median rate of each in events a second of user CPU time, the
# ratio of vsim's to it, and the mean latency that it found (which must agree).
#
#   sim/engine/bench/compare.sh [ROUNDS]      default 5
#
# ns-3 comes from Debian's packages, unpacked into .deps/ (no root needed);
# SimPy from pip into a virtual environment there; akita v5 through the Go
# module proxy. Whatever cannot be had is said and left out.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
deps=$(cd ../.. && pwd)/.deps
rounds=${1:-5}
mkdir -p "$deps"
skip() { echo "compare: without $1: $2" >&2; }

ns3_root=$deps/ns3/root/usr
ns3_lib=$ns3_root/lib/$(uname -m)-linux-gnu
get_ns3() (
  mkdir -p "$deps/ns3/debs" "$deps/ns3/bin"
  if [ ! -e "$ns3_root/include/ns3/core-module.h" ]; then
    cd "$deps/ns3/debs"
    apt-get -qq download libns3-dev libns3.37 libgsl27 libgslcblas0 2>/dev/null || return 1
    for deb in *.deb; do dpkg -x "$deb" "$deps/ns3/root"; done
  fi
  for model in mm1 network; do
    g++ -O3 -march=native -std=c++17 -I"$ns3_root/include" "$here/ns3/$model.cc" -o "$deps/ns3/bin/$model" \
      -L"$ns3_lib" -lns3-core -Wl,-rpath,"$ns3_lib" -Wl,-rpath-link,"$ns3_lib" || return 1
  done
)

get_simpy() {
  [ -x "$deps/simpy/bin/python" ] || python3 -m venv "$deps/simpy" || return 1
  "$deps/simpy/bin/python" -c 'from simpy import Environment' 2>/dev/null || "$deps/simpy/bin/pip" -q install simpy==4.1.1
}

get_akita() (
  mkdir -p "$deps/akita"
  cd akita
  cp go.mod "$deps/akita/go.mod"
  go build -mod=mod -modfile="$deps/akita/go.mod" -o "$deps/akita/akita" . 2>/dev/null
)

go build -o "$deps/vsim-measure" ./measure
runs=("$deps/vsim-measure MODEL 20000000")
if get_ns3; then
  export LD_LIBRARY_PATH=$ns3_lib
  for s in Map Heap Calendar PriorityQueue List; do runs+=("$deps/ns3/bin/MODEL ${s}Scheduler 5000000"); done
else skip ns-3 "needs g++ and Debian's libns3-dev (apt-get update first?)"; fi
if get_akita; then
  for way in documented reused; do runs+=("$deps/akita/akita $way MODEL 5000000"); done
else skip akita "its module cannot be fetched"; fi
if get_simpy; then runs+=("$deps/simpy/bin/python $here/simpy/models.py MODEL 200000"); else skip SimPy "needs python3 with venv and pip"; fi

for _ in $(seq "$rounds"); do
  for model in mm1 network; do
    for run in "${runs[@]}"; do ${run//MODEL/$model}; done
  done
done | tee "$deps/compare.log" | awk '
  { key = $2 " " $1; if (!(key in n)) order[++keys] = key; rate[key, ++n[key]] = $3 / $4 / 1e6; latency[key] = $5 / 1e6 }
  function median(key,   i, j, t) {
    for (i = 2; i <= n[key]; i++)
      for (j = i; j > 1 && rate[key, j] < rate[key, j-1]; j--) { t = rate[key, j]; rate[key, j] = rate[key, j-1]; rate[key, j-1] = t }
    return n[key] % 2 ? rate[key, (n[key]+1)/2] : (rate[key, n[key]/2] + rate[key, n[key]/2+1]) / 2
  }
  END {
    print "| model | engine | M events/s | vsim is faster by | mean latency, ms |\n|---|---|---:|---:|---:|"
    for (k = 1; k <= keys; k++) {
      split(order[k], part, " ")
      m = median(order[k])
      printf "| %s | %s | %.2f | %.1f | %.2f |\n", part[1], part[2], m, median(part[1] " vsim") / m, latency[order[k]]
    }
  }'

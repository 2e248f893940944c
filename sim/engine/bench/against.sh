#!/bin/bash
# Tells by how much a commit made simulations slower: against.sh COMMIT [ROUNDS] [ARGUMENTS OF vsim simulate ...]
# In each round the commit's vsim and the working tree's run at once on one core. The scheduler interleaves them within
# milliseconds, so that both see the same disturbance; what counts is the CPU time of each. COMMIT against itself
# gives 1.00 +- 0.01 in 20 rounds on a machine where single runs swing by half.
set -euo pipefail
commit=${1:?against.sh COMMIT [ROUNDS] [ARGUMENTS OF vsim simulate ...]} rounds=${2:-20}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- 8gpu
cd "$(git rev-parse --show-toplevel)"
work=$(mktemp -d)
trap 'git worktree remove --force "$work/tree" 2>/dev/null; rm -rf "$work"' EXIT
git worktree add --quiet --detach "$work/tree" "$commit"
(cd "$work/tree" && CGO_ENABLED=0 go build -o "$work/before" ./cmd/vsim)
CGO_ENABLED=0 go build -o "$work/after" ./cmd/vsim

run() { # run NAME CORE ARGUMENTS: seconds of CPU into NAME.s
    local TIMEFORMAT='%U %S'
    { time GOMAXPROCS=1 taskset -c "$2" "$work/$1" simulate "${@:3}" >/dev/null; } 2>"$work/$1.s"
}
for ((i = 0; i < rounds; i++)); do
    core=$((i % $(nproc)))
    run before $core "$@" & before=$!
    run after $core "$@" & after=$!
    wait $before && wait $after || { cat "$work"/{before,after}.s >&2; exit 1; }
    echo "$(tail -1 "$work/before.s") $(tail -1 "$work/after.s")"
done | awk '{print ($3 + $4) / ($1 + $2), $1 + $2, $3 + $4}' | sort -n |
    awk '{r[NR] = $1; b += $2; a += $3} END {
        if (NR) printf "after/before: median %.3f, quartiles %.3f and %.3f, of sums %.3f (%d rounds, %.2f s a run)\n",
            r[int((NR + 1) / 2)], r[int((NR + 3) / 4)], r[int((3 * NR + 3) / 4)], a / b, NR, b / NR}'

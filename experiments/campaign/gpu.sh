#!/usr/bin/env bash
# gpu.sh KIT OUT: everything that wants a GPU, in one command of LIMIT_S seconds (530) on a Linux machine
# (x86-64) that has one: no network, no Go. KIT is the folder that `make gpu-kit` fills: vsim.xz (or vsim), and
# runtime.tar.xz where the machine lacks the native libraries.
#
# Works in WORK (/tmp/vsim-campaign) and keeps two files in OUT: results.tgz, rewritten atomically every 15 s and
# after each step, and log.txt. Steps come best first, each is cut to the time left, and none stops another. Steps
# that an earlier call has done are not done again, but for doctor: that of RESUME=results.tgz, else in WORK, else of
# OUT/results.tgz. GPU=N chooses the GPU, STEPS="quick validate more" the steps, by name or by the part of it before
# the "-"; STEP_S=N cuts every step to N seconds. README.md has all variables. SIGINT and SIGTERM end the step that
# runs, pack, and end the call with exit code 130 or 143. Exit code 1 says that a step failed, 2 that the call was wrong.
set -uo pipefail
usage() { echo "gpu.sh: $1; usage: gpu.sh KIT OUT, KIT made by make gpu-kit" >&2; exit 2; }
[[ $# -eq 2 ]] || usage "$# arguments"
[[ -f $1/vsim.xz || -x $1/vsim ]] || usage "$1 has neither vsim.xz nor an executable vsim"
mkdir -p "$2" || usage "$2 cannot be made"
{ echo "$$" >"$2/.probe" && [[ $(<"$2/.probe") == "$$" ]]; } 2>/dev/null || usage "nothing can be written into $2"
rm -f "$2/.probe"
[[ -z ${RESUME:-} || -f $RESUME ]] || usage "RESUME=$RESUME is no file"
for named in ${STEPS:-}; do
    grep -Eq "^ *(always=1 )?(step|profile|validate) $named[- ]" "$0" || usage "STEPS names $named, which is no step"
done
limit_s=${LIMIT_S:-530} step_s=${STEP_S:-600} grace_s=${GRACE_S:-10} pack_s=${PACK_S:-15} gpu=${GPU:-0}
for number in "$limit_s" "$step_s" "$grace_s" "$pack_s" "$gpu"; do
    [[ $number =~ ^(0|[1-9][0-9]*)$ ]] || usage "LIMIT_S, STEP_S, GRACE_S, PACK_S and GPU are whole numbers, not $number"
done

here=$(cd "$(dirname "$0")" && pwd) kit=$(realpath "$1") out=$(realpath "$2")
work=${WORK:-/tmp/vsim-campaign}
mkdir -p "$work" && work=$(realpath "$work") || exit 2
r=$work/results
done_steps=() partial=() cut=() failed=() skipped=() left_out=()
running="" packer="" unpacked=0

say() { printf '%s\n' "$*" | tee -a "$out/log.txt" "$r/log.txt"; }

# pack rewrites OUT/results.tgz. Files that grow or go meanwhile are tar's to note: what matters is that the archive
# can be read.
pack() (
    flock 9 2>/dev/null
    cd "$r" || exit
    tar -czf "$work/new.tgz" --exclude='.[!/]*' -- * 2>/dev/null
    if [[ $(stat -c %s "$work/new.tgz") -gt $((15 << 20)) ]]; then # 16 MiB a file come back
        tar -czf "$work/new.tgz" --exclude='.[!/]*' --exclude='*.jsonl' -- * 2>/dev/null
    fi
    tar -tzf "$work/new.tgz" >/dev/null 2>&1 && cp "$work/new.tgz" "$out/.results.new" && mv "$out/.results.new" "$out/results.tgz"
) 9>"$work/pack.lock"

gpu_name() { timeout 10 nvidia-smi --query-gpu=name --format=csv,noheader -i "$gpu" 2>/dev/null | head -n 1; }

# resume goes on from what an earlier call has done on a GPU of the same name, and says so in $from: from RESUME, else
# from what WORK holds, else from OUT/results.tgz.
resume() {
    local archive=${RESUME:-$out/results.tgz} old=$work/resumed
    if [[ -z ${RESUME:-} ]] && compgen -G "$r/*.log" >/dev/null; then
        from="going on from what $work holds"
        same_gpu "$r" || { mv "$r" "$r-$(date +%s)" && from="$work holds results of another GPU; beginning anew"; }
        return
    fi
    [[ -f $archive ]] || return
    rm -rf "$old" && mkdir -p "$old"
    if ! tar -xzf "$archive" -C "$old" 2>/dev/null; then
        from="$archive is no whole archive; beginning anew"
    elif ! same_gpu "$old"; then
        from="$archive is of another GPU, $(<"$old/gpu.txt"); beginning anew"
    else
        rm -rf "$r" && mv "$old" "$r"
        from="going on from $archive"
        return
    fi
    [[ $archive -ef $out/results.tgz ]] && mv "$archive" "$out/results-earlier.tgz"
}

same_gpu() { [[ ! -s $1/gpu.txt || -z $name || $(<"$1/gpu.txt") == "$name" ]]; }

# unxz IN OUT, with Python where there is no xz.
unxz() {
    xz -dc "$1" >"$2" 2>/dev/null || python3 -c 'import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], "wb"))' "$1" "$2"
}

# unpack makes vsim and the libraries usable, once for each kit.
unpack() {
    local sum
    vsim=$kit/vsim
    sum=$(cd "$kit" && sha256sum vsim* runtime.tar.xz 2>/dev/null)
    printf '%s\n' "$sum" >"$r/kit.txt"
    [[ -f $kit/vsim.xz ]] && vsim=$work/vsim
    [[ -f $work/kit.txt && $(<"$work/kit.txt") == "$sum" ]] && return
    rm -rf "$work/kit.txt" "$work/rt" "$work/vsim"
    if [[ -f $kit/vsim.xz ]]; then
        unxz "$kit/vsim.xz" "$work/vsim" && [[ -s $work/vsim ]] && chmod +x "$work/vsim" || return
    fi
    if [[ -f $kit/runtime.tar.xz ]]; then
        mkdir -p "$work/rt" && unxz "$kit/runtime.tar.xz" "$work/rt.tar" && tar -xf "$work/rt.tar" -C "$work/rt" || return
        rm -f "$work/rt.tar"
    fi
    printf '%s\n' "$sum" >"$work/kit.txt"
}

# libraries names what vsim opens: those that the caller names, the bundle's, and the driver's, as the loader finds them
# or where they are mounted.
libraries() {
    local l so file variable
    local -A given=()
    for variable in "${!VSIM_@}"; do
        [[ $variable == *_LIB && -n ${!variable} ]] && given[$variable]=${!variable}
    done
    if [[ -f $work/rt/env.sh ]]; then
        # shellcheck disable=SC1091
        . "$work/rt/env.sh"
    fi
    [[ -f $work/rt/libturbojpeg.so.0 ]] && export VSIM_TURBOJPEG_LIB=$work/rt/libturbojpeg.so.0
    for variable in "${!given[@]}"; do export "$variable=${given[$variable]}"; done
    for l in CUDA:libcuda.so.1 NVML:libnvidia-ml.so.1; do
        variable=VSIM_${l%%:*}_LIB so=${l#*:}
        file=${!variable:-$(ldconfig -p 2>/dev/null | awk -v s="$so" '$1==s{print $NF; exit}')}
        [[ -n $file ]] || file=$(find /usr/local/nvidia /usr/lib /usr/lib64 -name "$so" 2>/dev/null | head -n 1)
        [[ -n $file ]] && export "$variable=$file" LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$(dirname "$file")"
    done
    export VSIM_CACHE=${VSIM_CACHE:-$work/cache}
}

# describe writes what the machine is, besides what vsim says.
describe() {
    timeout 10 nvidia-smi -q >"$r/smi.txt" 2>&1
    ldconfig -p 2>/dev/null | grep -E 'libcuda|libnvcuvid|libnvidia-ml|libnvjpeg|libnvrtc|libcudnn' >"$r/libs.txt"
    env | grep -E '^(VSIM_|LD_LIBRARY_PATH|CUDA|NVIDIA_|PATH=|GPU=|STEPS=|LIMIT_S=)' | sort >"$r/env.txt"
    { uname -a; nproc; free -m; cat /sys/fs/cgroup/cpu.max; grep -m 1 'model name' /proc/cpuinfo; } >"$r/machine.txt" 2>&1
}

# left is the time left, less what killing and packing take.
left() { echo $((limit_s - SECONDS - grace_s - 2)); }

# fit LIMIT cuts a limit to STEP_S and to the time left.
fit() {
    local left=$(left) most=$(($1 < step_s ? $1 : step_s))
    echo $((most < left ? most : left))
}

wanted() { [[ -z ${STEPS:-} || " $STEPS " == *" $1 "* || " $STEPS " == *" ${1%%-*} "* ]]; }

# aside keeps what a step left that was cut or failed in an earlier call: NAME.txt becomes NAME.1.txt and so on.
aside() {
    local n=1 f
    while compgen -G "$r/$1.$n*" >/dev/null; do ((n++)); done
    for f in "" .txt .log .toml; do
        [[ -e $r/$1$f ]] && mv "$r/$1$f" "$r/$1.$n$f"
    done
}

# outcome CODE NAME says what became of a step: "partial" is a whole result of less than was asked for, which another call
# may better. A profile whose budget ended is as whole as that budget makes it.
outcome() {
    local last
    last=$(tail -n 1 "$r/$2.log")
    case $1:$last in
        0:*) echo "done" ;;
        77:*) echo "skipped" ;;
        124:* | 137:*) echo "cut" ;;
        1:*"the limit of "*" ended the live runs before every case had run twice"*) echo "partial" ;;
        1:*" is marked incomplete; left out because it failed: "*) echo "partial" ;;
        1:*"the budget ended: "*) [[ -s $r/$2.toml ]] && echo "done" || echo "failed" ;;
        *) echo "failed" ;;
    esac
}

# note NAME OUTCOME CODE keeps and says what became of a step.
note() {
    case $2 in
        "done") done_steps+=("$1") && touch "$r/$1.done" ;;
        partial) partial+=("$1") ;;
        skipped) skipped+=("$1") ;;
        cut) cut+=("$1") ;;
        failed) failed+=("$1") ;;
    esac
    say "$1: $2$( ((${3} == 0)) || echo " (exit $3)") after $((SECONDS - began)) s, at $SECONDS s: $(tail -n 1 "$r/$1.log" | cut -c1-300)"
    pack
}

# step NAME SECONDS COMMAND...: NAME.txt has what it printed, NAME.log what it said; NAME.done that it came to its end.
# With less time left than $least seconds it is left out: it could not come to anything. With $always it is done again in
# every call. It runs in the background, so that a signal is heard at once, and as a job, so that it hears SIGINT itself.
step() {
    local name=$1 limit code
    limit=$(fit "$2")
    shift 2
    wanted "$name" || return 0
    if [[ -f $r/$name.done && -z ${always:-} ]]; then
        say "$name: done before"
        return
    elif ((limit < 3 || $(left) < ${least:-3})); then
        left_out+=("$name")
        say "$name: no time left"
        return
    fi
    aside "$name"
    rm -f "$r/$name.done"
    say "$name: begins, at most $limit s, at $SECONDS s"
    began=$SECONDS step_name=$name
    set -m
    (cd "$r" && exec timeout --signal=INT --kill-after="$grace_s" "$limit" "$@" >"$name.txt" 2>"$name.log" </dev/null) &
    running=$!
    set +m
    wait "$running"
    code=$?
    running=""
    note "$name" "$(outcome "$code" "$name")" "$code"
}

# summary ends the call.
summary() {
    [[ -z $packer ]] || kill "$packer" 2>/dev/null
    say "gpu.sh: at $SECONDS s; done: ${done_steps[*]:-none}; partial: ${partial[*]:-none}; cut: ${cut[*]:-none}; failed: ${failed[*]:-none}; skipped: ${skipped[*]:-none}; left out: ${left_out[*]:-none}"
    pack || { unpacked=1 && echo "gpu.sh: $out/results.tgz could not be written; the results are in $r" >&2; }
    ls -l "$out"
}

# interrupted SIGNAL CODE ends the step that runs, within GRACE_S, and the call.
interrupted() {
    trap '' INT TERM
    say "gpu.sh: $1 at $SECONDS s: ending${running:+ $step_name}, at most $grace_s s"
    if [[ -n $running ]]; then
        kill -INT "$running" 2>/dev/null # timeout hands it on, and kills GRACE_S later
        wait "$running"
        note "$step_name" cut $?
    fi
    summary
    exit "$2"
}

# within SECONDS MARGIN: what of a step's time is left without a margin, 10 at least.
within() {
    local s=$(($(fit "$1") - $2))
    echo $((s > 10 ? s : 10))
}

# validate NAME SECONDS MATRIX: live cases beside their predictions; vsim plans with the time, and keeps what it has as it goes.
validate() {
    least=40 step "$1" "$2" "$vsim" validate "$3" --gpu "$gpu" --quick --limit "$(within "$2" 10)s" --json -o "$1"
}

# profile NAME SECONDS FLAGS...: a profile of other figures, in the time that its step has without set-up and energy.
profile() {
    local name=$1 limit=$2
    shift 2
    least=20 step "$name" "$limit" "$vsim" profile --gpu "$gpu" --quick "$@" --budget "$(within "$limit" 50)s" -o "$name.toml"
}

[[ -d /usr/local/nvidia/bin ]] && PATH+=:/usr/local/nvidia/bin
name=$(gpu_name) from="nothing was done before"
resume
mkdir -p "$r"
trap 'interrupted SIGINT 130' INT
trap 'interrupted SIGTERM 143' TERM
say "gpu.sh: $(date -u +%FT%TZ) ${name:-no GPU that nvidia-smi names}, $limit_s s; $from"
[[ -n $name ]] && echo "$name" >"$r/gpu.txt"
if ! unpack; then
    say "unpack: failed: the kit in $kit cannot be unpacked"
    [[ -x $vsim ]] || { pack; exit 1; }
fi
libraries
describe
pack
(while kill -0 $$; do sleep "$pack_s"; pack; done) >/dev/null 2>&1 &
packer=$!

always=1 step doctor 60 "$vsim" doctor
wanted doctor && say "$(cat "$r/doctor.txt" 2>/dev/null)"
step smoke 60 "$vsim" profile --gpu "$gpu" --quick --images medium --batches 1,8 --budget 4s -o smoke.toml
step probe 60 "$vsim" probe --gpu "$gpu" --json
step quick 150 "$vsim" profile --gpu "$gpu" --quick --batches 1,2,4,8,16,32 --budget 60s -o quick.toml
validate validate 210 "$here/once.toml"
step crosscheck 70 python3 "$here/crosscheck.py" "$gpu"
# What predictions depend on most first: the other networks' times, the CPU's stages, larger batches, other ways to run.
profile more-resnet50 110 --images medium --model resnet50-fp16 --batches 1,2,4,8,16,32
step more-cpu 60 "$vsim" profile --cpu --quick -o more-cpu.toml
profile more-graph 110 --images medium --model vit-base-fp16-graph,resnet50-fp16-graph --batches 1,2,4,8,16,32
profile more-batches 100 --images medium --model vit-base-fp16,resnet50-fp16 --batches 64,128,256
profile more-tf32 110 --images medium --model vit-base-tf32,resnet50-tf32 --batches 1,2,4,8,16,32
profile more-tinyvit 170 --images medium --model tinyvit-5m-fp16 --batches 1,2,4,8,16,32 # 2.4 s of planning for each session
validate figure-6 300 gpu-figure6
validate figure-5 300 gpu-figure5
validate figure-7 300 gpu-figure7
validate all-cases 540 gpu
step all-figures 540 "$vsim" profile --gpu "$gpu" -o all-figures.toml

summary
((${#failed[@]} + unpacked == 0))

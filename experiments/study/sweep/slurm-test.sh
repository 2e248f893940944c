#!/usr/bin/env bash
# slurm-test.sh VSIM: runs a sweep as an array job of a real Slurm on this machine, kills and requeues one of its tasks, and compares
# what was merged with a single run, byte for byte. Debian's packages are unpacked into a temporary folder, where Slurm also runs;
# nothing is installed. Slurm's daemons want root.
set -euo pipefail
vsim=$(realpath "$1")
here=$(mktemp -d /tmp/vsim-slurm-XXXXXX)
daemons=()

finish() {
	code=$?
	for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done
	if [ "$code" != 0 ]; then
		tail -n 20 "$here"/*.log "$here"/*.out "$here"/job/logs/* >&2 2>/dev/null || true
	fi
	wait || true
	rm -rf "$here"
	exit "$code"
}
trap finish EXIT

unpack() { # Slurm, munge and the libraries that this machine lacks
	local apt=(apt-get -qq -o Dir::State::lists="$here/lists" -o Dir::Cache="$here/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1)
	mkdir -p "$here/lists/partial" "$here/cache/archives/partial" "$here/root"
	"${apt[@]}" update
	"${apt[@]}" -y --no-install-recommends --download-only install slurmctld slurmd slurm-client munge >"$here/apt.out"
	for package in "$here"/cache/archives/*.deb; do dpkg -x "$package" "$here/root"; done
	for program in "$here"/root/usr/sbin/*-wlm; do ln -s "$(basename "$program")" "${program%-wlm}"; done
	local libraries="$here/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)"
	export PATH="$here/root/usr/sbin:$here/root/usr/bin:$PATH" LD_LIBRARY_PATH="$libraries:$libraries/slurm-wlm"
	plugins="$libraries/slurm-wlm"
}

configure() {
	mkdir -p "$here/state" "$here/spool"
	chmod 755 "$here"
	head -c 1024 /dev/urandom >"$here/munge.key"
	chmod 600 "$here/munge.key"
	export SLURM_CONF="$here/slurm.conf"
	cat >"$SLURM_CONF" <<-END
		ClusterName=vsim
		SlurmctldHost=$(hostname -s)(127.0.0.1)
		SlurmUser=root
		SlurmdUser=root
		AuthType=auth/munge
		AuthInfo=socket=$here/munge.sock,cred_expire=10
		PluginDir=$plugins
		StateSaveLocation=$here/state
		SlurmdSpoolDir=$here/spool
		SlurmctldPidFile=$here/slurmctld.pid
		SlurmdPidFile=$here/slurmd.pid
		SlurmctldPort=$((20000 + RANDOM % 10000))
		SlurmdPort=$((30000 + RANDOM % 2000))
		ProctrackType=proctrack/linuxproc
		TaskPlugin=task/none
		JobAcctGatherType=jobacct_gather/none
		SelectType=select/cons_tres
		SelectTypeParameters=CR_CPU
		SchedulerParameters=sched_interval=2,bf_interval=2
		SlurmdParameters=config_overrides
		MpiDefault=none
		MailProg=/bin/true
		ReturnToService=2
		MessageTimeout=60
		NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
		PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
	END
}

begin() {
	munged --foreground --force --key-file="$here/munge.key" --socket="$here/munge.sock" --pid-file="$here/munge.pid" --log-file="$here/munged.log" --seed-file="$here/munge.seed" >"$here/munged.out" 2>&1 &
	daemons+=($!)
	until [ -S "$here/munge.sock" ]; do
		kill -0 "${daemons[-1]}"
		sleep 0.1
	done
	slurmctld -D >"$here/slurmctld.log" 2>&1 &
	daemons+=($!)
	slurmd -D -d "$here/root/usr/sbin/slurmstepd" >"$here/slurmd.log" 2>&1 &
	daemons+=($!)
	for _ in $(seq 60); do
		for pid in "${daemons[@]}"; do kill -0 "$pid"; done
		if sinfo -h -o %T 2>/dev/null | grep -q idle; then return; fi
		sleep 0.5
	done
	echo "Slurm's node does not become idle: $(sinfo 2>&1)" >&2
	return 1
}

wait_for() { # the job to leave the queue
	while [ -n "$(squeue -h -j "$1" 2>/dev/null)" ]; do sleep 0.5; done
}

unpack
configure
begin
echo "slurm: $(sinfo --version), one node with $(sinfo -h -o %c) CPUs"

cat >"$here/s.toml" <<'END'
[workload]
rate = "800/s"
[[stage]]
name = "server"
service = {dist = "exponential", mean = "1ms"}
[run]
max_events = 400000
END
cd "$here"
sweep=(s.toml --vary stage.server.workers=1..16 --vary workload.rate=500/s,800/s,900/s,1500/s,2000/s,3000/s,5000/s,8000/s,12000/s,20000/s)
"$vsim" sweep "${sweep[@]}" -o single
"$vsim" sweep "${sweep[@]}" --job slurm --shards 8 -o job
array=$(sbatch --parsable job/sweep.slurm)
merge=$(sbatch --parsable --dependency="afterok:$array" job/merge.slurm)
echo "job $array with tasks 0 to 7, and $merge, which merges them when they have ended well"
until [ -s job/shards/1/rows.jsonl ]; do
	if [ -z "$(squeue -h -j "$array")" ]; then break; fi
	sleep 0.05
done
scontrol requeue "${array}_1"
echo "requeued task 1, which had $(wc -l <job/shards/1/rows.jsonl) of $(($(wc -l <single/rows.jsonl) / 8)) rows"
wait_for "$array"
wait_for "$merge"
scontrol -o show job "$array" | grep -o 'ArrayTaskId=[^ ]*\|JobState=[^ ]*\|Restarts=[^ ]*' | paste -sd ' ' | sed 's/ ArrayTaskId/\n&/g'
for file in single/*; do cmp "$file" "job/$(basename "$file")"; done
echo "$(ls single | wc -l) files of the merged shards are those of the single run: $(ls single | paste -sd ' ')"

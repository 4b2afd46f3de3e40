#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A private SLURM of two virtual nodes on this machine, on loopback, without systemd, cgroups or accounting; as root or as anyone.
#
#   tests/jobs/cluster.sh start DIR     prints the line `export SLURM_CONF=...` when both nodes are idle
#   tests/jobs/cluster.sh stop DIR      ends what start began (jobs too) and removes DIR
#
# DIR must be a short path (unix sockets). Needs munged, slurmctld, slurmd, sbatch.
set -u
PATH=$PATH:/usr/sbin:/sbin
action=${1:-} dir=${2:-}
case $action:$dir in
    start:?* | stop:?*) ;;
    *) echo "usage: cluster.sh start|stop DIR" >&2; exit 64 ;;
esac
nodes=2 cpus=2

start_time() { awk '{print $22}' "/proc/$1/stat" 2> /dev/null; }

stop() {
    local pid began name turn left
    [ -f "$dir/pids" ] || return 0
    export SLURM_CONF=$dir/etc/slurm.conf
    # Daemons first, so that nothing is started again; a process is ours if number and start time both match.
    tac "$dir/pids" | while read -r pid began name; do
        if [ "$name" != munged ] && [ "$(start_time "$pid")" = "$began" ]; then kill -KILL "$pid"; fi
    done
    # Then what they started: everything whose environment names our slurm.conf, but not this script and those above it.
    for turn in 1 2 3 4 5 6 7 8 9 10; do
        left=$(ours)
        [ -n "$left" ] || break
        # shellcheck disable=SC2086
        kill -KILL $left 2> /dev/null
        sleep "0.$turn"
    done
    while read -r pid began name; do
        if [ "$name" = munged ] && [ "$(start_time "$pid")" = "$began" ]; then kill -TERM "$pid"; fi
    done < "$dir/pids"
    rm -rf "$dir"
}

# Processes of this cluster's jobs, by their environment, and its job supervisors (slurmstepd), by the log that they hold open.
ours() {
    local file pid
    # shellcheck disable=SC2013
    for file in $(grep -lzxF "SLURM_CONF=$SLURM_CONF" /proc/[0-9]*/environ 2> /dev/null); do
        pid=${file//[^0-9]/}
        [ "$pid" != $$ ] && grep -qz '^SLURM_JOB_ID=' "$file" 2> /dev/null && echo "$pid"
    done
    # shellcheck disable=SC2013
    for file in $(grep -lx slurmstepd /proc/[0-9]*/comm 2> /dev/null); do
        pid=${file//[^0-9]/}
        find "/proc/$pid/fd" -lname "$dir/*" 2> /dev/null | grep -q . && echo "$pid"
    done
}

free_ports() { # N: the first of N free ports below the ephemeral range
    local busy first i try
    busy=" $(awk '$2 ~ /:/ {split($2, a, ":"); print a[2]}' /proc/net/tcp /proc/net/tcp6 2> /dev/null | sort -u | while read -r i; do echo $((16#$i)); done | tr '\n' ' ')"
    for try in {1..50}; do
        first=$((20000 + (RANDOM + try) % 10000))
        for ((i = 0; i < $1; i++)); do case $busy in *" $((first + i)) "*) continue 2 ;; esac; done
        echo "$first"
        return
    done
    return 1
}

configure() {
    local me port i
    me=$(id -un)
    port=$(free_ports $((nodes + 1))) || { echo "no free ports" >&2; return 1; }
    (umask 022 && mkdir -p "$dir"/{etc,log,state,run,ompi}) && chmod 755 "$dir"
    mkdir -m 700 "$dir/munge"
    (umask 077 && head -c 128 /dev/urandom > "$dir/munge/key")
    # cred_expire is also how long a requeued job waits. A TmpFS for each node keeps the PMIx servers of two "nodes" apart.
    cat > "$dir/etc/slurm.conf" <<CONF
ClusterName=relapse
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$dir/munge.sock,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.%n.pid
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool.%n
TmpFS=$dir/tmp.%n
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog=$dir/etc/task_prolog
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=5
MinJobAge=3600
CONF
    # Naming v1 stops slurmd from probing for v2, which wants systemd.
    echo "CgroupPlugin=cgroup/v1" > "$dir/etc/cgroup.conf"
    for ((i = 1; i <= nodes; i++)); do
        mkdir -m 755 "$dir/spool.n$i" && mkdir -m 1777 "$dir/tmp.n$i"
        echo "NodeName=n$i NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=$cpus RealMemory=8000" >> "$dir/etc/slurm.conf"
    done
    echo "PartitionName=test Nodes=ALL Default=YES MaxTime=INFINITE DefaultTime=10 State=UP" >> "$dir/etc/slurm.conf"
    # Open MPI on several "nodes" of one machine, which a real cluster does not need: they share /dev/shm, so ranks speak TCP; no binding.
    cat > "$dir/etc/task_prolog" <<PROLOG
#!/bin/sh
echo export OMPI_MCA_oob_tcp_if_include=lo
echo export OMPI_MCA_btl_tcp_if_include=lo
echo export OMPI_MCA_btl=self,tcp
echo export OMPI_MCA_hwloc_base_binding_policy=none
echo export OMPI_MCA_mpi_yield_when_idle=1
echo export OMPI_MCA_orte_tmpdir_base=$dir/ompi
[ "\$(id -u)" != 0 ] || echo export OMPI_ALLOW_RUN_AS_ROOT=1
[ "\$(id -u)" != 0 ] || echo export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
PROLOG
    chmod 755 "$dir/etc/task_prolog"
}

launch() { # NAME COMMAND...
    local name=$1
    shift
    (cd "$dir" && exec setsid "$@" > "$dir/log/$name.out" 2>&1 < /dev/null) &
    echo "$! $(start_time $!) $name" >> "$dir/pids"
}

wait_for() { # SECONDS COMMAND...: until it succeeds
    local until=$((SECONDS + $1))
    shift
    while ! "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$until" ] || return 1
        sleep 0.1
    done
}
munge_answers() { munge -S "$dir/munge.sock" -n < /dev/null; }
nodes_idle() { [ "$(timeout 5 sinfo -h -N -o %T | grep -c '^idle$')" = "$nodes" ]; }

start() {
    local i
    mkdir -p "$dir" || return 1
    dir=$(cd "$dir" && pwd -P)
    [ ${#dir} -le 70 ] || { echo "cluster.sh: $dir is too long a path for unix sockets" >&2; return 1; }
    [ ! -e "$dir/pids" ] || { echo "cluster.sh: $dir holds a cluster already" >&2; return 1; }
    # shellcheck disable=SC2086
    unset ${!SLURM_*} # in case we are inside a job
    export SLURM_CONF=$dir/etc/slurm.conf
    configure || return 1
    : > "$dir/pids"
    launch munged munged --foreground --key-file="$dir/munge/key" --socket="$dir/munge.sock" --pid-file="$dir/munge/pid" \
        --log-file="$dir/munge/log" --seed-file="$dir/munge/seed" --num-threads=4
    if wait_for 10 munge_answers; then
        launch slurmctld slurmctld -D
        for ((i = 1; i <= nodes; i++)); do launch "slurmd.n$i" slurmd -D -N "n$i"; done
        if wait_for 30 nodes_idle; then echo "export SLURM_CONF=$SLURM_CONF"; return 0; fi
    fi
    echo "cluster.sh: the private SLURM did not come up:" >&2
    grep -hE 'rror|fatal' "$dir"/log/*.out "$dir/munge/log" | tail -n 20 >&2
    stop
    return 1
}

"$action"

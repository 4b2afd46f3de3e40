#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whatever happens to a running ensemble (kill -9 of the whole job or of one rank at random moments, stop signals by way of mpirun,
# bytes damaged on the disk meanwhile, a full disk), resuming it ends in the bytes of an undisturbed run.
#     kill_resume.sh BUILD_DIRECTORY [SEED]
set -u
build=${1:?usage: kill_resume.sh BUILD_DIRECTORY [SEED]}
. "$(dirname "$0")/../ranks/common.sh"
command -v ps >/dev/null || { echo "skipped: ps is not installed"; exit 77; }
seed=${2:-$$}
RANDOM=$seed
echo "seed $seed"
job=(blocks=300 us=300)

# start N ARGUMENTS...: in the background; its process in $launcher.
start() {
    local n=$1
    shift
    timeout -k 5 60 mpirun -n "$n" "$program" "$folder/ledger" "${job[@]}" "$@" >"$folder/said" 2>"$folder/words" &
    waiting=$!
    launcher=
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        launcher=$(ps -o pid= --ppid $waiting | tr -d ' ')
        [ -n "$launcher" ] && return
        sleep 0.02
    done
}
await_begin() { # until MPI is up
    for ((i = 0; i < 200; i++)); do
        grep -q begun "$folder/said" && return
        sleep 0.05
    done
}
nap() { sleep "$(printf '0.%03d' "$1")"; }
finish() { # resume until it is done
    for _ in 1 2 3; do ranks 2 "$folder/ledger" "${job[@]}" resume && break; done
    says "complete=1" && cmp "$folder/alone" "$folder/ledger"
}
damage() { # some bytes anywhere behind the header
    local size
    size=$(stat -c %s "$folder/ledger" 2>/dev/null) || return
    [ "$size" -gt 400 ] || return
    for _ in 1 2 3; do
        printf 'damage' | dd of="$folder/ledger" bs=1 seek=$((200 + (RANDOM * 32768 + RANDOM) % (size - 210))) conv=notrunc status=none
    done
}
kill_job() { # of mpirun and all ranks at once, as a node that dies
    # shellcheck disable=SC2046
    kill -9 "$launcher" $(ps -o pid= --ppid "$launcher") 2>/dev/null
    wait $waiting 2>/dev/null
}
# mpirun then ends the others. Not before MPI is up: mpirun 4.1.4 hangs for ever where a rank dies while it connects (PMIX ERROR: UNREACHABLE).
kill_rank() {
    local one
    await_begin
    one=$(ps -o pid= --ppid "$launcher" | tail -1)
    [ -n "$one" ] && kill -9 "$one" 2>/dev/null
    wait $waiting 2>/dev/null
}

killed_at_random_moments() { # HOW COUNTER DAMAGE
    local round
    rm -f "$folder/ledger"
    for round in 1 2 3 4; do
        [ "$2" = cyclic ] && export RELAPSE_COUNTER=cyclic
        if [ $round = 1 ]; then start $((1 + RANDOM % 3)); else start $((1 + RANDOM % 3)) resume; fi
        nap $((100 + RANDOM % 600))
        "$1"
        unset RELAPSE_COUNTER
        [ "$3" = damage ] && damage
    done
    finish
}
progress_is_kept() {
    rm -f "$folder/ledger"
    start 1 us=4000 # a block takes 64 ms, the first chunk of 75 blocks 4.8 s: nothing of it would be there if it were written at its end
    await_begin
    sleep 3
    kill_job
    ranks 2 "$folder/ledger" "${job[@]}" resume || return 1
    found=$(expr "$said" : '.*found=\([0-9]*\)')
    [ "$found" -ge 10 ] || { echo "       only $found blocks were kept after 3 s"; return 1; }
    cmp "$folder/alone" "$folder/ledger"
}
stopped_by() { # SIGNAL NUMBER TIMES COUNTER
    rm -f "$folder/ledger"
    [ "$4" = cyclic ] && export RELAPSE_COUNTER=cyclic
    start 3 us=3000 patience=0.2
    await_begin
    sleep 0.5
    for ((i = 0; i < $3; i++)); do # in quick order: mpirun 4.1.4 itself dies of one that comes while it winds up
        kill -s "$1" "$launcher"
        sleep 0.003
    done
    wait $waiting
    local status=$?
    unset RELAPSE_COUNTER
    said=$(cat "$folder/said")
    is $status 75 && says "code=STOPPED" && says "signal=$2" && finish
}
full_disk() { # for one rank
    rm -f "$folder/ledger"
    ranks 3 "$folder/ledger" "${job[@]}" full="$1"
    is $? 74 && words "File too large" && finish
}

"$program" "$folder/alone" "${job[@]}" >/dev/null || exit 1
law "the job killed at random moments" killed_at_random_moments kill_job one-sided ""
law "the job killed at random moments, cyclic" killed_at_random_moments kill_job cyclic ""
law "one rank killed at random moments" killed_at_random_moments kill_rank one-sided ""
law "the job killed and its ledger damaged" killed_at_random_moments kill_job one-sided damage
law "a kill loses little" progress_is_kept
law "USR1 to mpirun stops in order" stopped_by USR1 10 1 one-sided
law "USR1 many times is as once" stopped_by USR1 10 6 one-sided
law "USR1 to mpirun stops in order, cyclic" stopped_by USR1 10 2 cyclic
law "a disk that is full for rank 0 is an I/O error, and resuming mends it" full_disk 0
law "a disk that is full for rank 2 is an I/O error, and resuming mends it" full_disk 2
verdict

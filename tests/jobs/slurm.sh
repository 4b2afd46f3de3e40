#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The SLURM scripts of jobs/ on a real SLURM: two nodes, a stop and a restart, a sweep.      tests/jobs/slurm.sh BUILD_DIR
# Exit status: 0 passed, 1 failed, 77 skipped because SLURM is not installed.
set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
here=$top/tests/jobs
for program in munged munge slurmctld slurmd sbatch srun scontrol scancel; do
    command -v "$program" > /dev/null || { echo "skipped: $program is not installed (apt-get install slurmctld slurmd slurm-client munge)"; exit 77; }
done
RELAPSE=$(cd "${1:?usage: slurm.sh BUILD_DIR}" && pwd -P)/relapse
[ -x "$RELAPSE" ] || { echo "no program $RELAPSE"; exit 1; }
export RELAPSE RELAPSE_HOME=$top
unset LAUNCH OUT SLURM_MPI_TYPE MAX_RESTARTS

base=$(mktemp -d /tmp/rlp-slurm.XXXXXX) || exit 1
chmod 755 "$base" # munge wants to reach its socket
clean() { "$here/cluster.sh" stop "$base/c"; rm -rf "$base"; }
trap clean EXIT
trap 'exit 1' INT TERM HUP
work=$base/work
mkdir "$work" && cd "$work" || exit 1
cp "$here/small.yaml" .
environment=$("$here/cluster.sh" start "$base/c") || exit 1
eval "$environment"

fail() {
    echo "FAILED: $*"
    scontrol show job 2> /dev/null | grep -E 'JobId|JobState|Restarts|ExitCode'
    tail -n 40 -- *.log 2> /dev/null
    exit 1
}
wants() { grep -qE -- "$2" "$1" || fail "$1 does not say: $2"; }
field() { scontrol show job -o "$1" | grep -oE "\<$2=[^ ]+" | head -n 1 | cut -d= -f2; } # JOB NAME
wait_until() { # SECONDS WORDS COMMAND...
    local until=$((SECONDS + $1)) words=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || fail "waited too long for: $words"
        sleep 0.2
    done
}
completed() {
    case $(field "$1" JobState) in
        COMPLETED) return 0 ;;
        FAILED | CANCELLED | TIMEOUT | NODE_FAIL) fail "job $1 is $(field "$1" JobState)" ;;
        *) return 1 ;;
    esac
}
same_tables() { # DIR DIR: the CSV files of both, byte for byte
    local table count=0
    for table in "$1"/*.csv; do
        cmp "$table" "$2/${table##*/}" || fail "$1 and $2 differ"
        count=$((count + 1))
    done
    [ "$count" -ge 4 ] || fail "$1 has only $count tables"
}
submit() { # LOG SBATCH-ARGUMENT...
    local log=$1
    shift
    sbatch --parsable --output="$log" "$@"
}
two_by_two=(--nodes=2 --ntasks-per-node=2)

echo "== one run, two nodes x two tasks"
job=$(OUT=whole submit whole.log "${two_by_two[@]}" "$top/jobs/run.sbatch" small.yaml) || fail "sbatch refused run.sbatch"
wait_until 120 "the run to complete" completed "$job"
wants whole.log '^== job [0-9]+, start 1,'
wants whole.log '^== 4 tasks on 2 node'
wants whole.log '^== run ended: exit 0,'

echo "== stopped by USR1 in mid-run, put back, the same bytes"
job=$(OUT=stopped submit stopped.log "${two_by_two[@]}" "$top/jobs/run.sbatch" small.yaml) || fail "sbatch refused run.sbatch"
wait_until 60 "the ledger" test -s stopped/ledger.rlp
at_first=$(cksum < stopped/ledger.rlp)
grew() { [ "$(cksum < stopped/ledger.rlp)" != "$at_first" ]; }
wait_until 60 "blocks in the ledger" grew
scancel --batch --signal=USR1 "$job" || fail "the job ended before it could be stopped"
wait_until 120 "the restarted run to complete" completed "$job"
[ "$(field "$job" Restarts)" = 1 ] || fail "Restarts=$(field "$job" Restarts), not 1"
wants stopped.log '^== run ended: exit 75,'
wants stopped.log '^== stopped early by USR1, work kept: back into the queue'
wants stopped.log '^== job [0-9]+, start 2,'
wants stopped.log '^== run: .* --resume'
same_tables whole stopped

echo "== a start that adds nothing is not put back for ever"
job=$(OUT=whole submit idle.log --nodes=1 --ntasks-per-node=1 --export=ALL,RELAPSE="$here/always-stopped.sh" "$top/jobs/run.sbatch" small.yaml)
over() { [[ $(field "$job" JobState) = FAILED ]]; }
wait_until 60 "the job that never gets further to end" over
[ "$(field "$job" Restarts)" = 0 ] || fail "it was put back"
[ "$(field "$job" ExitCode)" = 75:0 ] || fail "its exit code is $(field "$job" ExitCode), not 75"
wants idle.log '^== not put back into the queue: this start added nothing'

echo "== mpirun instead of srun"
job=$(LAUNCH=mpirun OUT=by-mpirun submit mpirun.log "${two_by_two[@]}" "$top/jobs/run.sbatch" small.yaml --patients 16) || fail "sbatch refused"
wait_until 60 "mpirun" completed "$job"
[ -s by-mpirun/summary.csv ] || fail "no by-mpirun/summary.csv"

echo "== a sweep of two rows, twice"
printf '%s\n' '# rows' "--set process.types.S.death='0.12 /d' --patients 16 --out sweep/faster" '' '--patients 24' > rows.txt
for turn in first second; do
    job=$(submit "$turn-%a.log" --array=1-2%2 --ntasks-per-node=1 "$top/jobs/array.sbatch" small.yaml rows.txt) || fail "sbatch refused array.sbatch"
    wait_until 60 "row 1" completed "${job}_1"
    wait_until 60 "row 2" completed "${job}_2"
done
for row in sweep/faster rows.out/2; do [ -s "$row/summary.csv" ] || fail "no $row/summary.csv"; done
wants first-1.log "--set process.types.S.death=0.12 /d --patients 16"
wants first-2.log '^== run ended: exit 0,'
for row in 1 2; do wants "second-$row.log" '^== already finished'; done
"$top/jobs/gather.sh" summary.csv sweep/faster rows.out/2 > gathered.csv || fail "gather.sh"
wants gathered.csv '^run,arm,endpoint'
wants gathered.csv '^faster,'
wants gathered.csv '^2,'
echo "== passed in $SECONDS s"

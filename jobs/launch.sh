# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What run.sbatch and array.sbatch share: start relapse in an output folder, pass the signal on, start again where it was stopped.
#
# relapse saves, not the script: on USR1 it finishes what is cheap, keeps it in DIR/ledger.rlp and ends with 75; with --resume it goes on
# from there, and the results are the same bytes as those of a run that was never stopped. Signals other than USR1 are not
# passed on: SLURM sends TERM to the ranks by itself, and srun and mpirun would rather kill them.

unset SLURM_EXPORT_ENV # sbatch --export=NONE must not reach the launcher
export OMP_NUM_THREADS=${SLURM_CPUS_PER_TASK:-1} SRUN_CPUS_PER_TASK=${SLURM_CPUS_PER_TASK:-1}

say() { echo "== $*"; }

pid='' usr1='' term=''
on_usr1() {
    usr1=1
    say "USR1 at $(date -Is): passing it on"
    [ -z "$pid" ] || kill -USR1 "$pid" 2> /dev/null
}
trap on_usr1 USR1
trap 'term=1; say "TERM at $(date -Is): the job is being ended"' TERM

# The log's first lines: which start, where, with what.
say_start() {
    say "job $SLURM_JOB_ID, start $((${SLURM_RESTART_COUNT:-0} + 1)), $(date -Is)"
    say "$SLURM_NTASKS tasks on $SLURM_JOB_NUM_NODES node(s): $SLURM_JOB_NODELIST"
    say "$RELAPSE: $("$RELAPSE" --version 2>&1 < /dev/null | head -n 1)"
    say "$LAUNCH: $("${LAUNCH%% *}" --version 2>&1 | head -n 1)"
}

# What a run has finished so far, as one word that changes with every block that is added.
progress_of() { # DIR
    if [ -s "$1/ledger.rlp" ]; then cksum < "$1/ledger.rlp"; else echo nothing; fi
}

# Run relapse in DIR until it ends, the same call for the first start and for every later one; sets rc and progressed.
run_relapse() { # DIR INPUT OPTION...
    local dir=$1 input=$2 before resume=()
    shift 2
    mkdir -p "$(dirname "$dir")"
    if [ -e "$dir/ledger.rlp" ]; then
        resume=(--resume)
    elif [ -d "$dir" ]; then
        rmdir "$dir" 2> /dev/null # a start that ended before it had a ledger; a folder with anything in it is refused by relapse
    fi
    before=$(progress_of "$dir")
    # shellcheck disable=SC2206  # LAUNCH may carry options
    local command=($LAUNCH "$RELAPSE" run "$input" --out "$dir" "${resume[@]}" "$@")
    say "run: ${command[*]}"
    "${command[@]}" < /dev/null &
    pid=$!
    # A trapped signal ends `wait` early: wait until the child is gone.
    while :; do
        wait "$pid"
        rc=$?
        kill -0 "$pid" 2> /dev/null || break
    done
    pid=''
    progressed=''
    [ "$(progress_of "$dir")" = "$before" ] || progressed=1
    say "run ended: exit $rc, $(date -Is)"
}

# Put the job back into the queue if the run was stopped with its work kept, got further, and was not started too often; then end with its exit code.
finish() { # uses rc and progressed
    local restarts=${SLURM_RESTART_COUNT:-0} job=$SLURM_JOB_ID
    [ -z "${SLURM_ARRAY_TASK_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    # 138: mpirun itself now and then dies of the USR1 that it passes on.
    if { [ "$rc" = 75 ] || { [ "$rc" = 138 ] && [ -n "$usr1" ]; }; } && [ -z "$term" ]; then
        if [ -z "$progressed" ]; then
            say "not put back into the queue: this start added nothing. Ask for more time or more ranks; sbatch again goes on from here"
        elif [ "$restarts" -ge "$MAX_RESTARTS" ]; then
            say "not put back into the queue: $restarts restarts are the limit (MAX_RESTARTS); sbatch again goes on from here"
        else
            say "stopped early${usr1:+ by USR1}, work kept: back into the queue"
            scontrol requeue "$job" && exit 0
            say "the requeue was refused; sbatch again goes on from here"
        fi
    fi
    sacct -j "$SLURM_JOB_ID" -o JobID,State,Elapsed,MaxRSS,ExitCode 2> /dev/null ||
        scontrol show job "$SLURM_JOB_ID" 2> /dev/null | grep -oE '(JobState|RunTime|Restarts)=[^ ]+'
    exit "$rc"
}

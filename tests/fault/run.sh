#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# relapse run loses nothing: killed at random moments, asked to stop, resumed with another input, or pointed at a folder in use.
#     run.sh BUILD_DIRECTORY [SEED]
set -u
build=${1:?usage: run.sh BUILD_DIRECTORY [SEED]}
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/support/command.sh"
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
RANDOM=${2:-$$}
echo "seed ${2:-$$}"
input=$here/ranks/cohort.yaml
job=(run "$input" --out "$folder/out" --patients 400)

# start N: the job on N ranks, in a session of its own, so that the whole of it can be killed at once.
start() {
    setsid mpirun -n "$1" "$relapse" "${job[@]}" "${@:2}" >"$folder/said" 2>"$folder/words" </dev/null &
    waiting=$!
}
wait_for_ledger() { for _ in $(seq 200); do [ -s "$folder/out/ledger.rlp" ] && return; sleep 0.02; done; return 1; }
kill_all() { pkill -9 -s "$(ps -o sid= -p $waiting | tr -d ' ')" 2>/dev/null; wait $waiting 2>/dev/null; }

killed() { # how often
    local round again=()
    rm -rf "$folder/out"
    for round in $(seq "$1"); do
        start $((1 + RANDOM % 3)) "${again[@]}"
        wait_for_ledger || return 1
        sleep "$(printf '0.%03d' $((RANDOM % 600)))"
        kill_all
        [ ! -e "$folder/out/summary.csv" ] || break # it was done already
        again=(--resume)
    done
    status 0 mpirun -n 2 "$relapse" "${job[@]}" --resume && same_csv "$folder/alone" "$folder/out"
}
stopped_by() { # SIGNAL
    rm -rf "$folder/out"
    "$relapse" "${job[@]}" >"$folder/said" 2>"$folder/words" </dev/null &
    waiting=$!
    wait_for_ledger || return 1
    sleep 0.2
    kill -"$1" $waiting
    wait $waiting
    local got=$?
    [ $got = 0 ] && { echo "       (it was done before the signal came)"; return 0; }
    [ $got = 75 ] || { echo "       exit status $got"; return 1; }
    words "run the same command again with --resume" && [ ! -e "$folder/out/survival.csv" ] &&
        status 0 "$relapse" "${job[@]}" --resume && same_csv "$folder/alone" "$folder/out"
}
# A whole cohort of one patient (a second of births and deaths, a visit a week): whoever is not asked within him ends with him, exit 0.
slow=(run "$here/fault/slow.yaml")
a_long_patient_is_given_up() {
    status 0 "$relapse" "${slow[@]}" --out "$folder/slow" || return 1
    RELAPSE_PATIENCE=0 "$relapse" "${slow[@]}" --out "$folder/stopped" >"$folder/said" 2>"$folder/words" </dev/null &
    waiting=$!
    for _ in $(seq 200); do [ -s "$folder/stopped/ledger.rlp" ] && break; sleep 0.02; done
    kill -TERM $waiting
    wait $waiting
    local got=$?
    [ $got = 75 ] || { echo "       exit status $got"; return 1; }
    words "0 of 1 blocks" && status 0 "$relapse" "${slow[@]}" --out "$folder/stopped" --resume && same_csv "$folder/slow" "$folder/stopped"
}
resume_with_other_input() {
    status 65 "$relapse" "${job[@]}" --resume --set cohort.seed=6 --set process.types.S.birth=0.2 && words "cohort.seed: 5 -> 6" && words "process.types.S.birth: 0.14 /d -> 0.2" &&
        same_csv "$folder/alone" "$folder/out"
}
# Nobody is lived for a trial: it may come, change and go.
resume_with_a_trial() {
    local trial='trial={per_arm: 50, accrual: 10 d, after: 20 d, repeats: 100}'
    status 0 "$relapse" "${job[@]}" --resume --set "$trial" && [ -s "$folder/out/trial.csv" ] && status 0 "$relapse" "${job[@]}" --resume --set "${trial/50/60}" &&
        cut -d, -f5 "$folder/out/trial.csv" | grep -qx 60 && status 0 "$relapse" "${job[@]}" --resume && same_csv "$folder/alone" "$folder/out" && [ ! -e "$folder/out/trial.csv" ]
}
resume_with_fewer_arms() { status 65 "$relapse" "${job[@]}" --resume --arm untreated && words "arms"; }
resume_when_done() { status 0 "$relapse" "${job[@]}" --resume && same_csv "$folder/alone" "$folder/out"; }
folder_in_use() { status 73 "$relapse" "${job[@]}" && words "--resume to go on" && same_csv "$folder/alone" "$folder/out"; }
foreign_folder() { mkdir "$folder/mine" && echo precious >"$folder/mine/notes" && status 73 "$relapse" run "$input" --out "$folder/mine" --resume && words "holds no ledger"; }
force_spares_the_users_files() {
    status 0 "$relapse" run "$input" --out "$folder/mine" --patients 2 --force && [ "$(cat "$folder/mine/notes")" = precious ] && [ -s "$folder/mine/survival.csv" ]
}
wrong_input_touches_nothing() { status 65 "$relapse" run "$input" --out "$folder/new" --set process.types.S.birth=-1 && [ ! -e "$folder/new" ]; }
no_input() { status 66 "$relapse" run "$folder/missing.yaml" && status 66 "$relapse" check "$folder/missing.yaml"; }
cannot_create() { status 73 "$relapse" run "$input" --out "$folder/no/such/folder"; }
usage() {
    status 64 "$relapse" run && status 64 "$relapse" run "$input" --pateints 3 && words "did you mean '--patients'" && status 64 "$relapse" rum && words "did you mean 'run'" &&
        status 64 "$relapse" run "$input" --patients none && status 64 "$relapse" run "$input" --resume --force && status 64 "$relapse" run "$input" --only 999 &&
        status 0 "$relapse" run --help && status 0 "$relapse" --help && status 0 "$relapse" --version
}
one_failed_patient() { # a population that explodes past 4e18 in some patients: records, not a dead job
    status 70 "$relapse" run "$here/fault/overflow.yaml" --out "$folder/overflow" && [ "$(grep -c '^all,[0-9]*,,' "$folder/overflow/survival.csv")" -gt 0 ] &&
        [ "$(grep -c '^all,[0-9]*,[0-9]' "$folder/overflow/survival.csv")" -gt 0 ] && grep -q 'pass 4e18' "$folder/said"
}

status 0 "$relapse" run "$input" --out "$folder/alone" --patients 400 || { echo "the program does not run"; exit 1; }
law "killed (-9) at random moments and resumed: the bytes of an undisturbed run" killed 3
law "the same, once more" killed 2
for signal in INT TERM USR1; do law "SIG$signal keeps what is finished, exit 75, and a resume completes it" stopped_by $signal; done
law "a long patient is given up at a visit, and lived again to the same bytes" a_long_patient_is_given_up
law "a finished run resumes to itself" resume_when_done
law "a resume with another input is refused and names the keys" resume_with_other_input
law "a resume with another trial lives nobody again" resume_with_a_trial
law "a resume with other arms is refused" resume_with_fewer_arms
law "a folder in use is left alone" folder_in_use
law "a folder without a ledger cannot be resumed" foreign_folder
law "--force replaces results and spares the user's own files" force_spares_the_users_files
law "a wrong input touches nothing" wrong_input_touches_nothing
law "an input that cannot be read is 66" no_input
law "an output that cannot be created is 73" cannot_create
law "wrong command lines are 64 and helpful" usage
law "a patient that fails is a failed record, not a dead job" one_failed_patient
verdict

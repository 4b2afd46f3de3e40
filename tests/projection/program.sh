#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# relapse reference --method projection as a user meets it: the same bytes on any number of ranks, no option from outside, words for what it refuses.
#     program.sh BUILD_DIRECTORY
set -u
build=${1:?usage: program.sh BUILD_DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/support/command.sh"
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
input=$here/projection/small.yaml

project() { "$relapse" reference "$input" --method projection "$@"; }
export relapse input
export -f project
run() { status 0 bash -c 'project "$@"' project "$@"; }
refused() { # STATUS WORDS ARGUMENT...
    local want=$1 text=$2
    shift 2
    status "$want" bash -c 'project "$@"' project "$@" && words "$text"
}

on_ranks() { # N
    status 0 mpirun -n "$1" "$relapse" reference "$input" --method projection --out "$folder/$1" && same_csv "$folder/alone" "$folder/$1" && cmp "$folder/alone/projection.json" "$folder/$1/projection.json"
}
poisoned() { # options that would change every answer (or end the program) lie in all four places; nothing of them is heard
    local home=$folder/home
    mkdir -p "$home"
    for file in "$home/.petscrc" "$home/petscrc"; do echo '-mat_type nonsense -vec_type nonsense -options_left' >"$file"; done
    (cd "$home" && PETSC_OPTIONS='-mat_type nonsense -log_view' PETSC_OPTIONS_YAML='mat_type: nonsense' HOME=$home status 0 "$relapse" reference "$input" --method projection --out "$folder/poisoned") &&
        same_csv "$folder/alone" "$folder/poisoned" && cmp "$folder/alone/projection.json" "$folder/poisoned/projection.json"
}
given_options_are_heard() { # the same poison, given on purpose: PETSc's refusal is the program's own error
    refused 70 'PETSc: error .*nonsense' --out "$folder/given" --petsc -mat_type nonsense && [ ! -e "$folder/given/projection.json" ]
}
given_options_are_recorded() {
    run --out "$folder/typed" --petsc -mat_type seqaij && same_csv "$folder/alone" "$folder/typed" && grep -q '"petsc_options": \["-mat_type", "seqaij"\]' "$folder/typed/projection.json"
}
unused_is_refused() { refused 64 "no use for the option '-ksp_rtol'" --out "$folder/unused" --petsc -ksp_rtol 1e-3 && [ ! -e "$folder/unused/projection.json" ]; }
pipe_is_quiet() { # PETSc's handlers would make a page of a closed pipe
    project --out "$folder/pipe" 2>"$folder/words" | head -c 1 >/dev/null
    ! grep -q 'PETSC ERROR' "$folder/words"
}
main_is_free_of_petsc() { command -v ldd >/dev/null && ! ldd "$relapse" | grep -q petsc && ldd "$(dirname "$relapse")/relapse-projection" | grep -q petsc; }
ruin() { # Feller's 0.8683128357 through the whole program
    local found
    run --out "$folder/ruin" --set 'process={types: {S: {cells: 5, birth: 0.3, death: 0.2}}}' --set arms='{long: {}}' --set endpoints='{progression: {burden: 40}}' \
        --set record='{}' --set 'cohort.follow_up=1500 d' --no-residual || return 1
    found=$(awk -F, '$2 == "ttp" { last = 1 - $4 } END { printf "%.9f", last }' "$folder/ruin/projection-km.csv")
    [ "$found" = 0.868312836 ] || { echo "       $found"; return 1; }
}
backward_is_forward() {
    sed -n 's/.*"progression": \([^,]*\), "progression_backward": \([^,]*\),.*/\1 \2/p' "$folder/alone/projection.json" | awk '{ d = $1 - $2; if (NF != 2 || $1 < 1e-3 || d > 1e-10 || d < -1e-10) bad = 1 } END { exit bad || NR != 2 }'
}
beside_run() { # the means of 20000 simulated patients within 5 standard errors of the projection's
    status 0 "$relapse" run "$input" --engine direct --out "$folder/run" --quiet || return 1
    awk -F, 'NR == FNR { if (FNR > 1) { mean[$1, $2, $3] = $4; n++ } next } FNR > 1 { d = ($4 - mean[$1, $2, $3]) / ($6 + 1e-12); if (d > 5 || d < -5) bad = 1; m++ } END { exit bad || m != n || m < 4 }' \
        "$folder/alone/projection-moments.csv" "$folder/run/moments.csv"
}

run --out "$folder/alone" || { echo "the program does not run"; exit 1; }
for n in 1 2 3; do law "$n ranks under mpirun write the bytes of one process" on_ranks $n; done
law "options lying about in the environment and in petscrc files are not heard" poisoned
law "options after --petsc are heard, and PETSc's failure is an error in words" given_options_are_heard
law "options after --petsc stand in the record" given_options_are_recorded
law "options that PETSc does not use are refused before anything is written" unused_is_refused
law "a closed pipe ends nothing with a page of PETSc's" pipe_is_quiet
law "relapse itself does not load PETSc" main_is_free_of_petsc
law "the gambler's ruin has its digits" ruin
law "backward is forward to 1e-10" backward_is_forward
law "simulated patients agree" beside_run
alive=endpoints='{progression: {burden: 12, of: [R], every: 6 d}}'
law "too many states are refused with their number and the memory" refused 65 'need .*GB of memory' --out "$folder/many" --bound S=30000 --bound R=30000 --state-limit 2e9 --set "$alive"
law "more states than the limit are refused with what to lower" refused 65 'states .*--state-limit is 1000: raise it' --out "$folder/limit" --bound S=200 --state-limit 1000 --set "$alive"
law "little memory is refused before it is taken" bash -c 'ulimit -v 900000; project --out "$0/tight" --bound S=3000 --bound R=2000 --state-limit 1e8 --set "$1" 2>"$0/words" >/dev/null; [ $? = 65 ] && grep -q "at hand" "$0/words"' "$folder" "$alive"
law "what is refused leaves no folder" test ! -e "$folder/limit"
law "a nadir is refused, naming who can" refused 65 'needs the nadir' --out "$folder/nadir" --set endpoints='{progression: {relative_to_nadir: 2}}'
law "a wrong bound is refused, with the nearest type" refused 64 "no type is named 'RR'" --out "$folder/bound" --bound RR=3
law "files of an earlier projection are not overwritten unasked" refused 73 'exists; use --out' --out "$folder/alone"
law "with --force they are" run --out "$folder/alone" --force
verdict

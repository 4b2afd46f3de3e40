#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# relapse reference as a user meets it: what it writes, what it refuses and in which words, and what it leaves alone.
#     reference.sh BUILD_DIRECTORY
set -u
build=${1:?usage: reference.sh BUILD_DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/support/command.sh"
cd "$folder" || exit 1
lesson=$here/../inputs/two-type.yaml crowded=$here/../inputs/on-off-dosing.yaml tumour=$here/input/good/small-tumour.yaml

header() { [ "$(head -n 1 "$1")" = "$2" ] || { echo "       $1 begins with $(head -n 1 "$1")"; return 1; }; }
rows() { [ "$(($(wc -l <"$1") - 1))" = "$2" ] || { echo "       $1 has $(($(wc -l <"$1") - 1)) rows, not $2"; return 1; }; }
files() { [ "$(cd "$1" && echo *)" = "$2" ] || { echo "       $1 holds $(cd "$1" && echo *)"; return 1; }; }

writes_tables() { # two arms, two types, ten record times
    status 0 "$relapse" reference "$lesson" && files two-type.reference 'covariance.csv extinction.csv founders.csv moments.csv reference.json sets.csv' &&
        header two-type.reference/moments.csv arm,time_days,type,mean,variance,extinct_fraction,closure && rows two-type.reference/moments.csv 40 &&
        header two-type.reference/covariance.csv arm,time_days,type,with,covariance,closure && rows two-type.reference/covariance.csv 60 &&
        header two-type.reference/extinction.csv arm,time_days,kind,set,absent,present,never,ever && rows two-type.reference/extinction.csv 80 &&
        header two-type.reference/founders.csv arm,endpoint,time_days,survival,survival_exact,expected_founders,living_founders,growing
}
# Rows of moments.csv stand in the order of `run`'s, so that files can be joined by arm, time and type.
joins_with_run() {
    status 0 "$relapse" run "$lesson" --patients 2 --out run && cut -d, -f1-3 run/moments.csv >a && cut -d, -f1-3 two-type.reference/moments.csv >b && cmp a b
}
# A probability for every row, and each with its complement.
probabilities() {
    awk -F, 'NR > 1 { for (c = 5; c < 9; c++) if ($c !~ /^[0-9.e-]+$/ || $c < 0 || $c > 1) bad = 1; if (($5 + $6 - 1)^2 > 1e-24 || ($7 + $8 - 1)^2 > 1e-24 || $7 > $5 + 1e-12) bad = 1 }
        END { exit bad }' two-type.reference/extinction.csv
}
curve_falls() { awk -F, 'NR > 1 && $1 == arm && ($4 + 0 > last + 0 || $3 <= day) { bad = 1 } NR > 1 { arm = $1; last = $4; day = $3 } END { exit bad }' two-type.reference/founders.csv; }
keeps_folder() {
    echo mine >two-type.reference/mine.txt
    status 73 "$relapse" reference "$lesson" && words 'two-type.reference/moments.csv exists; use --out' && [ ! -s said ] &&
        status 0 "$relapse" reference "$lesson" --force --method moments --quiet && [ ! -s said ] && [ ! -s words ] &&
        files two-type.reference 'covariance.csv mine.txt moments.csv reference.json'
}
no_folder_for_what_is_refused() { status 65 "$relapse" reference "$crowded" --method backward --out none && words "projection has the answer for small" && [ ! -e none ]; }
crowded_has_moments() {
    status 0 "$relapse" reference "$crowded" --out crowded && files crowded 'covariance.csv moments.csv reference.json' && grep -q 'not here: cells that share a capacity' said &&
        grep -q 'an approximation' said && grep -q '"methods": \["moments"\]' crowded/reference.json && awk -F, 'NR > 1 && ($6 != "" || $7 != "linear noise") { bad = 1 } END { exit bad }' crowded/moments.csv
}
no_records() {
    printf 'process: {types: {S: {cells: 5, birth: 0.1, death: 0.2}}}\ncohort: {follow_up: 9 d}\nendpoints: {progression: {burden: 7}}\n' >bare.yaml
    status 65 "$relapse" reference bare.yaml && words "add .record: {times: \[50 d\]}" &&
        status 0 "$relapse" reference bare.yaml --method founders --quiet && files bare.reference 'founders.csv reference.json' &&
        status 0 "$relapse" reference bare.yaml --set 'record.times=[4 d]' --out other --quiet
}
unknown_method() { status 64 "$relapse" reference "$lesson" --out new --method momnets && words "did you mean 'moments'" && [ ! -e new ]; }
programs_stand_alone() { status 64 "$relapse" reference "$lesson" --method projection --method moments && words 'stands alone'; }
needs_a_burden() { status 65 "$relapse" reference "$here/input/good/recist.yaml" --method founders && words 'follows the nadir'; }
wrong_input() { status 65 "$relapse" reference "$lesson" --set process.types.S.brith=1 && words "did you mean 'birth'" && status 66 "$relapse" reference no-such.yaml; }
one_arm() { status 0 "$relapse" reference "$lesson" --arm drug --out drug --quiet && [ "$(cut -d, -f1 drug/moments.csv | sort -u | tr '\n' ' ')" = 'arm drug ' ]; }
# The tumour floor and the process that it is compiled to have the same moments, to the last digit but the rounding of printed rates.
compiled_is_the_same() {
    status 0 "$relapse" reference "$tumour" --method moments --set 'record.times=[10 d, 30 d]' --out t --quiet || return 1
    "$relapse" check --process "$tumour" --set 'record.times=[10 d, 30 d]' >compiled.yaml || return 1
    status 0 "$relapse" reference compiled.yaml --method moments --out c --quiet || return 1
    paste -d, t/moments.csv c/moments.csv | awk -F, 'NR > 1 { n++; if ($1 != $8 || $2 != $9 || $3 != $10 || ($4 - $11)^2 > 1e-18 * $4^2 || ($5 - $12)^2 > 1e-18 * $5^2) bad = 1 } END { exit bad || n < 4 }'
}
one_rank_speaks() {
    command -v mpirun >/dev/null || return 0
    status 0 mpirun -n 2 "$relapse" reference "$lesson" --out two && [ "$(grep -c '^arm drug' said)" = 1 ] && cmp two/founders.csv drug2/founders.csv
}

# Levels of too few patients are an error of who reports subgroups, and of nobody else.
nobody_is_parted() {
    local whom=$here/../inputs/for-whom.yaml
    status 65 "$relapse" run "$whom" --patients 10 --out parted && words 'into levels of fewer than 20' && status 0 "$relapse" run "$whom" --patients 10 --only 3 --out alone --quiet &&
        status 0 "$relapse" reference "$whom" --set cohort.patients=10 --set 'record.times=[9 d]' --method moments --out few --quiet
}

record_reads() { command -v python3 >/dev/null || return 0; python3 -c 'import json; r = json.load(open("two-type.reference/reference.json")); assert r["methods"] == ["moments", "backward", "founders"] and r["resolved_input"]["process"]'; }

law "tables and their columns" writes_tables
law "reference.json is JSON, with the input" record_reads
law "moments.csv joins with that of run" joins_with_run
law "probabilities are some, with their complements" probabilities
law "the founders' curve falls" curve_falls
law "an existing folder is kept, --force replaces no more than its own" keeps_folder
law "what is refused makes no folder" no_folder_for_what_is_refused
law "capacity: moments by a closure that is named" crowded_has_moments
law "record times are asked for" no_records
law "unknown method" unknown_method
law "methods that are programs stand alone" programs_stand_alone
law "founders need a burden" needs_a_burden
law "a wrong input is blamed as by check" wrong_input
law "--arm" one_arm
law "a tumour and its compiled process have the same moments" compiled_is_the_same
"$relapse" reference "$lesson" --out drug2 --quiet
law "one rank works" one_rank_speaks
law "without subgroups nobody is parted" nobody_is_parted
verdict

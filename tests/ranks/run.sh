#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# relapse run writes the same bytes on any number of ranks, and one patient alone is the patient of the batch.
#     run.sh BUILD_DIRECTORY
set -u
build=${1:?usage: run.sh BUILD_DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/support/command.sh"
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
input=$here/ranks/cohort.yaml

on_ranks() { # N
    status 0 mpirun -n "$1" "$relapse" run "$input" --out "$folder/$1" && same_csv "$folder/alone" "$folder/$1"
}
cyclic() { RELAPSE_COUNTER=cyclic status 0 mpirun -n 3 "$relapse" run "$input" --out "$folder/cyclic" && same_csv "$folder/alone" "$folder/cyclic"; }
twice() { status 0 "$relapse" run "$input" --out "$folder/again" --quiet && [ ! -s "$folder/words" ] && [ ! -s "$folder/said" ] && same_csv "$folder/alone" "$folder/again"; }
only() { # N: the rows of survival.csv, patients.csv and events.csv are those of the batch
    status 0 "$relapse" run "$input" --out "$folder/only$1" --only "$1" || return 1
    for file in survival events; do
        cmp <(grep -E "^[^,]*,($1|patient)," "$folder/alone/$file.csv") "$folder/only$1/$file.csv" || return 1
    done
    cmp <(grep -E "^($1|patient)," "$folder/alone/patients.csv") "$folder/only$1/patients.csv"
}
only_passes_the_records() { # the recorded counts of the batch are among the points of the path
    grep -E "^[^,]*,3," "$folder/alone/counts.csv" >"$folder/recorded"
    [ -s "$folder/recorded" ] && [ -z "$(grep -vxFf "$folder/only3/counts.csv" "$folder/recorded")" ]
}
one_arm() { status 0 "$relapse" run "$input" --out "$folder/arm" --arm leap_pulsed && cmp <(grep -E '^(arm|leap_pulsed),' "$folder/alone/survival.csv") "$folder/arm/survival.csv"; }
# number NAME MEMBER: of "NAME": {"MEMBER": ...} in the profile of $folder/profile/run.json.
number() { awk -v name="\"$1\":" -v member="\"$2\":" '$1 == name && !found {inside = 1} inside && $1 == member {sub(/,$/, "", $2); print $2; found = 1; exit}' "$folder/profile/run.json"; }
profile() { # N: tables of the same bytes; phases add up to the wall time, but for what ranks start earlier and later (0.5 s on a busy machine)
    rm -rf "$folder/profile"
    status 0 mpirun -n "$1" "$relapse" run "$input" --out "$folder/profile" --profile && same_csv "$folder/alone" "$folder/profile" && grep -q "where the time went" "$folder/said" || return 1
    local phase sum=0 share=0
    for phase in reading simulating compiling statistics ledger files picture waiting other; do sum="$sum + $(number $phase mean)" share="$share + $(number $phase share)"; done
    awk "BEGIN {off = $sum - $(number profile wall_seconds); exit !(off * off < ($1 > 1 ? 0.25 : 1e-12) && ($share - 1) ^ 2 < 1e-18 && $(number simulating least) > 0 && $(number patients least) > 0)}" ||
        { echo "       $sum of $(number profile wall_seconds) s; shares $share"; return 1; }
}
profile_shows_who_is_idle() { # one block for two ranks: one works, the other waits at least as long
    rm -rf "$folder/profile"
    status 0 mpirun -n 2 "$relapse" run "$input" --out "$folder/profile" --profile --patients 64 --arm untreated || return 1
    awk "BEGIN {exit !($(number simulating least) == 0 && $(number simulating most) > 0 && $(number waiting most) >= 0.9 * $(number simulating most))}" ||
        { echo "       simulating $(number simulating least) to $(number simulating most) s, waiting $(number waiting most) s"; return 1; }
}
profile_resumed() { # nothing left to simulate
    status 0 "$relapse" run "$input" --out "$folder/profile" --profile --patients 64 --arm untreated --resume && grep -q "(0 lived in this run)" "$folder/said" &&
        [ "$(number simulating most)" = 0 ] && ! grep -q '"profile"' "$folder/alone/run.json"
}
profile_of_one() { status 0 mpirun -n 2 "$relapse" run "$input" --out "$folder/one" --only 3 --profile && grep -q "simulating" "$folder/said" && cmp "$folder/only3/counts.csv" "$folder/one/counts.csv"; }
warns_of_crowds() { status 0 mpirun -n 9 "$relapse" run "$input" --out "$folder/9" --patients 3 && { [ "$(nproc)" -ge 9 ] || words "more ranks than cores"; }; }

rules_too() { # what rules decide and visits see
    local demand=$here/input/good/on-demand.yaml file event
    status 0 "$relapse" run "$demand" --out "$folder/demand" && status 0 mpirun -n 3 "$relapse" run "$demand" --out "$folder/demand3" &&
        same_csv "$folder/demand" "$folder/demand3" && status 0 "$relapse" run "$demand" --out "$folder/demand77" --only 77 || return 1
    for file in survival events visits; do
        [ "$(grep -cE '^[^,]*,77,' "$folder/demand/$file.csv")" -ge 2 ] && cmp <(grep -E '^[^,]*,(77|patient),' "$folder/demand/$file.csv") "$folder/demand77/$file.csv" || return 1
    done
    for event in untreatable,tace,at_most toxicity,tace, "stop,drug,rule 2"; do grep -q ",$event" "$folder/demand/events.csv" || return 1; done
    # who is recorded changes no path
    status 0 "$relapse" run "$demand" --set record.patients=1 --out "$folder/demand1" && cmp "$folder/demand/events.csv" "$folder/demand1/events.csv" && cmp "$folder/demand/survival.csv" "$folder/demand1/survival.csv"
}

survey() { # synergy and attribution: the same bytes on 1, 2 and 3 ranks and after a resume; the arms' files are those of a study that asks for neither
    local small=$here/input/good/small-tumour.yaml four='compare={reference: none, synergy: {none: none, a: drug, b: ablation, both: both}}' n file
    status 0 "$relapse" run "$small" --patients 100 --set tumour.cells=5000 --out "$folder/plain" || return 1
    for n in 1 2 3; do
        status 0 mpirun -n $n "$relapse" run "$small" --patients 100 --set tumour.cells=5000 --set "$four" --attribute --out "$folder/survey$n" && same_csv "$folder/survey1" "$folder/survey$n" || return 1
    done
    for file in "$folder"/plain/*.csv; do cmp "$file" "$folder/survey1/$(basename "$file")" || return 1; done
    grep -q '^interaction,pfs,' "$folder/survey1/synergy.csv" && grep -q '^remainder,,excess,' "$folder/survey1/attribution.csv" || return 1
    # cut off behind the arms: the variants' blocks are lived again
    cp -r "$folder/survey1" "$folder/cut" && rm "$folder"/cut/*.csv && truncate -s -3000 "$folder/cut/ledger.rlp" &&
        status 0 mpirun -n 2 "$relapse" run "$small" --patients 100 --set tumour.cells=5000 --set "$four" --attribute --out "$folder/cut" --resume && same_csv "$folder/survey1" "$folder/cut" || return 1
    status 65 "$relapse" run "$small" --patients 100 --set tumour.cells=5000 --set "$four" --out "$folder/cut" --resume # without --attribute it is another study
}

pool() { # a sweep, draws of what is uncertain and replicates: tasks in settings, lived once more; the same bytes on 1, 2 and 3 ranks and after cuts at a setting and at a replicate
    local small=$here/input/good/small-tumour.yaml n cut
    local asks=(--patients 70 --set tumour.cells=5000 --set 'sweep={interventions.ablation.survive.core: [0.001, 0.05], mechanisms.M4.rate: [-0.005 /d, -0.02 /d], arm: both}'
        --set 'cohort.uncertain={drugs.drug.effect.max: {lognormal: {sigma: 0.1}}, endpoints.progression.every: {uniform: {low: 20 d, high: 60 d}}}' --set cohort.draws=3 --set cohort.replicates=3)
    for n in 1 3; do
        status 0 mpirun -n $n "$relapse" run "$small" "${asks[@]}" --out "$folder/pool$n" && same_csv "$folder/pool1" "$folder/pool$n" || return 1
    done
    [ -s "$folder/pool1/sweep.csv" ] && [ -s "$folder/pool1/draws.csv" ] && [ -s "$folder/pool1/luck.csv" ] || return 1
    for cut in 3000 200000; do # the last replicates; draws, too
        rm -rf "$folder/cut" && cp -r "$folder/pool1" "$folder/cut" && rm "$folder"/cut/*.csv && truncate -s -$cut "$folder/cut/ledger.rlp" &&
            status 0 mpirun -n 2 "$relapse" run "$small" "${asks[@]}" --out "$folder/cut" --resume && same_csv "$folder/pool1" "$folder/cut" || return 1
    done
    for n in cohort.replicates=2 cohort.draws=4 'sweep={mechanisms.M4.rate: [-0.005 /d, -0.02 /d], arm: both}'; do # other studies
        status 65 "$relapse" run "$small" "${asks[@]}" --set "$n" --out "$folder/cut" --resume || return 1
    done
    # the arms' own files are those of a study that asks for nothing
    status 0 "$relapse" run "$small" --patients 70 --set tumour.cells=5000 --out "$folder/plain" --force || return 1
    for n in survival events counts moments km burden; do [ ! -e "$folder/plain/$n.csv" ] || cmp "$folder/plain/$n.csv" "$folder/pool1/$n.csv" || return 1; done
}

status 0 "$relapse" run "$input" --out "$folder/alone" || { echo "the program does not run"; exit 1; }
for n in 1 2 3; do law "$n ranks under mpirun write the bytes of one process" on_ranks $n; done
law "without a one-sided counter too" cyclic
law "the same command again gives the same bytes, and --quiet says nothing" twice
for n in 3 70; do law "patient $n alone is patient $n of the batch" only $n; done
law "the path of a patient alone passes the recorded points" only_passes_the_records
for n in 1 2; do law "$n ranks with --profile: the same bytes, and the phases add up to the wall time" profile $n; done
law "a rank with nothing to do is seen waiting" profile_shows_who_is_idle
law "a resume profiles what it does, and who does not ask has no profile" profile_resumed
law "one patient can be profiled" profile_of_one
law "an arm alone is the arm of the study" one_arm
law "rules and visits: the same bytes on 3 ranks, and a patient alone" rules_too
law "synergy and attribution: the same bytes on any ranks, after a resume, and beside the arms" survey
law "sweeps, draws and replicates: the same bytes on any ranks and after cuts, and the arms as they were" pool
law "more ranks than cores are warned of" warns_of_crowds
verdict

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every input that is shipped, and every file of good/, is right: `relapse check` ends with 0 and without a warning, what `check --process`
# prints is an input again, and a few patients run to a survival table. Numbers of shipped inputs are numbers for YAML 1.1 readers too.
#
#   good.sh BUILD_DIR [INPUT.yaml ...]
set -u
[ $# -ge 1 ] && [ -x "$1/relapse" ] || { echo "usage: $0 BUILD_DIR [INPUT.yaml ...]; BUILD_DIR holds the program relapse" >&2; exit 64; }
relapse=$(cd "$1" && pwd)/relapse
shift
here=$(cd "$(dirname "$0")" && pwd)
# A file without `cohort:` is no study: others include it, and it is read with them.
[ $# -gt 0 ] || set -- $(grep -l '^cohort:' "$here"/../../inputs/*.yaml) "$here"/good/*.yaml
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED $1"; }
show() { sed 's/^/    /' "$1" | head -20; }

for input; do
    name=$(basename "$input" .yaml)
    patients=4 set=cohort.seed=1
    # strata need 20 patients in each level: lessons keep their cohort, which lives for a second; a large study runs without them (check has judged them)
    ! grep -q '^ *strata:' "$input" || patients=$(sed -n 's/^  patients: \([0-9]*\).*/\1/p' "$input")
    [ -n "$patients" ] || patients=4 set='compare.strata=[]'
    if "$relapse" check "$input" >"$scratch/out" 2>"$scratch/err" </dev/null && [ ! -s "$scratch/err" ] && [ -s "$scratch/out" ]; then pass; else
        fail "check $name: not 0, or not silent on standard error"
        show "$scratch/err"
        continue
    fi
    if "$relapse" check --process "$input" >"$scratch/$name.process.yaml" 2>"$scratch/err" </dev/null &&
        "$relapse" check "$scratch/$name.process.yaml" >"$scratch/out" 2>>"$scratch/err" </dev/null; then pass; else
        fail "check --process $name: what it prints is no input"
        show "$scratch/err"
    fi
    if "$relapse" run "$input" --patients $patients --set "$set" --out "$scratch/$name.out" --quiet >"$scratch/out" 2>"$scratch/err" </dev/null; then pass; else
        fail "run $name: not 0"
        show "$scratch/err"
        continue
    fi
    # One row an arm and patient: a whole number of arms, each row with as many fields as the header.
    if awk -F, -v n=$patients 'NR == 1 { fields = NF; head = $1 "," $2 "," $3 } NR > 1 && NF != fields { bad = 1 }
        END { exit !(head == "arm,patient,ttp_days" && NR > n && (NR - 1) % n == 0 && !bad) }' "$scratch/$name.out/survival.csv"; then pass; else
        fail "run $name: survival.csv has not $patients rows an arm"
        show "$scratch/$name.out/survival.csv"
    fi
done

# What a lesson teaches is so.
if [ -e "$scratch/one-and-one.out/synergy.csv" ]; then
    if [ "$(grep -c '^interaction,[a-z]*,0,0,0,0,' "$scratch/one-and-one.out/synergy.csv")" = 3 ]; then pass; else fail "one-and-one: treatments that only add interact"; fi
fi

# Diseases and trials are right; jobs/trials.sh runs them. Every published row is of an arm that there is.
for input in "$here"/../../inputs/diseases/*.yaml "$here"/../../inputs/trials/*.yaml; do
    name=$(basename "$(dirname "$input")")/$(basename "$input" .yaml)
    if "$relapse" check "$input" >"$scratch/${name#*/}.checked" 2>"$scratch/err" </dev/null && [ ! -s "$scratch/err" ]; then pass; else
        fail "check $name: not 0, or not silent on standard error"
        show "$scratch/err"
    fi
done
if awk -F, -v scratch="$scratch" 'FNR > 1 { while ((getline line < (scratch "/" $1 ".checked")) > 0) if (line == "arm " $2) found[$1, $2] = 1
        close(scratch "/" $1 ".checked"); if (!(($1, $2) in found)) { print $1, $2; bad = 1 } } END { exit bad }' "$here/../../inputs/trials/published.csv" >"$scratch/out"; then pass; else
    fail "inputs/trials/published.csv: no such trial or arm"
    show "$scratch/out"
fi

# The published times stand in the trials themselves, too: as many, for trial.csv to hold against what a trial of that size prints.
if awk -F, -v scratch="$scratch" 'FNR > 1 && $4 ~ /^(ttp|pfs|os)(_hr)?$/ { n[$1]++ } END { for (t in n) { found = 0
        while ((getline line < (scratch "/" t ".checked")) > 0) if (line ~ ("^trial .*[ ,]" n[t] " published number")) found = 1
        if (!found) { print t, n[t]; bad = 1 } } exit bad }' "$here/../../inputs/trials/published.csv" >"$scratch/out"; then pass; else
    fail "inputs/trials: other published numbers in the trial than in published.csv"
    show "$scratch/out"
fi

# PyYAML and R's yaml take 3e10 and 1.0e10 for text: a point and a sign are needed.
for input in "$here"/../../inputs/*.yaml "$here"/../../inputs/diseases/*.yaml "$here"/../../inputs/trials/*.yaml; do
    if sed 's/#.*//' "$input" | grep -nE '(^|[^0-9.A-Za-z_])[0-9]+[eE][-+]?[0-9]|[0-9]\.[0-9]*[eE][0-9]' >"$scratch/found"; then
        fail "$(basename "$input"): write 1.0e+9, not 1e9"
        show "$scratch/found"
    else pass; fi
done

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# `relapse limits` fails on programs that are wrong: each mutant of mutants.c is caught, by the limits and engines named here (those that it can reach).
# With --whole each sits the whole exam, and what it failed is counted (minutes).
#
#   mutants.sh BUILD_DIR [--whole]
set -u
[ $# -ge 1 ] || { echo "usage: $0 BUILD_DIR [--whole]"; exit 64; }
build=$(cd "$1" && pwd)
. "$(dirname "$0")/../support/command.sh"

# caught NAME STATUS-LINE ARGUMENTS...: exit status 1, and the verdict says which.
caught() {
    local name=$1
    shift
    status 1 "$build/tests/relapse_mutant_$name" limits "$@" && grep -q "decisions FAIL" "$folder/said"
}
if [ "${2:-}" = --whole ]; then
    for name in birth mutation binomial record midstep; do
        "$build/tests/relapse_mutant_$name" limits --quiet --out "$folder/$name" | sed "s/^/$name: /"
        awk -F, 'NR > 1 && /,fails,/ {n[$1]++} END {for (c in n) printf "  %s %d", c, n[c]; print ""}' "$folder/$name/limits.csv"
    done
    exit 0
fi
law "the program itself holds"                       status 0 "$relapse" limits --quiet --case L01 --case L11 --case L13 --engine direct --engine kendall --engine leap
for engine in direct kendall leap tau; do
    law "births 1 % too fast are seen by $engine"    caught birth --quiet --case L21a --engine $engine --patients 2000
    law "a mutation beside the births: $engine"      caught mutation --quiet --case L13 --engine $engine --patients 20000
    law "a lost last record: $engine"                caught record --quiet --case L06 --engine $engine --patients 1000
done
for engine in kendall leap; do
    law "binomials of 1.02 p are seen by $engine"    caught binomial --quiet --case L21a --engine $engine --patients 2000
done
law "crowding of the step's begin is seen by leap"   caught midstep --quiet --case L33 --engine leap --patients 6000
verdict

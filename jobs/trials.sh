#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every trial of inputs/trials by the program, beside what was published: calibration rows (the parameters were moved inside their ranges until these were
# near) and check rows (nothing was moved for them).
#
#   jobs/trials.sh [BUILD [PATIENTS [OUT]]]      defaults: build/release, the patients of the inputs, trials.out
#
# The table goes to OUT/trials.csv and, aligned, to the terminal. Months are of 30.4375 days. `inside`: yes or no where an interval was published, else the
# difference in visits for medians (a median snaps to visits, so less than 1.01 is as near as a trial can say). `trial_q025`, `trial_q975`: where 95 in 100
# trials of that size, drawn from the simulated cohort, print their number (trial.csv; NR: not reached); `trial_inside`: whether the published one lies there.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$here/build/release}
patients=${2:-}
out=${3:-trials.out}
relapse=$build/relapse
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
ranks=$(nproc)
mkdir -p "$out"
for input in "$here"/inputs/trials/*.yaml; do
    name=$(basename "$input" .yaml)
    echo "== $name"
    mpirun -n "$ranks" "$relapse" run "$input" --force --quiet --out "$out/$name" ${patients:+--patients "$patients"} >"$out/$name.log" 2>&1 || {
        cat "$out/$name.log"
        exit 1
    }
done
awk -f "$here/jobs/trials.awk" -v out="$out" "$here/inputs/trials/published.csv" >"$out/trials.csv"
awk -F, '{ printf "%-10s %-30s %-12s %-12s %9s %9s %9s   %9s %9s %9s   %-9s %10s %10s %s\n", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 }' "$out/trials.csv"

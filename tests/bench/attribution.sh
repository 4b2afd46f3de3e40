#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a question costs beside the lives that it asks for: attribution over twenty rows in four arms of scenario B (attribution.yaml).
#
#   tests/bench/attribution.sh RELAPSE [PATIENTS] [ROUNDS]     RELAPSE: the program, or a build folder that holds it; 1000 patients, 1 round
#
# One and two ranks in turn. Prints the wall time of each; processors' seconds of the whole run over those of the lives alone, which other work on the machine cannot move
# much; and, by the least wall times less start-up (a run of one patient), two ranks against one. The bytes of all tables must be the same. Wants two quiet cores.
set -uo pipefail
relapse=$(realpath "${1:?a program or a build folder}") patients=${2:-1000} rounds=${3:-1}
[ ! -d "$relapse" ] || relapse=$relapse/relapse
[ -x "$relapse" ] || { echo "attribution.sh: no program $relapse" >&2; exit 66; }
command -v mpirun > /dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

number() { sed -n "s/^ *\"$2\": \([^,]*\),*\$/\1/p" "$work/$1/run.json" | head -1; }
run() { # RANKS PATIENTS
    mpirun -n "$1" "$relapse" run "$here/attribution.yaml" --patients "$2" --profile --out "$work/$1" --force --quiet > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
}
lesser() { awk -v a="$1" -v b="$2" 'BEGIN { print (b < a ? b : a) }'; }

least=(0 1e9 1e9) start=(0 0 0)
for ranks in 1 2; do run $ranks 1; start[ranks]=$(number $ranks wall_seconds); done
for ((round = 0; round < rounds; round++)); do
    for ranks in 2 1; do
        run $ranks "$patients"
        wall=$(number $ranks wall_seconds) least[ranks]=$(lesser "${least[ranks]}" "$wall")
        awk -v r=$ranks -v w="$wall" -v p="$(number $ranks processor_seconds)" -v l="$(number $ranks patient_processor_seconds)" 'BEGIN {
            printf "%d rank%s: %.1f s; processors %.1f s, of them %.1f s on lives: %.3f times the lives alone\n", r, (r > 1 ? "s" : " "), w, p, l, p / l }'
    done
    for table in "$work"/1/*.csv; do cmp "$table" "$work/2/$(basename "$table")" || { echo "attribution.sh: other bytes on two ranks" >&2; exit 1; }; done
done
awk -v one="${least[1]}" -v two="${least[2]}" -v a="${start[1]}" -v b="${start[2]}" -v n="$patients" 'BEGIN {
    printf "%d patients: %.1f s on one rank, %.1f s on two (start-up %.2f s and %.2f s, within these): %.2f times\n", n, one, two, a, b, (one - a) / (two - b) }'

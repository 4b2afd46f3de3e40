#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Two ranks against one: W3 with many patients, start-up set aside.
#
#   tests/bench/ranks.sh RELAPSE [PATIENTS] [ROUNDS]     RELAPSE: the program, or a build folder that holds it; 10000 patients, 3 rounds
#
# One and two ranks in turn, each as a whole study and with one patient; of run.json's wall_seconds, which begin after MPI and the input, the least of the rounds.
# The ratio is (one rank, less its start-up) over (two ranks, less theirs); the bytes of moments.csv must be the same. Wants two quiet cores; asserts no time.
set -uo pipefail
relapse=$(realpath "${1:?a program or a build folder}") patients=${2:-10000} rounds=${3:-3}
[ ! -d "$relapse" ] || relapse=$relapse/relapse
[ -x "$relapse" ] || { echo "ranks.sh: no program $relapse" >&2; exit 66; }
command -v mpirun > /dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1

wall_of() { # RANKS PATIENTS
    mpirun -n "$1" "$relapse" run "$tests/input/good/w3.yaml" --patients "$2" --out "$work/$1" --force --quiet > "$work/said" 2>&1 || { cat "$work/said" >&2; exit 1; }
    sed -n 's/^ *"wall_seconds": \([^,]*\),*$/\1/p' "$work/$1/run.json"
}
lesser() { awk -v a="$1" -v b="$2" 'BEGIN { print (b < a ? b : a) }'; }

one=1e9 two=1e9 start_one=1e9 start_two=1e9
for ((round = 0; round < rounds; round++)); do
    start_one=$(lesser $start_one "$(wall_of 1 1)") || exit 1
    start_two=$(lesser $start_two "$(wall_of 2 1)") || exit 1
    one=$(lesser $one "$(wall_of 1 "$patients")") || exit 1
    two=$(lesser $two "$(wall_of 2 "$patients")") || exit 1
done
cmp "$work/1/moments.csv" "$work/2/moments.csv" || { echo "ranks.sh: other bytes on two ranks" >&2; exit 1; }
awk -v one="$one" -v two="$two" -v a="$start_one" -v b="$start_two" -v n="$patients" 'BEGIN {
    printf "W3, %d patients: %.3f s on one rank, %.3f s on two (start-up %.3f s and %.3f s, within these): %.2f times\n", n, one, two, a, b, (one - a) / (two - b) }'

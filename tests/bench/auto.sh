#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Is `auto` ever much slower than the best single engine?
#
#   tests/bench/auto.sh RELAPSE [ROUNDS] [INPUT...]     RELAPSE: the program, or a build folder that holds it; ROUNDS: 5; inputs: all of inputs/
#
# Each arm of each input, alone, by every engine that does it, interleaved: user CPU seconds of a run of as many patients as auto lives in about
# a quarter of a second, less those of the same run with one patient (start-up). Without gnuplot. Prints the least of the rounds, microseconds a patient,
# and auto over the best single engine. An engine that takes more than eight times as long as auto for a handful of patients is left out. Nothing is asserted.
set -uo pipefail
relapse=$(realpath "${1:?a program or a build folder}") rounds=${2:-5}
[ ! -d "$relapse" ] || relapse=$relapse/relapse
[ -x "$relapse" ] || { echo "auto.sh: no program $relapse" >&2; exit 66; }
shift $(($# < 2 ? $# : 2))
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
inputs=("$@")
[ ${#inputs[@]} -gt 0 ] || mapfile -t inputs < <(grep -l '^cohort:' "$top"/inputs/*.yaml) # the library is no study
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
TIMEFORMAT=%U
timeout=$(command -v timeout)

# User CPU seconds of INPUT ARM ENGINE PATIENTS; nothing where the engine refuses or takes longer than LIMIT seconds.
seconds_of() {
    local taken
    taken=$({ time PATH=$work "$timeout" -s KILL "${5:-600}" "$relapse" run "$1" --arm "$2" --engine "$3" --patients "$4" --out "$work/out" --force --quiet > "$work/said" 2>&1; } 2>&1) || return 1
    awk -v s="$taken" 'BEGIN { print s + 0 }'
}

arms_of() { # those that `check` describes
    "$relapse" check "$1" | sed -n 's/^arm \([^ ]*\)$/\1/p'
}

declare -A least
bench_arm() { # INPUT ARM
    local input=$1 arm=$2 few=8 many engine best='' runs=() started each
    started=$(seconds_of "$input" "$arm" auto 1) || return 0
    while :; do # few patients until something can be seen
        each=$(seconds_of "$input" "$arm" auto $few)
        awk -v a="$each" -v b="$started" 'BEGIN { exit !(a - b > 0.05) }' && break
        [ $few -lt 20000 ] || break
        few=$((few * 4))
    done
    many=$(awk -v a="$each" -v b="$started" -v n=$few 'BEGIN { m = n * 0.25 / (a - b > 0.01 ? a - b : 0.01); m = m < n ? n : m; if (m > 50000) m = 50000; printf "%d", m }')
    for engine in auto direct kendall leap; do
        local limit
        limit=$(awk -v a="$each" 'BEGIN { printf "%.1f", 8 * a + 1 }')
        [ $engine = auto ] || seconds_of "$input" "$arm" $engine $few "$limit" > /dev/null || continue
        runs+=("$engine")
    done
    least=()
    for ((round = 0; round < rounds; round++)); do
        for engine in "${runs[@]}"; do
            for n in 1 "$many"; do
                local s
                s=$(seconds_of "$input" "$arm" "$engine" "$n" 600) || continue
                least[$engine/$n]=$(awk -v a="${least[$engine/$n]:-1e9}" -v b="$s" 'BEGIN { print (b < a ? b : a) }')
            done
        done
    done
    for engine in auto direct kendall leap; do
        [ -n "${least[$engine/$many]:-}" ] || continue
        least[$engine]=$(awk -v a="${least[$engine/$many]}" -v b="${least[$engine/1]}" -v n="$many" 'BEGIN { print 1e6 * (a - b) / (n - 1) }')
        [ $engine = auto ] || best=$(awk -v a="${best:-1e99}" -v b="${least[$engine]}" 'BEGIN { print (b < a ? b : a) }')
    done
    awk -v i="$(basename "$input" .yaml)" -v arm="$arm" -v n="$many" -v d="${least[direct]:-}" -v k="${least[kendall]:-}" -v l="${least[leap]:-}" -v a="${least[auto]}" -v b="$best" '
        function show(x) { return x == "" ? "-" : sprintf("%.4g", x) }
        BEGIN { printf "%-20s %-20s %8d %10s %10s %10s %10s %8.2f\n", i, arm, n, show(d), show(k), show(l), show(a), a / b }'
}

echo "us of user CPU a patient, least of $rounds interleaved rounds, start-up set aside; -: refuses, or far slower than auto"
printf '%-20s %-20s %8s %10s %10s %10s %10s %8s\n' input arm patients direct kendall leap auto 'x best'
for input in "${inputs[@]}"; do
    for arm in $(arms_of "$input"); do bench_arm "$input" "$arm"; done
done

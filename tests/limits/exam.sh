#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# relapse limits as users call it: the whole exam holds, any number of ranks writes the same limits.csv, one's own input is judged, wrong words are refused.
#
#   exam.sh BUILD_DIR
set -u
[ $# -ge 1 ] || { echo "usage: $0 BUILD_DIR"; exit 64; }
build=$(cd "$1" && pwd)
. "$(dirname "$0")/../support/command.sh"
cd "$folder" || exit 1

cat >own.yaml <<'YAML'
process:
  types: {S: {cells: 2000, birth: 0.14 /d, death: 0.13 /d}, R: {cells: 0, birth: 0.14 /d, death: 0.1 /d}}
  channels: [{kind: mutation, from: S, to: R, probability: 1.0e-3}, {kind: switch, from: R, to: S, rate: 1.0e-2 /d}]
arms: {none: {}, drug: {timeline: [{at: 10 d, set: {S: {death: 0.3 /d}}}, {at: 20 d, survive: {S: 0.5}}]}}
cohort: {patients: 2000, seed: 3, follow_up: 40 d}
record: {times: [15 d, 40 d]}
YAML
sed 's/^cohort.*/cohort: {patients: 200, seed: 3, follow_up: 40 d}\nrecord: {times: [40 d]}/; /^record: {times: \[15/d; s/channels:/capacity: {law: logistic, cells: 1.0e4}\n  channels:/' own.yaml >crowded.yaml
sed '/^record/d' own.yaml >unrecorded.yaml

rows() { awk -F, -v n="$1" 'END {exit !(NR - 1 >= n)}' "$2"; }
exam() { # the whole table, on two ranks where there are two
    mpirun -n 2 "$relapse" limits --out whole >"$folder/said" 2>"$folder/words" || { tail -n 3 "$folder/said"; grep FAILS "$folder/said"; return 1; }
    rows 650 whole/limits.csv && grep -q "^all [0-9]* decisions hold" "$folder/said"
}
same_bytes() {
    status 0 "$relapse" limits --case L02 --case L20 --out one && status 0 mpirun -n 3 "$relapse" limits --case L02 --case L20 --out three && cmp one/limits.csv three/limits.csv
}
more_patients_see_more() {
    status 0 "$relapse" limits --case L02 --engine leap --patients 1000 --out few && status 0 "$relapse" limits --case L02 --engine leap --patients 40000 --out many &&
        paste -d, few/limits.csv many/limits.csv | sed 's/"[^"]*"/quoted/g' | awk -F, 'NR > 1 && /exact binomial/ {n++; if ($12 == 1000 && $25 == 40000 && $24 < $11) good++} END {exit !(n && n == good)}'
}
law "the whole exam holds on two ranks"                       exam
law "one rank and three write the same bytes"                 same_bytes
law "--patients raises the power"                             more_patients_see_more
law "one's own process is judged, both arms"                  eval 'status 0 "$relapse" limits --input own.yaml --out own && rows 24 own/limits.csv && grep -q "drug: mean R, 40 d" own/limits.csv'
law "a capacity is refused, and the way on is named"          eval 'status 65 "$relapse" limits --input crowded.yaml && words "relapse reference --method projection"'
law "... by each engine that is asked for"                     eval 'status 0 "$relapse" limits --input own.yaml --engine kendall --engine leap --out own && rows 48 own/limits.csv && grep -q ",kendall," own/limits.csv && grep -q ",leap," own/limits.csv'
law "rates too fast for the laws here are refused"            eval 'status 65 "$relapse" limits --input own.yaml --set process.channels.2.rate=1.0e5 && words "more than the laws here"'
law "limits of the program and an input, not both"            eval 'status 64 "$relapse" limits --input own.yaml --case L01 && words "one at a time"'
law "--set without an input"                                  eval 'status 64 "$relapse" limits --set cohort.patients=3 && words "give --input"'
law "no record times: nothing to judge"                       eval 'status 65 "$relapse" limits --input unrecorded.yaml && words "record.times"'
law "an unknown limit"                                        eval 'status 64 "$relapse" limits --case L99 && words "no limit is named .L99."'
law "an unknown engine"                                       eval 'status 64 "$relapse" limits --engine warp && words "no engine is named .warp."'
law "an input without --input"                                eval 'status 64 "$relapse" limits own.yaml && words "own input goes by --input"'
law "an input that is not there"                              status 66 "$relapse" limits --input nowhere.yaml
law "a folder that cannot be made"                            status 73 "$relapse" limits --case L01 --engine leap --out /proc/nowhere
verdict

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Join one table of many runs into one, with the run's folder as the first column:   jobs/gather.sh summary.csv sweep.out/* > sweep.csv
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: jobs/gather.sh TABLE.csv DIR..." >&2; exit 64; }
table=$1
shift
files=()
for dir in "$@"; do
    [ -d "$dir" ] || continue
    [ -r "$dir/$table" ] || { echo "gather.sh: $dir has no $table: is that run finished?" >&2; exit 66; }
    files+=("$dir/$table")
done
[ ${#files[@]} -gt 0 ] || { echo "gather.sh: no folder among: $*" >&2; exit 66; }
awk '
    FNR == 1 && NR == 1 { header = $0; print "run," header }
    FNR == 1 {
        if ($0 != header) { print "gather.sh: " FILENAME " has other columns than the first" > "/dev/stderr"; exit 65 }
        n = split(FILENAME, part, "/"); run = part[n - 1]; next
    }
    { print run "," $0 }' "${files[@]}"

# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by scripts that run the program after `build=DIRECTORY`: the program, a work folder, mpirun settings, and counting.
relapse=$build/relapse
[ -x "$relapse" ] || { echo "$relapse is not built"; exit 1; }
. "$(dirname "${BASH_SOURCE[0]}")/counting.sh"

# status N COMMAND...: the command ends with exit status N; its messages are in $folder/words.
status() {
    local want=$1 got
    shift
    timeout 120 "$@" >"$folder/said" 2>"$folder/words" </dev/null
    got=$?
    [ $got = "$want" ] || { echo "       exit status $got, not $want: $*"; tail -n 5 "$folder/words" | sed 's/^/       /'; return 1; }
}
# same_csv A B: both folders hold the same CSV files with the same bytes.
same_csv() {
    [ "$(cd "$1" && ls ./*.csv)" = "$(cd "$2" && ls ./*.csv)" ] || { echo "       $1 and $2 hold other files"; return 1; }
    for file in "$1"/*.csv; do cmp "$file" "$2/$(basename "$file")" || return 1; done
}

# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by scripts that run the program after `build=DIRECTORY`: the program, a work folder, mpirun settings, and counting.
relapse=$build/relapse
[ -x "$relapse" ] || { echo "$relapse is not built"; exit 1; }
# More ranks than cores, perhaps as root (containers): Open MPI asks to be told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none
folder=$(mktemp -d "${TMPDIR:-/tmp}/relapse-test.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

# law "what must hold" COMMAND...: counts it as passed if the command succeeds.
law() {
    local words=$1
    shift
    if "$@"; then passed=$((passed + 1)) && echo "ok     $words"; else failed=$((failed + 1)) && echo "FAILED $words"; fi
}
# status N COMMAND...: the command ends with exit status N; its messages are in $folder/words.
status() {
    local want=$1 got
    shift
    timeout 120 "$@" >"$folder/said" 2>"$folder/words" </dev/null
    got=$?
    [ $got = "$want" ] || { echo "       exit status $got, not $want: $*"; tail -n 5 "$folder/words" | sed 's/^/       /'; return 1; }
}
words() { grep -q -- "$1" "$folder/words" || { echo "       no \"$1\" in:"; sed 's/^/       /' "$folder/words"; return 1; }; }
# same_csv A B: both folders hold the same CSV files with the same bytes.
same_csv() {
    [ "$(cd "$1" && ls ./*.csv)" = "$(cd "$2" && ls ./*.csv)" ] || { echo "       $1 and $2 hold other files"; return 1; }
    for file in "$1"/*.csv; do cmp "$file" "$2/$(basename "$file")" || return 1; done
}
verdict() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

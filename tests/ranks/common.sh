# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts of tests/ranks and tests/fault after `build=DIRECTORY`: a work folder, mpirun, and counting.
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
program=$build/tests/ranks_ensemble_job
[ -x "$program" ] || { echo "$program is not built"; exit 1; }
# More ranks than cores, perhaps as root (containers): Open MPI asks to be told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none
unset RELAPSE_COUNTER
folder=$(mktemp -d "${TMPDIR:-/tmp}/relapse-ranks.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

# law "what must hold" COMMAND...: counts it as passed if the command succeeds.
law() {
    local words=$1
    shift
    if "$@"; then passed=$((passed + 1)) && echo "ok     $words"; else failed=$((failed + 1)) && echo "FAILED $words"; fi
}

# ranks N ARGUMENTS...: the ensemble job on N ranks; its line in $said, its messages in $folder/words, its exit status returned.
ranks() {
    local n=$1 status
    shift
    said=$(timeout -k 5 60 mpirun -n "$n" "$program" "$@" 2>"$folder/words")
    status=$?
    [ $status -lt 124 ] || echo "       (exit status $status: $said)"
    return $status
}
is() { [ "$1" = "$2" ] || { echo "       $1 is not $2"; return 1; }; }
says() { case $said in *"$1"*) ;; *) echo "       no \"$1\" in: $said"; return 1 ;; esac; }
words() { grep -q -- "$1" "$folder/words" || { echo "       no \"$1\" in:"; sed 's/^/       /' "$folder/words"; return 1; }; }
verdict() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by scripts that run programs and count laws: Open MPI's settings for tests, a work folder, and counting.
# More ranks than cores, perhaps as root (containers): Open MPI asks to be told.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_hwloc_base_binding_policy=none
unset RELAPSE_COUNTER
folder=$(mktemp -d "${workplace:-${TMPDIR:-/tmp}}/relapse-test.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

# law "what must hold" COMMAND...: counts it as passed if the command succeeds.
law() {
    local words=$1
    shift
    if "$@"; then passed=$((passed + 1)) && echo "ok     $words"; else failed=$((failed + 1)) && echo "FAILED $words"; fi
}
# words PATTERN: it stands in $folder/words, the messages of the last program run.
words() { grep -q -- "$1" "$folder/words" || { echo "       no \"$1\" in:"; sed 's/^/       /' "$folder/words"; return 1; }; }
verdict() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

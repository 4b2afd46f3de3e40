# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the scripts of tests/ranks and tests/fault after `build=DIRECTORY`: a work folder, mpirun, and counting.
command -v mpirun >/dev/null || { echo "skipped: mpirun is not installed"; exit 77; }
program=$build/tests/ranks_ensemble_job
[ -x "$program" ] || { echo "$program is not built"; exit 1; }
# In memory, where there is such a folder: these scripts make hundreds of ledgers, each synced, and waiting for a disk tests nothing. (ranks/run and fault/run stay on the disk.)
[ -n "${TMPDIR-}" ] || [ ! -w /dev/shm ] || workplace=/dev/shm
. "$(dirname "${BASH_SOURCE[0]}")/../support/counting.sh"

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

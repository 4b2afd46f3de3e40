#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a fresh clone to survival curves: install what is missing, build, run the liver scenario on all cores at hand.
#
#   jobs/quickstart.sh [--no-install] [--ranks N] [--out DIR] [-- OPTION...]
#
#   --no-install   install nothing; if a package is missing, print the line to type and stop (exit 69)
#   --ranks N      MPI ranks (default: the cores at hand)
#   --out DIR      where the results go (default: quickstart.out here, made anew each time; any other folder is never overwritten)
#   -- OPTION...   further options of `relapse run`, for example: -- --patients 200
set -euo pipefail
here=$PWD
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# shellcheck source=jobs/local.sh
. "$top/jobs/local.sh"

input=inputs/hcc-tace-sorafenib.yaml
own_out=$here/quickstart.out

usage() { sed -n '3,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; }
refuse() { echo "quickstart: $*" >&2; exit 64; }
ranks='' out='' package_options=()
while [ $# -gt 0 ]; do
    case $1 in
        --no-install) package_options+=(--no-install) ;;
        --ranks) ranks=${2:-0}; shift || true ;;
        --out) out=${2:-}; [ -n "$out" ] || refuse "--out wants a folder"; shift ;;
        --help | -h) usage; exit 0 ;;
        --) shift; break ;;
        *) usage >&2; refuse "unknown option $1" ;;
    esac
    shift || true
done
[ -n "$ranks" ] || ranks=$(cores_at_hand)
[[ $ranks =~ ^[1-9][0-9]*$ ]] || refuse "--ranks wants a number of ranks, at least 1"
case $out in
    '') out=$own_out ;;
    /*) ;;
    *) out=$here/$out ;;
esac

cd "$top"
echo "== packages"
jobs/packages.sh "${package_options[@]+"${package_options[@]}"}"

echo "== build (log: build/release.log)"
began=$SECONDS
build_preset release
echo "built in $((SECONDS - began)) s: build/release/relapse"

# Only the folder that quickstart itself makes is made anew; elsewhere relapse refuses to overwrite.
overwrite=()
if [ "$out" = "$own_out" ] && [ -e "$out" ]; then overwrite=(--force); fi
prepare_mpi "$ranks"
command=(mpirun -n "$ranks" build/release/relapse run "$input" --out "$out" "${overwrite[@]+"${overwrite[@]}"}" "$@")
echo "== run: ${command[*]}"
began=$SECONDS rc=0
"${command[@]}" || rc=$?
case $rc in
    0)
        echo "== done in $((SECONDS - began)) s; results in $out"
        for file in survival.png survival.svg; do [ ! -e "$out/$file" ] || echo "plot    $out/$file"; done
        echo "tables  $(cd "$out" && echo ./*.csv | sed 's,\./,,g')"
        ;;
    75 | 1 | 130 | 143) # mpirun answers Ctrl-C with 1 or 130, whatever its ranks say
        echo "== stopped after $((SECONDS - began)) s"
        if [ -s "$out/ledger.rlp" ]; then
            echo "what was finished is kept; to go on, in $top:"
            printf '    %q' mpirun
            printf ' %q' -n "$ranks" build/release/relapse run "$input" --out "$out" --resume "$@"
            echo
        fi
        ;;
esac
exit "$rc"

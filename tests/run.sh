#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Build and run the tests.
#
#   tests/run.sh [--no-install] [--optional] [--no-sanitize] [WORD...]
#
#   no WORD        everything but the labels long and bench, then the unit tests under ASan and UBSan: about 6 minutes on two cores
#   unit contract limits input ranks fault jobs r     only the tests of these labels
#   sanitize       only the unit tests under ASan and UBSan
#   long, bench    what is not part of the default run
#   all            everything but bench
#   --no-install   install nothing; if a package is missing, print the line to type and stop (exit 69)
#   --optional     install R and SLURM too, for the tests that otherwise skip
#   --no-sanitize  leave the sanitizers out
#
# Exit status: 0 all passed (or skipped, which is said), 1 a test failed or did not build, 64 usage, 69 packages are missing.
set -uo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$top" || exit 1
# shellcheck source=jobs/local.sh
. jobs/local.sh

package_options=(--tests) labels=() sanitize=1 everything=''
for word in "$@"; do
    case $word in
        --no-install | --optional) package_options+=("$word") ;;
        --no-sanitize) sanitize='' ;;
        --help | -h) sed -n '3,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
        unit | contract | limits | input | ranks | fault | jobs | r | long | bench | sanitize) labels+=("$word") ;;
        all) everything=1 ;;
        *) echo "tests/run.sh: unknown word $word (see tests/run.sh --help)" >&2; exit 64 ;;
    esac
done
chosen() { [[ " ${labels[*]-} " == *" $1 "* ]]; }
if chosen bench && [ -z "$(ls tests/bench 2> /dev/null)" ]; then
    echo "tests/run.sh: there is no benchmark in tests/bench" >&2
    exit 64
fi

# What ctest is asked for, and whether the two parts run at all.
main=1 select=(-LE '^(long|bench)$')
if [ -n "$everything" ]; then
    select=(-LE '^bench$')
elif [ ${#labels[@]} -gt 0 ]; then
    chosen unit || chosen sanitize || sanitize=''
    mapfile -t labels < <(printf '%s\n' "${labels[@]}" | grep -vx sanitize)
    if [ ${#labels[@]} -eq 0 ]; then main=''; else
        select=(-L "^($(IFS='|'; echo "${labels[*]}"))\$")
        chosen long || chosen bench || select+=(-LE '^(long|bench)$')
        ! chosen bench || select+=(-V) # it prints a table
    fi
fi

began=$SECONDS
echo "== packages"
jobs/packages.sh "${package_options[@]}" || exit $?
exec < /dev/null

jobs=$(cores_at_hand)
[ "$jobs" -ge 2 ] || jobs=2
prepare_mpi 64 # the tests take several ranks, several at a time, whatever the machine has
export UBSAN_OPTIONS=print_stacktrace=1

# Tests that skip say why in a line "skipped: ..."; ctest itself shows only that they did.
say_skips() { # PRESET
    grep -h '^skipped: ' "build/$1/Testing/Temporary/LastTest.log" 2> /dev/null | sort -u
}

failed=()
run_part() { # PRESET "TARGET..." CTEST-OPTION...
    local preset=$1 what=$2 started=$SECONDS
    shift 2
    echo "== build $preset (log: build/$preset.log)"
    # shellcheck disable=SC2086
    build_preset "$preset" $what || { failed+=("$preset: build"); return; }
    echo "built in $((SECONDS - started)) s"
    echo "== run $preset"
    ctest --test-dir "build/$preset" -j "$jobs" --output-on-failure --no-tests=error "$@" || failed+=("$preset: tests")
    say_skips "$preset"
}

[ -z "$main" ] || run_part tests "" "${select[@]}"
[ -z "$sanitize" ] || run_part sanitize unit_tests -L '^unit$' -LE '^(long|bench|nosanitize)$'

if [ ${#failed[@]} -gt 0 ]; then
    echo "== tests/run.sh: FAILED after $((SECONDS - began)) s: $(IFS=,; echo "${failed[*]}")"
    exit 1
fi
echo "== tests/run.sh: all passed in $((SECONDS - began)) s"

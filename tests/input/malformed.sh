#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every file of malformed/ is wrong in the way that its name says. `relapse check` must end with 65 and say exactly what
# stands in NAME.expect beside it; `relapse run` must end with 65 too and touch no folder; a file that is not there is 66.
#
#   malformed.sh BUILD_DIR [--update]     --update writes the .expect files anew, for a person to read the difference
set -u
[ $# -ge 1 ] && [ -x "$1/relapse" ] || { echo "usage: $0 BUILD_DIR [--update]; BUILD_DIR holds the program relapse" >&2; exit 64; }
relapse=$(cd "$1" && pwd)/relapse
update=${2:-}
cd "$(dirname "$0")/malformed" || exit 1
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED $1"; }
# same NAME FILE FILE: equal, or show how they differ
same() { if diff -u "$2" "$3" >"$scratch/diff"; then pass; else fail "$1"; cat "$scratch/diff"; fi; }

# One check for each file, with the words it must say.
for input in *.yaml; do
    name=${input%.yaml}
    "$relapse" check "$input" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    if [ $status -ne 65 ]; then fail "$name: exit status $status, not 65"; continue; fi
    if [ -s "$scratch/out" ]; then fail "$name: a wrong input speaks on standard output"; continue; fi
    if ! grep -q "^$input:.*error: " "$scratch/err"; then fail "$name: no line 'FILE:LINE:COLUMN: error: ...'"; continue; fi
    [ "$update" = --update ] && cp "$scratch/err" "$name.expect"
    if [ -e "$name.expect" ]; then same "$name" "$name.expect" "$scratch/err"; else fail "$name: no $name.expect (make it by --update and read it)"; fi
done
for expect in *.expect; do [ -e "${expect%.expect}.yaml" ] || fail "$expect has no input"; done
count=$(ls | grep -c '\.yaml$')
if [ "$count" -ge 150 ]; then pass; else fail "only $count malformed inputs"; fi

# run: one of each stage at which reading can stop, and none may make or touch a folder.
mkdir "$scratch/kept" && echo mine >"$scratch/kept/survival.csv"
for name in tab-indentation unknown-key-in-type seven-days-is-no-rate probabilities-sum-above-one survive-above-one record-times-beyond-follow-up \
    lognormal-leaves-range unknown-engine shares-do-not-sum; do
    "$relapse" run "$name.yaml" --out "$scratch/new" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    if [ $status -eq 65 ] && [ ! -e "$scratch/new" ]; then pass; else fail "run $name: exit status $status, or a folder was made"; fi
    same "run $name says the same as check" "$name.expect" "$scratch/err"
done
"$relapse" run unknown-key-in-type.yaml --force --out "$scratch/kept" >/dev/null 2>&1 </dev/null
if [ $? -eq 65 ] && [ "$(cat "$scratch/kept/survival.csv")" = mine ]; then pass; else fail "run --force on a wrong input touched earlier results"; fi

# A mistake on the command line is named as such.
refuse() { # STATUS WORDS ARGUMENTS...
    want=$1 words=$2
    shift 2
    "$relapse" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
    status=$?
    if [ $status -eq "$want" ] && grep -qF -- "$words" "$scratch/err" && [ ! -s "$scratch/out" ]; then pass; else
        fail "relapse $*: exit status $status (not $want), or without '$words':"
        cat "$scratch/err"
    fi
}
good=../good/part.yaml
refuse 66 "no-such-file.yaml" check no-such-file.yaml
refuse 66 "no-such-file.yaml" run no-such-file.yaml --out "$scratch/new"
refuse 66 ".." check ..
refuse 65 "--set process.types.S.brith=1: error: unknown key 'brith' in a type; did you mean 'birth'?" check $good --set process.types.S.brith=1
refuse 65 "--set process.types.S.birth=7 d: error: birth is '7 d'" check $good --set 'process.types.S.birth=7 d'
refuse 65 "did you mean 'types'?" check $good --set process.typs.S.birth=1
refuse 65 "expected PATH=VALUE" check $good --set birth
refuse 65 "no arm is named 'alle'; did you mean 'all'?" check $good --arm alle

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

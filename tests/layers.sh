#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The layer rule: every #include of solver/ and include/relapse/ against the table in tests/layers.txt.
#
#   tests/layers.sh [TOP]       check the tree at TOP (default: this one)
#   tests/layers.sh --catches   check that each kind of breach is caught, on small wrong trees made for it
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)

# Every include as "file:line:<x.h>" or "file:line:"x.h"".
includes_of() { # TOP
    (cd "$1" && find solver include/relapse -name '*.[ch]' -exec grep -HnoE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"][^>"]+[>"]' {} + |
        sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]*/:/' | sort -t: -k1,1 -k2,2n)
}

check() { # TOP
    local top=$1
    [ -r "$top/tests/layers.txt" ] || { echo "layers: no table $top/tests/layers.txt"; return 1; }
    {
        grep -vE '^[[:space:]]*(#|$)' "$top/tests/layers.txt" | sed 's/^/table /'
        (cd "$top/solver" && find . -mindepth 1 -maxdepth 1 -type d | sed 's,^\./,folder ,')
        (cd "$top/include/relapse" && find . -name '*.h' | sed -E 's,^\./(.*)\.h$,door \1,')
        includes_of "$top" | sed 's/^/include /'
    } | awk '
        function breach(text) { print text; breaches++ }
        $1 == "table" {
            if (NF != 5) breach("tests/layers.txt: " $0 ": four columns are wanted")
            room = $2; known[room] = 1; mpi[room] = ($3 == "yes")
            n = split($4, list, ","); for (i = 1; i <= n; i++) {
                if (list[i] in owner) breach("tests/layers.txt: door " list[i] " has two owners")
                owner[list[i]] = room
            }
            n = $5 == "-" ? 0 : split($5, list, ","); for (i = 1; i <= n; i++) {
                if (!(list[i] in known) || list[i] == room) breach("tests/layers.txt: " room " uses " list[i] ", which does not stand above it")
                else if (mpi[list[i]] && !mpi[room]) breach("tests/layers.txt: " room " uses " list[i] ", which knows MPI")
                may[room, list[i]] = 1
            }
        }
        $1 == "folder" && !($2 in known) { breach("solver/" $2 ": a room that the table does not know") }
        $1 == "door" && !($2 in owner) { breach("include/relapse/" $2 ".h: a door that the table does not know") }
        $1 == "include" {
            count++
            text = substr($0, 9); file = text; sub(/:.*/, "", file)
            target = text; sub(/^[^:]*:[^:]*:/, "", target)
            place = substr(text, 1, length(text) - length(target) - 1)
            n = split(file, part, "/")
            if (part[1] == "solver") room = part[2]
            else { door = part[3]; sub(/\.h$/, "", door); room = owner[door] }
            if (!(room in known)) next # already a breach
            if (target ~ /^<(mpi|petsc[a-z]*)\.h>$/ || target ~ /^"(mpi|petsc[a-z]*)\.h"$/) {
                if (!mpi[room]) breach(place ": " room " includes " target ", which the table does not let it")
            } else if (target ~ /^["<]relapse\//) {
                door = target; gsub(/^["<]relapse\/|\.h[">]$/, "", door)
                if (!(door in owner)) breach(place ": no such door: " target)
                else if (owner[door] != room && !((room, owner[door]) in may))
                    breach(place ": " room " may not use " owner[door] " (" target ")")
            } else if (target ~ /^".*\//) breach(place ": " room " reaches past the doors: " target)
        }
        END {
            if (!count) breach("no #include found: is this the right folder?")
            if (breaches) { print breaches " breach(es) of the layer rule (tests/layers.txt)"; exit 1 }
            print count " includes keep the layer rule"
        }'
}

# Each breach in a tree of its own; `expect` fails unless the check fails with these words.
catches() {
    local tree bad=0
    tree=$(mktemp -d) || return 1
    fresh() {
        rm -rf "${tree:?}"/*
        mkdir -p "$tree"/{tests,include/relapse,solver/base,solver/engine,solver/parallel}
        printf '%s\n' 'base no error -' 'parallel yes parallel base' 'engine no engine base' > "$tree/tests/layers.txt"
        echo '#include <mpi.h>' > "$tree/include/relapse/parallel.h"
        echo '#include "relapse/error.h"' | tee "$tree/include/relapse/engine.h" > "$tree/solver/engine/direct.c"
        echo '#include <stddef.h>' > "$tree/include/relapse/error.h"
    }
    expect() { # WORDS
        local said
        if said=$(check "$tree") || [[ $said != *"$1"* ]]; then echo "not caught: $1"; echo "$said"; bad=1; fi
    }
    fresh; check "$tree" > /dev/null || { echo "a right tree is called wrong"; check "$tree"; bad=1; }
    fresh; echo '#include "relapse/engine.h"' > "$tree/solver/base/error.c"; expect 'base may not use engine'
    fresh; echo '#  include "relapse/parallel.h"' >> "$tree/solver/engine/direct.c"; expect 'engine may not use parallel'
    fresh; echo '#include "relapse/parallel.h"' >> "$tree/include/relapse/engine.h"; expect 'include/relapse/engine.h:2: engine may not use parallel'
    fresh; echo '#include <mpi.h>' >> "$tree/solver/engine/direct.c"; expect 'engine includes <mpi.h>'
    fresh; echo '#include <petscts.h>' >> "$tree/solver/engine/direct.c"; expect 'engine includes <petscts.h>'
    fresh; echo '#include "../base/secret.h"' >> "$tree/solver/engine/direct.c"; expect 'reaches past the doors'
    fresh; echo '#include "relapse/nowhere.h"' >> "$tree/solver/engine/direct.c"; expect 'no such door'
    fresh; mkdir "$tree/solver/attic"; expect 'solver/attic: a room'
    fresh; : > "$tree/include/relapse/cellar.h"; expect 'include/relapse/cellar.h: a door'
    fresh; echo 'study no study report' >> "$tree/tests/layers.txt"; expect 'does not stand above it'
    fresh; echo 'study no study parallel' >> "$tree/tests/layers.txt"; expect 'which knows MPI'
    rm -rf "$tree"
    [ "$bad" = 0 ] && echo "every breach is caught"
}

if [ "${1:-}" = --catches ]; then catches; else check "${1:-$here/..}"; fi

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# `relapse check --graph` writes a picture of the mechanisms of every shipped input on the tumour floor: balanced, with every row of the
# input in it, taken by Graphviz where it is installed; names and titles that dot would misread are escaped.
#
#   graph.sh BUILD_DIR
set -u
[ $# -ge 1 ] && [ -x "$1/relapse" ] || { echo "usage: $0 BUILD_DIR; BUILD_DIR holds the program relapse" >&2; exit 64; }
relapse=$(cd "$1" && pwd)/relapse
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0
pass() { passed=$((passed + 1)); }
fail() { failed=$((failed + 1)); echo "FAILED $1"; }
command -v dot >/dev/null && has_dot=yes || { has_dot=no; echo "dot (Graphviz) is not installed: the graphs are parsed here only"; }

# One statement a line; brackets and quotes pair off, quotes counted without escaped ones; nodes that edges name are declared.
well_formed() {
    awk '{ line = $0; gsub(/\\\\/, "", line); gsub(/\\"/, "", line); quotes = gsub(/"/, "\"", line); if (quotes % 2) exit bad = 1
           gsub(/"[^"]*"/, "", line); depth += gsub(/\{/, "{", line) - gsub(/\}/, "}", line); square = gsub(/\[/, "[", line) - gsub(/\]/, "]", line)
           if (depth < 0 || square) exit bad = 1
           if (NR > 1 && depth && line !~ /;$/) exit bad = 1
           if (!depth) closed++ }
         END { exit bad || depth || closed != 1 }' "$1"
}
declared() {
    grep -o '^  "[^"]*" -> "[^"]*"' "$1" | sed 's/^  //; s/ -> /\n/' | sort -u | while read -r id; do grep -qF "  $id [shape=" "$1" || echo "$id"; done
}

look_at() { # NAME INPUT
    "$relapse" check "$2" --graph - >"$scratch/g.dot" 2>"$scratch/err" </dev/null || { fail "$1: not 0"; cat "$scratch/err"; return; }
    if well_formed "$scratch/g.dot"; then pass; else fail "$1: not balanced"; fi
    missing=$(declared "$scratch/g.dot")
    if [ -z "$missing" ]; then pass; else fail "$1: edges to nodes that are not declared: $missing"; fi
    "$relapse" check "$2" --graph "$scratch/file.dot" >"$scratch/out" 2>/dev/null </dev/null
    if cmp -s "$scratch/g.dot" "$scratch/file.dot" && grep -q 'is right' "$scratch/out"; then pass; else fail "$1: --graph FILE is not --graph -"; fi
    # every row of check's table, in force or not, is in the picture
    sed -n '/^mechanisms/,/^arm /p' "$scratch/out" | awk '/^    .*:/ { sub(/^[^:]*: (no .*: )?/, ""); print; next } /^  [^ ]/ && $1 != "row" && $1 != "not" { print $1 }' |
        sed 's/.*: //' | tr ' ' '\n' | sort -u >"$scratch/rows"
    lost=
    while read -r row; do grep -q "label=\"$row[ :]\|\"row $row\"" "$scratch/g.dot" || lost="$lost $row"; done <"$scratch/rows"
    grep -q '^mechanisms:\|^include:' "$2" || echo none >"$scratch/rows" # a tumour without mechanisms has no rows
    if [ -s "$scratch/rows" ] && [ -z "$lost" ]; then pass; else fail "$1: rows that are not in the picture:$lost"; fi
    [ $has_dot = no ] || if dot -Tsvg "$scratch/g.dot" >"$scratch/g.svg" 2>"$scratch/err" && [ ! -s "$scratch/err" ]; then pass; else fail "$1: dot does not take it"; cat "$scratch/err"; fi
}

for input in "$here"/../../inputs/*.yaml "$here"/good/small-tumour.yaml; do
    grep -q '^cohort:' "$input" && grep -q '^tumour:\|^mechanisms:\|^include:' "$input" && look_at "$(basename "$input")" "$input"
done

cat >"$scratch/names.yaml" <<'EOF'
title: "a \"quoted\" title with \\ and {braces] and %s"
tumour: {cells: 1000, birth: 0.1 /d, growth: 0.02 /d, sites: {core: {share: 1}}}
traits: {graph: {kind: plastic, gain: 0.01 /d, loss: 0.02 /d}}
drugs: {node: {dose: 1 mg, pk: {half_life: 1 d, volume: 1 L}, effect: {changes: growth, max: -50 %, half: 1 mg/L}}}
interventions: {edge: {survive: {core: 0.5}, signals: {s: {times: 0.5, add: 1}}}}
signals: {s: {rest: 1, tau: 5 d}, node: {rest: 0, tau: 5 d}}
mechanisms:
  up: {from: s, to: birth, law: factor, slope: 1, source: 'says "so" \ and more'}
  down: {from: s, to: [graph.gain, graph.loss], law: inverse, slope: 1}
  on: {from: node, to: up, law: exp, rate: -1}
  jump: {from: edge, to: node, law: impulse, times: 0.5}
  off: {from: s, to: death, law: linear, slope: 0.01 /d, enabled: false}
  lack: {from: s, to: stem.gain, law: factor, slope: 1, if_present: true}
  drug: {from: node.level, to: graph.resistance, law: factor, slope: 1}
  ever: {from: always, to: node.level, law: factor, slope: -0.1}
arms: {none: [], x: [{do: edge, at: 0 d}, {give: node, every: 1 d}]}
cohort: {patients: 2, follow_up: 10 d}
EOF
look_at names.yaml "$scratch/names.yaml"
says() { if grep -qF -- "$1" "$scratch/g.dot"; then pass; else fail "names.yaml: no $1"; fi; }
says 'label="a \"quoted\" title with \\ and {braces] and %s\n'
says '"signal s" -> "row up" [arrowhead=none, tooltip="says \"so\" \\ and more"];'
says '"row up" -> "cells birth" [label="up +", tooltip='
says '"signal node" -> "row up" [label="on -", tooltip=""];'
says '"signal s" -> "trait graph" [label="down - loss", tooltip=""];'
says '"intervention edge" -> "signal node" [label="jump -", tooltip=""];'
says '"signal s" -> "cells death" [label="off +", tooltip="switched off", style=dashed, color=grey, fontcolor=grey];'
says '"missing lack" [shape=note, style=dashed, color=grey, fontcolor=grey, label="lack: no trait stem"];'
says '"drug node" -> "cells growth" [label="effect -", style=bold];'
says '"intervention edge" -> "signal s" [label="+-", style=bold];'
says '"source always" -> "drug node" [label="ever - level", tooltip=""];'

"$relapse" check "$here/good/part.yaml" --graph - >"$scratch/out" 2>"$scratch/err"
if [ $? -eq 64 ] && [ ! -s "$scratch/out" ] && grep -q 'tumour' "$scratch/err"; then pass; else fail "--graph of a process is not refused in words"; fi
"$relapse" check "$scratch/names.yaml" --graph "$scratch/no/such/folder.dot" >"$scratch/out" 2>"$scratch/err"
if [ $? -ne 0 ] && [ ! -s "$scratch/out" ]; then pass; else fail "--graph into a folder that is not there is not refused"; fi

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
#   files.sh BUILD_DIR     runs input/good/on-demand.yaml and has R make its derived files again
# Exit status: 0 the same, 1 not, 77 skipped because Rscript or the package survival is not installed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
relapse=$(cd "$1" && pwd)/relapse
if ! command -v Rscript >/dev/null 2>&1; then
    echo "skipped: Rscript is not installed"
    exit 77
fi
if ! Rscript -e 'if (!requireNamespace("survival", quietly = TRUE)) quit(status = 1)' >/dev/null 2>&1; then
    echo "skipped: R's package survival is not installed"
    exit 77
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT INT TERM
"$relapse" run "$here/../input/good/on-demand.yaml" --out "$fresh/out" --quiet >/dev/null
Rscript "$here/files.R" "$fresh/out"

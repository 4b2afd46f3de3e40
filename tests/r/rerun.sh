#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Asks R again for the answers stored beside this script and compares. `rerun.sh --store` replaces the stored files instead.
# Exit status: 0 the same, 1 not, 77 skipped because Rscript or the package survival is not installed.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
if ! command -v Rscript >/dev/null 2>&1; then
    echo "skipped: Rscript is not installed"
    exit 77
fi
if ! Rscript -e 'if (!requireNamespace("survival", quietly = TRUE)) quit(status = 1)' >/dev/null 2>&1; then
    echo "skipped: R's package survival is not installed"
    exit 77
fi
if [ "${1:-}" = --store ]; then
    exec Rscript "$here/reference.R" "$here"
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT INT TERM
Rscript "$here/reference.R" "$fresh"
Rscript "$here/compare.R" "$here" "$fresh"

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An ensemble writes the same ledger, byte for byte, for any number of ranks and either way of handing out work; one rank's trouble ends all in order.
#     ensemble.sh BUILD_DIRECTORY
set -u
build=${1:?usage: ensemble.sh BUILD_DIRECTORY}
. "$(dirname "$0")/common.sh"

laws_hold() { # COUNTER N
    RELAPSE_COUNTER=$1 timeout -k 5 60 mpirun -n "$2" "$build/tests/ranks_parallel_laws" >"$folder/laws" 2>&1 && grep -q "^13 passed, 0 failed" "$folder/laws" && return
    sed 's/^/       /' "$folder/laws"
    return 1
}
same_bytes() { # COUNTER N
    RELAPSE_COUNTER=$1 ranks "$2" "$folder/ledger" || return 1
    says "ranks=$2" && says "found=0 run=500 blocks=500 complete=1" && cmp "$folder/alone" "$folder/ledger"
}
fewer_blocks_than_ranks() { # COUNTER
    "$program" "$folder/few" blocks=2 >/dev/null && RELAPSE_COUNTER=$1 ranks 4 "$folder/ledger" blocks=2 && cmp "$folder/few" "$folder/ledger"
}
no_blocks_at_all() { ranks 2 "$folder/ledger" blocks=0 && says "complete=1"; }
other_probe() { # RANK
    rm -f "$folder/ledger"
    ranks 3 "$folder/ledger" alien="$1"
    is $? 65 && words "exp and log" && [ ! -e "$folder/ledger" ]
}
failing_rank() { # COUNTER RANK
    RELAPSE_COUNTER=$1 ranks 3 "$folder/ledger" us=200 fail="$2"
    is $? 74 && words "this block was told to fail" && { [ "$2" = 0 ] || words "rank $2 on "; } &&
        ranks 2 "$folder/ledger" resume && says "complete=1" && cmp "$folder/alone" "$folder/ledger"
}
one_rank_stops() { # COUNTER RANK PATIENCE
    RELAPSE_COUNTER=$1 ranks 4 "$folder/ledger" us=1000 kill="$2" patience="$3"
    is $? 75 && says "signal=10" && words "run again with --resume" && ! says "run=500" >/dev/null &&
        ranks 3 "$folder/ledger" resume && says "complete=1" && cmp "$folder/alone" "$folder/ledger"
}
full_resume() { ranks 3 "$folder/ledger" resume && says "found=500 run=0" && cmp "$folder/alone" "$folder/ledger"; }
other_input() {
    ranks 2 "$folder/ledger" resume input=another
    is $? 65 && words "another input"
}

"$program" "$folder/alone" >/dev/null || { echo "the job does not run without mpirun"; exit 1; }
for n in 1 2 3 5; do
    for counter in one-sided cyclic; do
        law "$counter: $n ranks of the parallel room keep its laws" laws_hold $counter $n
        [ "$n" = 5 ] || law "$counter: $n ranks write the bytes that one writes" same_bytes $counter $n
    done
done
law "nothing is run again on a whole ledger" full_resume
law "a ledger of another input is refused" other_input
for counter in one-sided cyclic; do
    law "$counter: fewer blocks than ranks" fewer_blocks_than_ranks $counter
    law "$counter: rank 0 fails, all end, what is finished is kept" failing_rank $counter 0
    law "$counter: rank 2 fails, all end, what is finished is kept" failing_rank $counter 2
    law "$counter: rank 0 alone is asked to stop, all stop" one_rank_stops $counter 0 0
    law "$counter: rank 3 alone is asked to stop, all stop after their block" one_rank_stops $counter 3 5
done
law "no blocks at all" no_blocks_at_all
law "rank 0's C library differs: refused before anything is written" other_probe 0
law "rank 2's C library differs: refused before anything is written" other_probe 2
verdict

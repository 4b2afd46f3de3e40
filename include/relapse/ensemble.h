/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Ensemble: blocks of patients over ranks, their results in a ledger on disk, resume.
 *
 * Work is cut into blocks whose size does not depend on ranks. A block is the unit of scheduling (parallel's counter), of storage (one
 * checksummed slot of the ledger, written by whoever ran it at the slot's own offset) and of summation. A block's payload is a
 * pure function of (input, seed, block number), so a resume skips the blocks whose slots are whole, and every output is the same bytes for
 * any number of ranks.
 *
 * Ledger file (little endian): header | slot 0 | slot 1 | ... ; all slot offsets are fixed by the header and the payload sizes.
 *   header: magic "RLPLEDG1", version, probe of the C library's exp and log, number of slots, length and CRC-32 of the fingerprint text, the text.
 *   slot:   magic, slot number, payload length, CRC-32 over number + length + payload, payload.
 * The fingerprint text is the resolved input; a resume with another text is refused and the caller says which keys differ. */
#ifndef RELAPSE_ENSEMBLE_H
#define RELAPSE_ENSEMBLE_H

#include "relapse/parallel.h"

typedef struct {
    uint64_t n_blocks;
    void *context; /* borrowed; passed to the callbacks */
    /* Payload bytes of a block: a pure function of the block. */
    size_t (*payload_bytes)(void *context, uint64_t block);
    /* Patients in a block, for progress. */
    uint64_t (*patients)(void *context, uint64_t block);
    /* Run a block into `payload` (zeroed). Calls between(between_context, patients done of this block) after each patient, and within a long one as often
     * as it likes; a nonzero answer means: give up this block, return RLP_ERROR_STOPPED. Patients that fail are failed records inside the payload, not errors. */
    int (*run)(void *context, uint64_t block, unsigned char *payload, int (*between)(void *, uint64_t), void *between_context);
    /* Rank 0, at most every `report_seconds` (and at the end): how far it is. NULL: quiet. */
    void (*progress)(void *context, uint64_t patients_done, uint64_t patients_all, double seconds, double patients_per_second);
    double report_seconds;
    double patience_seconds; /* after a stop request, finish the block at hand if it is expected to take less than this */
    const rlp_meter_t *meter; /* told of ledger and waiting; NULL: nobody */
} rlp_ensemble_job_t;

typedef struct {
    uint64_t blocks_found; /* whole in the ledger before this run */
    uint64_t blocks_run;   /* by all ranks in this run */
    bool complete;         /* every slot is whole */
    int signal;            /* that stopped it, or 0 */
    double seconds;        /* wall time of the simulation */
    double busy_min, busy_mean, busy_max; /* seconds of work per rank */
} rlp_ensemble_result_t;

/* Create (resume = false; the file must not exist or is replaced) or open the ledger at `path` and run what is missing. Collective.
 * RLP_ERROR_STOPPED: a stop request came, what is finished is kept. RLP_ERROR_IO, _CREATE: the ledger. RLP_ERROR_INPUT: on resume the ledger belongs to
 * another input (rlp_ledger_fingerprint tells which), build or library (message says so). */
int rlp_ensemble_run(rlp_parallel_t *, const rlp_ensemble_job_t *, const char *path, const char *fingerprint, uint64_t probe, bool resume,
                     rlp_ensemble_result_t *) RLP_MUST_USE;

/* ---- reading a ledger (one rank) ---------------------------------------------------------------------------------------- */
typedef struct rlp_ledger rlp_ledger_t;
int rlp_ledger_open(const char *path, uint64_t n_slots, size_t (*payload_bytes)(void *, uint64_t), void *context, rlp_ledger_t **) RLP_MUST_USE;
int rlp_ledger_fingerprint(const char *path, char **text) RLP_MUST_USE;                  /* owned by the caller */
int rlp_ledger_read(rlp_ledger_t *, uint64_t slot, unsigned char *payload, bool *whole) RLP_MUST_USE; /* whole = false: missing or damaged */
void rlp_ledger_close(rlp_ledger_t *);

#endif

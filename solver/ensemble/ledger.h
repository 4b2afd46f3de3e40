/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inside the ensemble room: where each slot lies, and the writing side of the ledger. The format is in relapse/ensemble.h. */
#ifndef RELAPSE_ENSEMBLE_LEDGER_H
#define RELAPSE_ENSEMBLE_LEDGER_H

#include "relapse/ensemble.h"

/* Header, at 0: magic[8] | version u32 | CRC-32 of the text u32 | probe u64 | slots u64 | bytes of the whole file u64 | text length u64 |
 * CRC-32 of the 48 bytes before u32 | 0 u32; then the text, filled up with zeros to a multiple of 8; then the slots.
 * Slot: magic u32 | CRC-32 u32 | number u64 | payload length u64 | payload, filled up to a multiple of 8. A hole of zeros is a missing
 * slot. */
enum { LEDGER_HEADER_BYTES = 56, LEDGER_SLOT_BYTES = 24, LEDGER_VERSION = 2 };

/* Offsets of slots of unequal size in a few bytes for every thousand slots. */
typedef struct {
    uint64_t n_slots;
    size_t (*payload_bytes)(void *context, uint64_t slot); /* borrowed, as is context */
    void *context;
    uint64_t slots_at;     /* offset of slot 0 */
    uint64_t total_bytes;  /* of the whole file */
    uint64_t *marks;       /* offset of every MARK_EVERYth slot */
    size_t largest;        /* bytes of the largest slot, its head included */
    uint64_t slot, offset; /* the last one asked for */
} ledger_layout_t;

int ledger_layout_init(ledger_layout_t *, uint64_t n_slots, size_t (*payload_bytes)(void *, uint64_t), void *context,
                       size_t text_length) RLP_MUST_USE;
void ledger_layout_free(ledger_layout_t *);
uint64_t ledger_layout_offset(ledger_layout_t *, uint64_t slot);
size_t ledger_slot_bytes(const ledger_layout_t *, uint64_t slot); /* head and filling included */

/* Fill in the head of a slot whose payload follows it. */
void ledger_slot_seal(unsigned char *slot_bytes, uint64_t slot, size_t payload_length);

/* The file with its header and no slot: whole on disk under its name, or not there at all. */
int ledger_create(const char *path, const ledger_layout_t *, const char *text, uint64_t probe) RLP_MUST_USE;
uint64_t ledger_probe(const rlp_ledger_t *);

/* ---- writing: slots are made in place in a buffer; neighbours in the file go out in one write ------------------------------- */
typedef struct {
    const char *path; /* borrowed */
    MPI_File file;
    ledger_layout_t *layout; /* borrowed */
    unsigned char *buffer;
    size_t capacity, used;
    uint64_t buffer_at;   /* file offset of buffer[0] */
    double oldest, begun; /* MPI_Wtime at the beginning of the buffer's first slot, and of the slot at hand */
} ledger_writer_t;

int ledger_writer_open(ledger_writer_t *, const char *path, ledger_layout_t *) RLP_MUST_USE;
/* Room for a slot's payload: zeroed, 8-byte aligned, borrowed until the next call. */
int ledger_writer_begin(ledger_writer_t *, uint64_t slot, unsigned char **payload) RLP_MUST_USE;
int ledger_writer_commit(ledger_writer_t *, uint64_t slot) RLP_MUST_USE; /* a slot that was begun and not committed is dropped */
int ledger_writer_flush(ledger_writer_t *) RLP_MUST_USE;
int ledger_writer_close(ledger_writer_t *) RLP_MUST_USE; /* flush, sync, close, free; safe after a failed open */

#endif

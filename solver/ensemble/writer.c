/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The writing side of the ledger: each rank on its own, by MPI-IO at the slots' own offsets. The file is opened over MPI_COMM_SELF, so
 * that one rank's trouble with the disk never holds up another inside a collective call. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "relapse/memory.h"

/* Large writes serve parallel file systems; but a kill loses what waits in memory, so nothing waits for long. */
static const size_t GATHER_BYTES = (size_t)1 << 20;
static const double GATHER_SECONDS = 1.0;
static const size_t PIECE = (size_t)1 << 30; /* MPI counts are int */

static int io_failed(const char *path, const char *what, int mpi_code) {
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    MPI_Error_string(mpi_code, text, &length);
    return rlp_fail(RLP_ERROR_IO, "%s: %s: %s", path, what, text);
}

int ledger_writer_open(ledger_writer_t *writer, const char *path, ledger_layout_t *layout) {
    memset(writer, 0, sizeof *writer);
    writer->file = MPI_FILE_NULL;
    writer->path = path;
    writer->layout = layout;
    writer->capacity = layout->largest > GATHER_BYTES ? layout->largest : GATHER_BYTES;
    int rc = RLP_NEW(writer->buffer, writer->capacity);
    if (rc) return rc;
    int code = MPI_File_open(MPI_COMM_SELF, path, MPI_MODE_WRONLY, MPI_INFO_NULL, &writer->file);
    if (code) {
        writer->file = MPI_FILE_NULL;
        return io_failed(path, "cannot be opened for writing (all hosts must see the output folder)", code);
    }
    MPI_File_set_errhandler(writer->file, MPI_ERRORS_RETURN);
    return RLP_OK;
}

int ledger_writer_flush(ledger_writer_t *writer) {
    size_t used = writer->used;
    writer->used = 0; /* what cannot be written now is not tried again */
    for (size_t at = 0; at < used;) {
        int piece = (int)(used - at < PIECE ? used - at : PIECE), wrote = 0;
        MPI_Status status;
        errno = 0;
        int code = MPI_File_write_at(writer->file, (MPI_Offset)(writer->buffer_at + at), writer->buffer + at, piece, MPI_BYTE, &status);
        int why = errno;
        if (code)
            return why ? rlp_fail(RLP_ERROR_IO, "%s: writing: %s", writer->path, strerror(why)) : io_failed(writer->path, "writing", code);
        MPI_Get_count(&status, MPI_BYTE, &wrote);
        if (wrote <= 0) return rlp_fail(RLP_ERROR_IO, "%s: writing: %s", writer->path, why ? strerror(why) : "the disk took only a part");
        at += (size_t)wrote; /* a short write is tried again for its reason */
    }
    return RLP_OK;
}

int ledger_writer_begin(ledger_writer_t *writer, uint64_t slot, unsigned char **payload) {
    uint64_t offset = ledger_layout_offset(writer->layout, slot);
    size_t bytes = ledger_slot_bytes(writer->layout, slot);
    bool follows = writer->used && offset == writer->buffer_at + writer->used && bytes <= writer->capacity - writer->used;
    if (writer->used && !follows) {
        int rc = ledger_writer_flush(writer);
        if (rc) return rc;
    }
    writer->begun = MPI_Wtime();
    if (!writer->used) {
        writer->buffer_at = offset;
        writer->oldest = writer->begun;
    }
    memset(writer->buffer + writer->used, 0, bytes);
    *payload = writer->buffer + writer->used + LEDGER_SLOT_BYTES;
    return RLP_OK;
}

int ledger_writer_commit(ledger_writer_t *writer, uint64_t slot) {
    ledger_slot_seal(writer->buffer + writer->used, slot, writer->layout->payload_bytes(writer->layout->context, slot));
    writer->used += ledger_slot_bytes(writer->layout, slot);
    double now = MPI_Wtime(), next = now + (now - writer->begun); /* if the next block takes as long as this one */
    return next - writer->oldest > GATHER_SECONDS ? ledger_writer_flush(writer) : RLP_OK;
}

int ledger_writer_close(ledger_writer_t *writer) {
    int rc = RLP_OK;
    if (writer->file != MPI_FILE_NULL) {
        rc = ledger_writer_flush(writer);
        int code = MPI_File_sync(writer->file); /* also where some file systems first say that they are full */
        if (code && !rc) rc = io_failed(writer->path, "syncing", code);
        code = MPI_File_close(&writer->file);
        if (code && !rc) rc = io_failed(writer->path, "closing", code);
    }
    free(writer->buffer);
    writer->buffer = NULL;
    return rc;
}
